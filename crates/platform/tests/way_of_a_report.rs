//! From a lot's message to what the city sees.

use crate::support;

use bowei_model::{Heartbeat, Report};
use bowei_platform::vacancy::Vacancy;
use jiff::SignedDuration;
use serde_json::Value;
use support::{City, entry, exit, jpeg, photo};

#[tokio::test]
async fn a_car_that_enters_takes_a_space_and_gives_it_back() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    assert_eq!(city.say(&lot, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    let shown = city.get("/open/v1/lots/330502-001", None).await.json();
    assert_eq!(shown["properties"]["vacant"], 199);
    assert_eq!(shown["properties"]["status"], "online");
    assert_eq!(shown["properties"]["as_of"], "2026-04-01T08:15:30+08:00");
    city.clock.turn(SignedDuration::from_mins(60));
    assert_eq!(city.say(&lot, &exit("330502-001", "R1", 0, 60, 200)).await.code(), 200);
    let token = city.token("operator", None).await;
    let lot_item = city.get("/api/v1/lots/330502-001", Some(&token)).await.json();
    assert_eq!((&lot_item["reported"], &lot_item["derived"]), (&200.into(), &200.into()));
    let session = &city.get("/api/v1/lots/330502-001/sessions", Some(&token)).await.json()["items"][0];
    assert_eq!(session["record_id"], "R1");
    assert_eq!(session["standard"], "huzhou");
    assert_eq!(session["plate"], "浙E12345");
    assert_eq!(session["plate_kind"], "02");
    assert_eq!(session["entry"]["at"], "2026-04-01T08:15:30+08:00");
    assert_eq!(session["entry"]["gate"], "东门入口");
    assert_eq!(session["exit"]["at"], "2026-04-01T09:15:30+08:00");
    assert_eq!(session["minutes"], 60);
    assert_eq!(session["findings"], serde_json::json!([]));
}

#[tokio::test]
async fn a_photo_comes_back_as_it_was_sent_and_may_come_before_its_record() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    let picture = jpeg(5_000);
    let message = lot.seal(&photo("330502-001", "R1", &picture), &picture, support::at(0));
    let answer = city.send(message).await;
    assert_eq!(answer.code(), 200, "{}", answer.json());
    let token = city.token("operator", None).await;
    let none = city.get("/api/v1/lots/330502-001/sessions", Some(&token)).await.json();
    assert_eq!(none["items"], serde_json::json!([]));
    assert_eq!(city.say(&lot, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    let sessions = city.get("/api/v1/lots/330502-001/sessions", Some(&token)).await.json();
    let shown = &sessions["items"][0]["photos"][0];
    assert_eq!((&shown["role"], &shown["bytes"]), (&"entry".into(), &picture.len().into()));
    let path = format!("/api/v1/photos/{}", shown["id"].as_str().unwrap());
    let got = city.get(&path, Some(&token)).await;
    assert_eq!(got.headers["content-type"], "image/jpeg");
    assert_eq!(got.bytes, picture);
    // Whoever may not see the lot, or no plate, may not see the photo.
    let other = city.token("provider:hz-other", None).await;
    assert_eq!(city.get(&path, Some(&other)).await.status, 404);
    let viewer = city.token("viewer", None).await;
    assert_eq!(city.get(&path, Some(&viewer)).await.status, 403);
}

#[tokio::test]
async fn the_same_report_again_is_a_success_without_a_second_effect() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    for minute in 0..3 {
        // Sealed anew each time, as a lot does that missed the answer.
        assert_eq!(city.say(&lot, &entry("330502-001", "R1", 0, 199)).await.code(), 200, "{minute}");
        city.clock.turn(SignedDuration::from_mins(1));
    }
    let token = city.token("operator", None).await;
    let lot_item = city.get("/api/v1/lots/330502-001", Some(&token)).await.json();
    assert_eq!((&lot_item["inside"], &lot_item["derived"]), (&1.into(), &199.into()));
    let stats = city.get("/api/v1/stats", Some(&token)).await.json();
    assert_eq!(stats["sessions"]["entries_today"], 1);
    assert_eq!(city.get("/api/v1/reports", Some(&token)).await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn other_content_under_the_same_id_amends_and_a_finding_says_so() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    city.say(&lot, &entry("330502-001", "R1", 0, 199)).await;
    city.clock.turn(SignedDuration::from_mins(1));
    city.say(&lot, &entry("330502-001", "R1", 1, 199)).await;
    let token = city.token("operator", None).await;
    let session = &city.get("/api/v1/lots/330502-001/sessions", Some(&token)).await.json()["items"][0];
    assert_eq!(session["entry"]["at"], "2026-04-01T08:16:30+08:00");
    assert_eq!(session["findings"][0]["kind"], "amended-report");
    let found = city.get("/api/v1/findings?kind=amended-report", Some(&token)).await.json();
    assert_eq!(found["items"][0]["record_id"], "R1");
    // Both are kept.
    let kept = city.get("/api/v1/reports", Some(&token)).await.json()["items"].clone();
    assert_eq!(kept.as_array().unwrap().len(), 2);
    assert_eq!(kept[0]["read_as"]["at"], "2026-04-01T08:16:30+08:00");
}

#[tokio::test]
async fn a_finding_has_an_id_facts_and_words_in_two_languages_and_is_resolved() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    city.clock.turn(SignedDuration::from_mins(60));
    assert_eq!(city.say(&lot, &exit("330502-001", "R1", 0, 60, 199)).await.code(), 200);
    let token = city.token("operator", None).await;
    let listed = async |state: &str| {
        let path = format!("/api/v1/findings?kind=unmatched-exit{state}");
        city.get(&path, Some(&token)).await.json()["items"].as_array().unwrap().clone()
    };
    let [open] = listed("").await.try_into().unwrap();
    assert_eq!(open["detail"], "有出场记录，未收到对应的入场记录");
    assert_eq!(open["detail_en"], "an exit whose entry was not received");
    assert_eq!(open["facts"], serde_json::json!({"is": "unmatched-exit"}));
    assert_eq!((&open["resolved_at"], &open["case"]), (&Value::Null, &Value::Null));
    let session = &city.get("/api/v1/lots/330502-001/sessions", Some(&token)).await.json()["items"][0];
    let of_session = &session["findings"][0];
    assert_eq!((&of_session["id"], &of_session["detail_en"]), (&open["id"], &open["detail_en"]));
    assert_eq!(listed("&state=resolved").await.len(), 0);
    let viewer = city.token("viewer", None).await;
    let seen = &city.get("/api/v1/findings", Some(&viewer)).await.json()["items"][0];
    assert_eq!((&seen["id"], &seen["facts"]), (&open["id"], &Value::Null));
    // Its entry comes, and it holds no more.
    city.clock.turn(SignedDuration::from_mins(1));
    assert_eq!(city.say(&lot, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    assert_eq!(listed("").await.len(), 0);
    let [resolved] = listed("&state=resolved").await.try_into().unwrap();
    assert_eq!((&resolved["id"], &resolved["opened_at"]), (&open["id"], &open["opened_at"]));
    assert_ne!(resolved["resolved_at"], Value::Null);
    assert_eq!(listed("&state=open,resolved").await, [resolved]);
}

#[tokio::test]
async fn a_heartbeat_that_names_no_lot_keeps_online_those_that_have_reported() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    let beat = Report::Heartbeat(Heartbeat { lot: None });
    let status = async || {
        let of = |lot: &serde_json::Value| lot["properties"]["status"].as_str().unwrap().to_owned();
        let lots = city.get("/open/v1/lots", None).await.json();
        let shown = lots["features"].as_array().unwrap().iter().map(of).collect::<Vec<_>>();
        // A platform that starts now knows no less and no more.
        let app = city.platform.app();
        let anew = Vacancy::open(&*app.store).await.unwrap();
        let (lots, now) = (app.registry.snapshot(), app.clock.now());
        assert_eq!(anew.statuses(&lots, now), app.vacancy.statuses(&lots, now));
        shown
    };
    // Both of the account's lots have yet to say something themselves.
    assert_eq!(city.say(&lot, &beat).await.code(), 200);
    assert_eq!(status().await, ["stale", "stale", "stale"]);
    let never_heard = city.get("/open/v1/lots/330502-001", None).await.json();
    assert!(never_heard["properties"]["vacant"].is_null(), "{never_heard}");
    assert_eq!(city.say(&lot, &entry("330502-001", "R1", 0, 199)).await.code(), 200);
    assert_eq!(status().await, ["online", "stale", "stale"]);
    // From then on the account's heartbeats count for it, and for it alone.
    city.clock.turn(SignedDuration::from_secs(15 * 60 - 1));
    assert_eq!(status().await, ["online", "stale", "stale"]);
    assert_eq!(city.say(&lot, &beat).await.code(), 200);
    city.clock.turn(SignedDuration::from_secs(15 * 60 - 1));
    assert_eq!(status().await, ["online", "stale", "stale"]);
    city.clock.turn(SignedDuration::from_secs(1));
    assert_eq!(status().await, ["stale", "stale", "stale"]);
    // The one that was heard before need not speak again.
    assert_eq!(city.say(&lot, &beat).await.code(), 200);
    assert_eq!(status().await, ["online", "stale", "stale"]);
}

#[tokio::test]
async fn what_is_refused_leaves_nothing_but_its_trace_in_the_inspector() {
    let city = City::new().await;
    let stranger = city.lot_of("hz-other");
    let answer = city.say(&stranger, &entry("330502-001", "R1", 0, 199)).await;
    assert_eq!(answer.code(), 403);
    let message = answer.json()["msg"].as_str().unwrap().to_owned();
    assert!(message.contains("parkinglotId") && message.contains("HZ330502001"), "{message}");
    city.platform.app().store.flush().await.unwrap();
    let token = city.token("operator", None).await;
    let seen = city.get("/api/v1/reports?outcome=refused", Some(&token)).await.json();
    let item = &seen["items"][0];
    assert_eq!(item["code"], "403");
    assert_eq!(item["provider"], "hz-other");
    assert_eq!(item["field"], "parkinglotId");
    assert_eq!(item["message"], message);
    assert!(item["raw"].as_str().unwrap().contains("浙E12345"));
    assert!(item["steps"].as_array().unwrap().iter().any(|step| step["name"] == "待签名字符串"));
    // The provider that sent it sees it, the one it named does not.
    let own = city.token("provider:hz-other", None).await;
    assert_eq!(city.get("/api/v1/reports", Some(&own)).await.json()["items"].as_array().unwrap().len(), 1);
    let named = city.token("provider:hz-demo", None).await;
    assert_eq!(city.get("/api/v1/reports", Some(&named)).await.json()["items"], serde_json::json!([]));
    assert_eq!(
        city.get("/api/v1/lots/330502-001/sessions", Some(&token)).await.json()["items"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn a_platform_started_again_knows_what_it_knew() {
    let city = City::new().await;
    let lot = city.lot_of("hz-demo");
    city.say(&lot, &entry("330502-001", "R1", 0, 199)).await;
    city.say(&lot, &entry("330502-001", "R2", 1, 198)).await;
    let before = city.get("/open/v1/lots", None).await.json();
    let City { platform, router, clock, folder, .. } = city;
    let config = platform.app().config.clone();
    drop((platform, router));
    let again = bowei_platform::Platform::open(config, clock.clone()).await.unwrap();
    let city =
        City { router: again.router(), platform: again, clock, handed_out: Default::default(), folder };
    assert_eq!(city.get("/open/v1/lots", None).await.json(), before);
}
