//! Rates by day and month, and what they are counted from.

use crate::support::person::without_second_factor;
use crate::support::{City, entry, exit};
use jiff::SignedDuration;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_evaluated_closed_and_evaluated_anew_when_something_is_sent_again() {
    let city = City::with(without_second_factor()).await;
    let operator = city.token("operator", None).await;
    let lot = city.lot_of("hz-demo");
    for minute in 0..30 {
        city.say(&lot, &entry("330502-001", &format!("R{minute}"), minute, 199 - minute)).await;
        city.clock.turn(SignedDuration::from_secs(60));
        if minute % 2 == 0 {
            city.say(&lot, &exit("330502-001", &format!("R{minute}"), minute, minute + 1, 200 - minute))
                .await;
        }
    }
    // The night after, when the day is closed.
    city.clock.turn(SignedDuration::from_hours(21));
    city.do_all_due().await;
    let rates = async |query: &str| -> Value {
        let answer = city.get(&format!("/api/v1/rates?{query}"), Some(&operator)).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()
    };
    let day = rates("lot=330502-001&from=2026-04-01&to=2026-04-01").await;
    let item = &day["items"][0];
    assert_eq!((&item["lot"], &item["day"]), (&json!("330502-001"), &json!("2026-04-01")), "{day}");
    assert_eq!(item["timeliness"]["den"], 45, "{item}");
    assert!(item["at_close"].is_object(), "{item}");
    let before = item["at_close"]["timeliness"].clone();
    // What is sent again late cures completeness and leaves the day as it was known at close as it is.
    for minute in 0..30 {
        city.say(&lot, &exit("330502-001", &format!("R{minute}"), minute, minute + 1, 200 - minute)).await;
    }
    city.clock.turn(SignedDuration::from_hours(1));
    city.do_all_due().await;
    let day = rates("lot=330502-001&from=2026-04-01&to=2026-04-01").await;
    let item = &day["items"][0];
    assert_eq!(item["timeliness"]["den"], 60, "{item}");
    assert_eq!(item["at_close"]["timeliness"], before);
    // The same by month, and added up over a provider.
    let month = rates("by=month&lot=330502-001").await;
    assert_eq!(month["items"][0]["month"], "2026-04");
    assert_eq!(month["items"][0]["timeliness"]["den"], 60);
    let provider = rates("by=month&group=provider").await;
    let of = provider["items"].as_array().unwrap().iter().find(|item| item["provider"] == "hz-demo").unwrap();
    assert_eq!(of["timeliness"]["den"], 60);
    // Every number opens its records.
    let open = async |day: &str, rate: &str, part: &str, known: &str| {
        let path = format!(
            "/api/v1/rates/records?lot=330502-001&day={day}&rate={rate}&part={part}&known={known}&limit=1000"
        );
        let records = city.get(&path, Some(&operator)).await.json();
        let counts = |one: &Value| one["counts"].as_u64().unwrap();
        records["items"].as_array().unwrap().iter().map(counts).sum::<u64>()
    };
    // … and that of the day's close those that it counted, whatever came since.
    for (known, item) in [("now", item), ("close", &item["at_close"])] {
        for rate in ["online", "timeliness", "completeness", "photos", "balance", "vacancy", "base_data"] {
            let num = open("2026-04-01", rate, "num", known).await;
            let den = num + open("2026-04-01", rate, "missing", known).await;
            let kept = (item[rate]["num"].clone(), item[rate]["den"].clone());
            assert_eq!((json!(num), json!(den)), kept, "{rate} {known}");
        }
    }
    assert_ne!(item["completeness"], item["at_close"]["completeness"]);
    // A day that goes on has none.
    assert_eq!(open("2026-04-02", "online", "missing", "close").await, 0);
    assert_ne!(open("2026-04-02", "online", "missing", "now").await, 0);
    let stranger = city.person("provider:hz-other", None).await;
    let seen = city.read(&stranger, "/api/v1/rates?by=month").await.json();
    assert!(seen["items"].as_array().unwrap().iter().all(|item| item["lot"] == "330522-001"), "{seen}");
    let path = "/api/v1/rates/records?lot=330502-001&day=2026-04-01&rate=online";
    assert_eq!(city.read(&stranger, path).await.status, 404);
}
