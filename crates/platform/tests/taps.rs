//! "Was there a space?" Drivers say so without a name, and lots are ranked by it.

use crate::support::person::without_second_factor;
use crate::support::{Answer, City, entry};
use axum::body::Body;
use bowei_service::Client;
use http::Request;
use jiff::SignedDuration;
use serde_json::{Value, json};

const LOT: &str = "330502-001";

async fn tap(city: &City, lot: &str, body: &str, from: Option<u8>) -> Answer {
    let mut request =
        Request::post(format!("/open/v1/lots/{lot}/taps")).header("content-type", "application/json");
    if let Some(last) = from {
        request = request.extension(Client { address: [192, 0, 2, last].into(), is_proxy: false });
    }
    city.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn says(city: &City, lot: &str, found: bool) {
    let answer = tap(city, lot, &json!({ "found": found }).to_string(), None).await;
    assert_eq!((answer.status.as_u16(), answer.bytes.len()), (204, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn lots_whose_count_drivers_contradict_come_first() {
    let city = City::with(without_second_factor()).await;
    let (demo, other) = (city.lot_of("hz-demo"), city.lot_of("hz-other"));
    // Nothing was said yet: nothing is contradicted.
    says(&city, LOT, false).await;
    city.say(&demo, &entry(LOT, "R1", 0, 120)).await;
    for found in [true, false, false] {
        says(&city, LOT, found).await;
    }
    // One space of two hundred may have been taken on the way; of none there was one.
    for (minute, vacant, found) in [(1, 1, false), (2, 0, true)] {
        city.clock.turn(SignedDuration::from_mins(1));
        city.say(&demo, &entry(LOT, &format!("S{minute}"), minute, vacant)).await;
        says(&city, LOT, found).await;
    }
    city.say(&other, &entry("330522-001", "R1", 2, 80)).await;
    for _ in 0..3 {
        says(&city, "330522-001", false).await;
    }
    // A lot that is not heard from says nothing that could be contradicted.
    city.clock.turn(SignedDuration::from_hours(24));
    says(&city, "330522-001", false).await;

    let item = |lot: &str, name: &str, numbers: [u64; 4]| {
        let [found, not_found, contradictions, found_while_full] = numbers;
        json!({"lot": lot, "name": name, "district": &lot[..6], "found": found, "not_found": not_found,
            "contradictions": contradictions, "found_while_full": found_while_full})
    };
    let east = item(LOT, "东门停车场", [2, 4, 2, 1]);
    let north = item("330522-001", "长兴停车场", [0, 4, 3, 0]);
    let regulator = city.person("regulator", None).await;
    let list = async |query: &str| city.read(&regulator, &format!("/api/v1/taps{query}")).await.json();
    let all = list("").await;
    assert_eq!((&all["from"], &all["to"]), (&json!("2026-03-04"), &json!("2026-04-02")), "{all}");
    assert_eq!(all["items"], json!([north, east]));
    assert_eq!(list("?limit=1").await["items"], json!([north]));
    assert_eq!(list("?district=330502").await["items"], json!([east]));
    assert_eq!(
        list("?from=2026-04-02").await["items"],
        json!([item("330522-001", "长兴停车场", [0, 1, 0, 0])])
    );
    assert_eq!(list("?from=2026-04-03").await["items"], json!([]));

    // Each sees its own, and no more.
    for (role, district, expected) in [
        ("provider:hz-demo", None, json!([east])),
        ("provider:hz-other", None, json!([north])),
        ("regulator", Some("330522"), json!([north])),
    ] {
        let person = city.person(role, district).await;
        assert_eq!(city.read(&person, "/api/v1/taps").await.json()["items"], expected, "{role} {district:?}");
    }
    let bounded = city.person("operator", Some("330502")).await;
    assert_eq!(city.read(&bounded, "/api/v1/taps?district=330522").await.json()["items"], json!([]));
    assert_eq!(city.read(&regulator, "/api/v1/taps?from=soon").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_counts_at_a_lot_a_few_times_and_at_another_too() {
    let city = City::new().await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(tap(&city, LOT, r#"{"found":true}"#, Some(1)).await.status.as_u16());
    }
    assert_eq!(statuses, [204, 204, 204, 429]);
    let refused = tap(&city, LOT, r#"{"found":true}"#, Some(1)).await;
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(tap(&city, "330521-007", r#"{"found":true}"#, Some(1)).await.status, 204, "another lot");
    assert_eq!(tap(&city, LOT, r#"{"found":true}"#, Some(2)).await.status, 204, "another driver");
    city.clock.turn(SignedDuration::from_mins(6));
    assert_eq!(tap(&city, LOT, r#"{"found":true}"#, Some(1)).await.status, 204, "later");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_tap_or_of_no_lot_is_not_counted() {
    let city = City::new().await;
    for body in ["", "{}", r#"{"found":"yes"}"#, r#"{"found":true,"plate":"浙E12345"}"#] {
        let answer = tap(&city, LOT, body, None).await;
        assert_eq!(answer.status, 400, "{body}");
    }
    assert_eq!(tap(&city, "none", r#"{"found":true}"#, None).await.status, 404);
    let operator = city.token("operator", None).await;
    assert_eq!(city.get("/api/v1/taps", Some(&operator)).await.json()["items"], Value::Array(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn taps_of_one_moment_are_all_counted_and_go_after_their_time() {
    let city = City::new().await;
    let all = futures::future::join_all((0..8).map(|_| says(&city, LOT, true)));
    all.await;
    let operator = city.token("operator", None).await;
    let kept = async |query: &str| city.get(&format!("/api/v1/taps{query}"), Some(&operator)).await.json();
    assert_eq!(kept("").await["items"][0]["found"], 8);
    city.do_all_due().await;
    assert_eq!(kept("?from=2026-04-01").await["items"][0]["found"], 8);
    city.clock.turn(SignedDuration::from_hours(24 * 401));
    let operator = city.token("operator", None).await;
    city.do_all_due().await;
    let left = city.get("/api/v1/taps?from=2026-04-01", Some(&operator)).await.json();
    assert_eq!(left["items"], json!([]));
}
