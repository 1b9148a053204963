//! One picture of today, the search, the checklist of a lot on trial, and how the platform is.

use crate::support::person::without_second_factor;
use crate::support::{City, at, entry, exit, jpeg, photo};
use bowei_model::{Heartbeat, Report};
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn today_shows_what_came_and_what_needs_somebody() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let lot = city.lot_of("hz-demo");
    city.clock.turn(at(2).duration_since(bowei_platform::Clock::now(city.clock.as_ref())));
    for minute in 0..2 {
        let report = entry("330502-001", &format!("R{minute}"), minute, 199 - minute);
        assert_eq!(city.say(&lot, &report).await.code(), 200);
    }
    // Said once more it is no second passage.
    city.say(&lot, &entry("330502-001", "R1", 1, 198)).await;
    let today = city.read(&operator, "/api/v1/overview").await.json();
    assert_eq!(
        (&today["passages"]["last_hour"], &today["passages"]["today"]),
        (&json!(2), &json!(2)),
        "{today}"
    );
    assert_eq!(today["passages"]["per_minute"].as_array().unwrap().len(), 60);
    assert_eq!(today["delay"]["p95_s"], 120);
    let district = &today["occupancy"][0];
    assert_eq!(
        (&district["district"], &district["occupied"], &district["spaces"]),
        (&json!("330502"), &json!(2), &json!(200))
    );
    let silent = today["needs"].as_array().unwrap().iter().find(|need| need["kind"] == "silent-lot").unwrap();
    assert_eq!(silent["count"], 2);
    // Who is bounded has a picture of what is seen.
    let elsewhere = city.person("regulator", Some("330522")).await;
    let today = city.read(&elsewhere, "/api/v1/overview").await.json();
    assert_eq!((&today["passages"]["last_hour"], &today["lots"]["total"]), (&json!(0), &json!(1)), "{today}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_a_provider_and_a_record_are_found() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    city.say(&city.lot_of("hz-demo"), &entry("330502-001", "REC-00042", 0, 199)).await;
    let found = async |words: &str| city.read(&operator, &format!("/api/v1/search?q={words}")).await.json();
    assert_eq!(found("hz330502").await["lots"][0]["code"], "330502-001");
    assert_eq!(found("hz-oth").await["providers"][0]["code"], "hz-other");
    let records = found("REC-00042").await["records"].clone();
    assert_eq!((&records[0]["lot"], &records[0]["record_id"]), (&json!("330502-001"), &json!("REC-00042")));
    assert!(records[0]["at"].as_str().unwrap().starts_with("2026-04-01T"), "{records}");
    assert_eq!(found("REC-0004").await["records"], json!([]));
    // A plate is nothing that a search finds.
    assert_eq!(
        found("%E6%B5%99E12345").await,
        json!({"lots": [], "providers": [], "records": [], "registrations": []})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checklist_ticks_by_what_arrives() {
    let city = City::with(without_second_factor()).await;
    let operator = city.person("operator", None).await;
    let path = "/api/v1/lots/330502-001";
    let lot = city.lot_of("hz-demo");
    // What came before the trial does not count.
    city.say(&lot, &entry("330502-001", "R0", 0, 199)).await;
    city.ask(&operator, Method::PATCH, path, Some(json!({"state": "trial"}))).await;
    let open = async || -> Vec<String> {
        let list = city.read(&operator, &format!("{path}/checklist")).await.json();
        let steps = list["items"][0]["steps"].as_array().unwrap().clone();
        let open = steps.into_iter().filter(|step| step["state"] == "open");
        open.map(|step| step["step"].as_str().unwrap().to_owned()).collect()
    };
    let all = ["heartbeat", "entry", "exit", "photo", "count", "correction", "repeat", "refusal-mended"];
    assert_eq!(open().await, all);
    for _ in 0..3 {
        assert_eq!(city.say(&lot, &Report::Heartbeat(Heartbeat { lot: None })).await.code(), 200);
        city.clock.turn(SignedDuration::from_mins(5));
    }
    assert_eq!(open().await, all[1..]);
    city.say(&lot, &entry("330502-001", "R1", 1, 199)).await;
    assert_eq!(open().await, ["exit", "photo", "correction", "repeat", "refusal-mended"]);
    city.say(&lot, &entry("330502-001", "R1", 1, 199)).await;
    city.say(&lot, &entry("330502-001", "R1", 1, 198)).await;
    let (report, picture) = (photo("330502-001", "R1", &jpeg(9_000)), jpeg(9_000));
    city.send(lot.seal(&report, &picture, bowei_platform::Clock::now(city.clock.as_ref()))).await;
    assert_eq!(open().await, ["exit", "refusal-mended"]);
    // One that is refused, and one that is accepted after it.
    // Another provider's lot.
    assert_eq!(city.say(&lot, &entry("330522-001", "R2", 2, 79)).await.code(), 403);
    city.platform.app().store.flush().await.unwrap();
    assert_eq!(open().await, ["exit", "refusal-mended"]);
    city.clock.turn(SignedDuration::from_mins(1));
    city.say(&lot, &exit("330502-001", "R1", 1, 30, 199)).await;
    assert_eq!(open().await, Vec::<String>::new());
    let list = city.read(&operator, &format!("{path}/checklist")).await.json();
    assert_eq!(list["items"][0]["ready"], true);
    assert_eq!(
        city.read(&operator, &format!("{path}/checklist?standard=isp")).await.json()["items"],
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_says_how_it_is_to_those_who_look_after_it() {
    let city = City::with(without_second_factor()).await;
    for (role, status) in
        [("system-admin", 200), ("operator", 200), ("viewer", 403), ("provider:hz-demo", 403)]
    {
        let person = city.person(role, None).await;
        let answer = city.read(&person, "/api/v1/system").await;
        assert_eq!(answer.status, status, "{role}");
        if status == 200 {
            let system: Value = answer.json();
            assert_eq!(system["store"]["ready"], true);
            assert!(system["disks"][0]["free_bytes"].as_u64().unwrap() > 0, "{system}");
            let queues = system["queues"].as_array().unwrap();
            for name in ["commit", "refusals", "rsa", "photos", "logins", "bodies-bytes"] {
                let queue = queues.iter().find(|queue| queue["name"] == name).unwrap();
                assert!(queue["max"].as_u64().unwrap() > 0 && queue["waiting"] == 0, "{name}: {system}");
            }
            assert!(system["audit_head"]["hash"].as_str().unwrap().len() == 64, "{system}");
        }
    }
}
