//! What everybody may see of the past: a lot's day, and how good the city's data was.

use crate::support::{City, entry, exit};
use bowei_platform::Clock as _;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

const PATH: &str = "/open/v1/lots/330502-001/history";

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_shown_as_the_public_saw_it() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    let history = async |query: &str| city.get(&format!("{PATH}{query}"), None).await;
    let nothing = history("").await.json();
    let empty =
        json!({"date": "2026-04-01", "lot": "330502-001", "spaces_total": 200, "items": [], "usual": []});
    assert_eq!(nothing, empty);
    // At 08:15:30; then more than it has, then fewer than none.
    for (minute, vacant) in [(0, 12), (7, 11), (8, 10), (20, 900), (31, -4)] {
        city.say(&lot, &entry("330502-001", &format!("R{minute}"), minute, vacant)).await;
        city.clock.turn(SignedDuration::from_mins(8));
    }
    let today = history("").await;
    assert_eq!(today.headers["cache-control"], "public, no-cache");
    let point =
        |clock: &str, vacant: i64| json!({"at": format!("2026-04-01T{clock}+08:00"), "vacant": vacant});
    let expected = json!([
        point("08:20:00", 12),
        point("08:25:00", 10),
        point("08:30:00", 10),
        point("08:35:00", 10),
        point("08:50:00", 0),
        point("08:55:00", 0)
    ]);
    assert_eq!(today.json()["items"], expected);
    // The line ends where the lot is now.
    city.say(&lot, &entry("330502-001", "last", 40, 5)).await;
    let items = history("?date=2026-04-01").await.json()["items"].clone();
    assert_eq!(items.as_array().unwrap().last(), Some(&point("08:55:30", 5)), "{items}");

    // The next day it is over, and the morning after the next it may be kept.
    city.clock.turn(SignedDuration::from_hours(16));
    let over = history("?date=2026-04-01").await;
    assert_eq!(over.headers["cache-control"], "public, no-cache", "not closed yet");
    let items = over.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.last(), Some(&point("14:55:00", 5)), "a count counts for six hours");
    city.clock.turn(SignedDuration::from_hours(4));
    let closed = history("?date=2026-04-01").await;
    assert_eq!(closed.headers["cache-control"], "public, max-age=86400");
    assert!(closed.headers.contains_key("etag"));
    assert_eq!(closed.json()["items"], json!(items));
    assert_eq!(history("?date=2025-01-01").await.json()["items"], json!([]), "nothing is kept of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_day_to_come_and_no_history_of_a_lot_that_is_not_public() {
    let city = City::new().await;
    for wrong in
        ["2026-04-02", "9999-12-31", "yesterday", "2026-02-30", "20260401", "2026-04", "2026-04-01T08:00:00Z"]
    {
        let answer = city.get(&format!("{PATH}?date={wrong}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        let problem = answer.json();
        assert_eq!(problem["errors"][0]["pointer"], "#/date", "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(wrong), "{problem}");
    }
    let waiting = r#"
[[lot]]
code = "330502-009"
provider = "hz-demo"
name = "未开放停车场"
kind = "off-street"
district = "330502"
longitude = 120.1
latitude = 30.9
spaces_total = 10
trial = true
ids = { huzhou = "HZ330502009" }
"#;
    city.apply(&format!("{}{waiting}", crate::support::REGISTRY), SignedDuration::ZERO).await;
    for code in ["none", "330502-009"] {
        assert_eq!(city.get(&format!("/open/v1/lots/{code}"), None).await.status, 404, "{code}");
        assert_eq!(city.get(&format!("/open/v1/lots/{code}/history"), None).await.status, 404, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_good_the_data_was_is_told_after_a_night_and_names_nobody() {
    let city = City::new().await;
    let path = "/open/v1/data-quality";
    assert_eq!(
        city.get(path, None).await.json(),
        json!({"as_of": null, "lots": 0, "lots_foretold": 0, "periods": []})
    );
    let lot = city.lot_of("hz-demo");
    for minute in 0..30 {
        city.say(&lot, &entry("330502-001", &format!("R{minute}"), minute, 199)).await;
        city.clock.turn(SignedDuration::from_secs(55));
        city.say(&lot, &exit("330502-001", &format!("R{minute}"), minute, minute + 1, 200)).await;
        city.clock.turn(SignedDuration::from_secs(5));
    }
    city.clock.turn(SignedDuration::from_hours(23));
    // What the day is worked out of is there first.
    city.do_all_due().await;
    city.platform.app().work_out_quality(city.clock.now()).await.unwrap();
    let answer = city.get(path, None).await;
    let text = String::from_utf8_lossy(&answer.bytes).into_owned();
    assert!(!text.contains("hz-") && !text.contains("330502") && !text.contains('浙'), "{text}");
    let told = answer.json();
    assert_eq!((&told["lots"], &told["lots_foretold"]), (&json!(3), &json!(0)), "{told}");
    assert_eq!(told["as_of"], "2026-04-02T07:45:30+08:00");
    let periods = told["periods"].as_array().unwrap();
    let days: Vec<_> =
        periods.iter().map(|one| (one["days"].as_i64().unwrap(), one["from"].as_str().unwrap())).collect();
    assert_eq!(days, [(7, "2026-03-26"), (30, "2026-03-03")]);
    for period in periods {
        assert_eq!(period["to"], "2026-04-01");
        let online = period["online"].as_f64().unwrap();
        assert!(online > 0.0 && online < 0.2, "one of three lots, for half an hour: {period}");
        // What was sent before it had happened took no time; the exits came five seconds early.
        assert!(period["delay_p50_s"].as_u64().unwrap() <= 10, "{period}");
        assert!(period["delay_p95_s"].as_u64() >= period["delay_p50_s"].as_u64(), "{period}");
        assert!(period["complete"].is_number(), "{period}");
        assert_eq!(period["forecasts"].as_array().unwrap().len(), 4);
        assert_eq!(period["forecasts"][0]["brier"], Value::Null, "none is shown yet");
    }
}
