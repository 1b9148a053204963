//! The daily loop: which records the platform has of a day, which the lot has by its own word, and what is there when the
//! platform itself was not.

use crate::support::person::without_second_factor;
use crate::support::speaker::{self, Speaker};
use crate::support::{City, entry, exit, jpeg, photo};
use bowei_encoding::sha256_hex;
use bowei_model::{CarsInside, LotCode, Plate, Report};
use bowei_platform::Clock as _;
use bowei_standards::lot_side::Reading;
use http::Method;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const DAY: &str = "/api/v1/lots/330502-001/days/2026-04-01";

/// Minutes after the morning, 08:15, at which the next day begins.
const MIDNIGHT: i64 = 945;

/// Cars of a day and of the one after it.
async fn traffic(city: &City) {
    let lot = city.lot_of("hz-demo");
    city.clock.turn(SignedDuration::from_hours(17));
    for report in [
        entry("330502-001", "R20", 1, 199),
        entry("330502-001", "R1", 0, 198),
        entry("330502-001", "R1", 0, 198),
        exit("330502-001", "R1", 0, 60, 199),
        entry("330502-001", "车3", MIDNIGHT - 1, 198),
        entry("330502-001", "R4", MIDNIGHT, 197),
        // Only the night that it left in is this day's.
        exit("330502-001", "R20", 1, MIDNIGHT + 1, 198),
    ] {
        assert_eq!(city.say(&lot, &report).await.code(), 200);
    }
    let (shown, picture) = (photo("330502-001", "R1", &jpeg(20_000)), jpeg(20_000));
    assert_eq!(city.send(lot.seal(&shown, &picture, city.clock.now())).await.code(), 200);
}

/// The recipe of docs/supervision/daily-loop.md, by hand.
fn digest(ids: &str) -> String {
    sha256_hex(ids.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_has_numbers_digests_and_ids_that_another_can_work_out() {
    let city = City::with(without_second_factor()).await;
    traffic(&city).await;
    let token = city.token("provider:hz-demo", None).await;
    let day = city.get(DAY, Some(&token)).await.json();
    let (entries, exits) = (digest("2:R1\n3:R20\n4:车3\n"), digest("2:R1\n"));
    let whole = digest(&format!("{entries}\n{exits}\n"));
    let expected = json!({
        "day": "2026-04-01", "entries": 3, "exits": 1, "photos": 1, "charges": 0, "digest": whole,
        "digests": {"entries": entries, "exits": exits, "photos": digest("2:R1\n"), "charges": digest("")},
        "declared": null,
    });
    assert_eq!(day, expected);
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = city.get(&format!("{DAY}/records?limit=2{cursor}"), Some(&token)).await.json();
        ids.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(ids, ["R1", "R20", "车3"]);
    let next = city.get("/api/v1/lots/330502-001/days/2026-04-02/records?kind=exits", Some(&token)).await;
    assert_eq!(next.json()["items"], json!(["R20"]));
    // A cursor is of its own list alone.
    let other = city.get(&format!("{DAY}/records?kind=exits{cursor}"), Some(&token)).await;
    assert_eq!(other.status, 400);
    for none in ["2026-04-31", "2026-4-1", "20260401", "today", "2026-04-01T00"] {
        let refused = city.get(&format!("/api/v1/lots/330502-001/days/{none}"), Some(&token)).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["errors"][0]["pointer"]),
            (400, &json!("#/date"))
        );
    }
    // Who sees no plates gets no digest of what may be made of them.
    let person = city.person("provider:hz-demo", None).await;
    let seen = city.read(&person, DAY).await.json();
    assert_eq!(
        (&seen["entries"], &seen["digest"], &seen["digests"]),
        (&json!(3), &Value::Null, &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_is_kept_and_answered_with_the_difference() {
    let city = City::with(without_second_factor()).await;
    traffic(&city).await;
    let token = city.token("provider:hz-demo", None).await;
    let path = format!("{DAY}/declaration");
    let nothing = city.get(&path, Some(&token)).await.json();
    assert_eq!(
        (&nothing["declared"], &nothing["unknown_to_lot"]["entries_total"]),
        (&Value::Null, &json!(0))
    );
    let said =
        json!({"entries": ["车3", "R9", "R1", "R9"], "exits": ["R1", "R20"], "photos": 2, "charges": 0});
    for _ in 0..2 {
        let answer = city.ask_with(&token, Method::POST, &path, Some(said.clone())).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        let difference = answer.json();
        let missing = json!({"entries": ["R9"], "exits": ["R20"], "entries_total": 1, "exits_total": 1});
        let unknown = json!({"entries": ["R20"], "exits": [], "entries_total": 1, "exits_total": 0});
        assert_eq!((&difference["missing"], &difference["unknown_to_lot"]), (&missing, &unknown));
        assert_eq!((&difference["photos"], &difference["declared"]["photos"]), (&json!(1), &json!(2)));
    }
    assert_eq!(city.audited("day.declare").await.len(), 1, "the same word again is none");
    // Another one is kept beside it.
    city.clock.turn(SignedDuration::from_mins(1));
    let other = json!({"entries": ["R1"], "exits": [], "photos": 0, "charges": 0});
    assert_eq!(city.ask_with(&token, Method::POST, &path, Some(other)).await.status, 200);
    let kept = city.platform.app().store.declarations(&"330502-001".into(), 20_260_401).await.unwrap();
    assert_eq!(kept.len(), 2);
    let person = city.person("provider:hz-demo", None).await;
    let shown = city.read(&person, &path).await.json();
    assert_eq!(shown["unknown_to_lot"]["entries"], json!(["R20", "车3"]));
    assert_eq!(city.read(&person, DAY).await.json()["declared"]["entries"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declaration_that_does_not_fit_is_refused_by_its_place() {
    let city = City::with(without_second_factor()).await;
    let tokens = city
        .tokens(&[
            ("provider:hz-demo", None),
            ("provider:hz-other", None),
            ("operator", None),
            ("regulator", None),
        ])
        .await;
    let declare = async |token: &str, day: &str, entries: Value| {
        let path = format!("/api/v1/lots/330502-001/days/{day}/declaration");
        let body = json!({"entries": entries, "exits": [], "photos": 0, "charges": 0});
        city.ask_with(token, Method::POST, &path, Some(body)).await
    };
    assert_eq!(declare(&tokens[0], "2026-04-01", json!([])).await.status, 200);
    assert_eq!(declare(&tokens[1], "2026-04-01", json!([])).await.status, 404);
    for others in &tokens[2..] {
        assert_eq!(declare(others, "2026-04-01", json!([])).await.status, 403);
    }
    for (day, entries, pointer) in [
        ("2026-04-02", json!([]), "#/date"),
        ("2026-02-19", json!([]), "#/date"),
        ("2026-03-31", json!(["R1", ""]), "#/entries/1"),
        ("2026-03-31", json!(["R".repeat(129)]), "#/entries/0"),
        ("2026-03-31", json!(["R1", 7]), "#/entries/1"),
        ("2026-03-31", json!(vec!["R"; 100_001]), "#/entries"),
    ] {
        let refused = declare(&tokens[0], day, entries).await;
        assert_eq!(refused.status, 400, "{day} {pointer}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{}", refused.json());
    }
    let large = json!(vec!["R".repeat(120); 70_000]);
    assert_eq!(declare(&tokens[0], "2026-03-31", large).await.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_the_cars_inside_asks_for_its_day_at_once() {
    let (city, handed_out) = speaker::city().await;
    let mut lot = Speaker::of(&handed_out, "mixed", "shenzhen");
    lot.log_in(&city).await;
    let requests = &city.platform.app().evaluation_requests;
    let id = "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b";
    let plates: Vec<_> = Plate::read("粤BD00003").into_iter().collect();
    let list = Report::CarsInside(CarsInside { lot: "nb-1".into(), at: city.clock.now(), plates });
    assert_eq!(lot.say(&city, &list, id, None).await, Reading::Accepted);
    assert_eq!(Vec::from_iter(requests.take()), vec![(LotCode::from("nb-1"), date(2026, 4, 1))]);
    // The same message again says nothing new.
    assert_eq!(lot.say(&city, &list, id, None).await, Reading::Accepted);
    assert!(requests.take().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_sees_when_the_platform_itself_was_away() {
    let city = City::new().await;
    let ask = async |query: &str| city.get(&format!("/open/v1/availability{query}"), None).await;
    let nothing = ask("").await.json();
    assert_eq!((&nothing["days"], &nothing["share"]), (&json!([]), &Value::Null));
    let store = &city.platform.app().store;
    // First there at 23:50 of the day before yesterday, from 0:05 of yesterday on away, and today for three minutes.
    let mark = async |from: &str, minutes: i64| {
        let from: Timestamp = format!("{from}:00+08:00").parse().unwrap();
        for minute in 0..minutes {
            store.mark_heard("platform", from + SignedDuration::from_mins(minute)).await.unwrap();
        }
    };
    mark("2026-03-30T23:50", 15).await;
    mark("2026-04-01T08:10", 3).await;
    city.clock.turn(SignedDuration::from_mins(1));
    let answer = ask("?days=30").await;
    let days = json!([
        {"day": "2026-03-30", "minutes": 10, "away": 0, "share": 1.0},
        {"day": "2026-03-31", "minutes": 1_440, "away": 1_435, "share": 0.0034},
        {"day": "2026-04-01", "minutes": 496, "away": 493, "share": 0.006},
    ]);
    let all = answer.json();
    assert_eq!(all["days"], days);
    assert_eq!(
        (&all["minutes"], &all["away"], &all["share"]),
        (&json!(1_946), &json!(1_928), &json!(0.0092))
    );
    // Asked for again while nothing has changed, it costs a header.
    let tag = answer.headers["etag"].to_str().unwrap();
    let request = http::Request::get("/open/v1/availability?days=30").header("if-none-match", tag);
    let again = city.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(again.status, 304);
    assert_eq!(ask("?days=1").await.json()["days"].as_array().unwrap().len(), 1);
    city.clock.turn(SignedDuration::from_mins(2));
    assert_eq!(ask("?days=1").await.json()["away"], 495, "nobody marks these");
}
