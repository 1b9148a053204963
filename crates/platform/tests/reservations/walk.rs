//! What becomes of orders whose lot answers as it should.

use super::lot_system::Act;
use super::{LOT, Scene, driver, shown, wall};
use axum::body::Body;
use bowei_model::forecast::{DaySamples, LotForecast};
use bowei_model::working_days::Calendar;
use bowei_store::{Change, OfficeRecord};
use http::{Method, Request};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn a_space_is_reserved_and_the_car_comes_and_goes() {
    let scene = Scene::with(2).await;
    let enter_at = scene.within(60);
    let answer = scene
        .request(
            json!({"plate": "粤B·12345", "enter_at": shown(enter_at), "phone": "＋86 １３８　1234 5678"}),
        )
        .await;
    let created = answer.json();
    assert_eq!(answer.status, 201, "{created}");
    assert_eq!(created["state"], "held", "the intent is kept before the lot is called");
    assert_eq!(created["place"], Value::Null);
    let driver = driver(&scene.city, &created);
    let code = driver.code.as_str();
    assert_eq!((code.len(), driver.token.len()), (32, 32), "128 bits each, and neither tells the other");
    assert_ne!(code, driver.token);
    scene.settle().await;
    let calls = scene.lot.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(
        calls[0].item,
        json!({
            "parkCode": "P001", "bookCode": code, "plateNo": "粤B12345", "bookTime": wall(enter_at),
            "overTime": wall(enter_at + SignedDuration::from_mins(30)), "obligatTime": 30, "bookType": 0,
            "spaceType": 0, "operateType": 1
        })
    );
    let seen = driver.sees().await;
    assert_eq!(seen["state"], "confirmed", "{seen}");
    assert_eq!(seen["plate"], "粤B·**345");
    assert_eq!(seen["phone"], "138****5678");
    assert_eq!(seen["lot"], LOT);
    assert_eq!(seen["enter_at"], shown(enter_at));
    assert_eq!(seen["from"], shown(enter_at - SignedDuration::from_mins(30)));
    assert_eq!(seen["until"], shown(enter_at + SignedDuration::from_mins(30)));
    assert_eq!((&seen["can_change"], &seen["can_cancel"]), (&json!(true), &json!(true)));
    assert_eq!(driver.reasons().await, ["placed", "sent", "lot-taken"]);

    scene.pass_minutes(50).await;
    scene.enters("R-1", "粤B12345", scene.now(), Some(code)).await;
    let seen = driver.sees().await;
    assert_eq!((&seen["state"], &seen["can_cancel"]), (&json!("entered"), &json!(false)), "{seen}");
    assert_eq!(driver.cancels().await.status, 409, "the car is inside");
    scene.pass_minutes(90).await;
    scene.leaves("R-1", "粤B12345", scene.now(), Some(code)).await;
    let seen = driver.sees().await;
    assert_eq!(seen["state"], "left", "{seen}");
    assert_eq!(seen["left_at"], shown(scene.now()));
    // The link dies a day after the slot.
    scene.pass(SignedDuration::from_hours(25)).await;
    assert_eq!(driver.call(Method::GET, "", None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_without_a_place_has_a_waitlist_and_who_was_first_comes_first() {
    let scene = Scene::with(1).await;
    let first = scene.books("粤B00001", 60).await;
    let refused = scene.books("粤B00002", 60).await;
    assert_eq!(refused.state().await, "refused");
    assert_eq!(refused.reasons().await, ["no-space"], "by the book: the lot was not asked");
    let second = scene.waits("粤B00003", 60).await;
    let third = scene.waits("粤B00004", 60).await;
    let places = || async { (second.sees().await["place"].clone(), third.sees().await["place"].clone()) };
    assert_eq!(places().await, (json!(1), json!(2)));
    assert_eq!(second.sees().await["queue_closes_at"], shown(scene.within(50)));
    assert_eq!(scene.lot.calls().len(), 1);
    // The place goes on in the transaction that frees it.
    assert_eq!(first.cancels().await.json()["state"], "cancelled");
    scene.settle().await;
    assert_eq!(second.state().await, "confirmed");
    assert_eq!(second.reasons().await, ["no-space", "promoted", "sent", "lot-taken"]);
    assert_eq!(places().await, (Value::Null, json!(1)));
    assert_eq!(scene.lot.kept(), std::slice::from_ref(&second.code), "and the lot has let the first one go");
    assert_eq!(scene.lot.most(), 1);
    // Ten minutes before its time the waitlist closes.
    scene.pass_minutes(50).await;
    assert_eq!(third.state().await, "expired");
    assert_eq!(third.reasons().await, ["no-space", "slot-too-near"]);
    assert_eq!(second.cancels().await.status, 200);
    scene.settle().await;
    assert_eq!(third.state().await, "expired", "nobody is promoted after that");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_has_no_space_after_all_sends_the_order_to_the_waitlist() {
    let scene = Scene::with(2).await;
    scene.lot.has_places(0);
    let waits = scene.waits("粤B00001", 60).await;
    assert_eq!(waits.state().await, "waiting");
    assert_eq!(waits.reasons().await, ["placed", "sent", "no-space"]);
    let refused = scene.books("粤B00002", 60).await;
    assert_eq!(refused.state().await, "refused");
    assert_eq!(scene.lot.calls().len(), 1, "a lot that has just said so is not asked at once again");
    // The lot counts again (parkSpaceInfo), and whoever waits has his turn.
    scene.lot.has_places(1);
    scene.pass_minutes(2).await;
    let count = json!({
        "parkCode": "P001", "usedStalls": 10, "reservedStalls": 0, "usedCharingStalls": 0, "unusedStalls": 40,
        "unusedReservableStalls": 1, "unusedCharingStalls": 0
    });
    scene.says("parkSpaceInfo", count).await;
    assert_eq!(waits.state().await, "confirmed");
    assert_eq!(scene.lot.kept(), std::slice::from_ref(&waits.code));
}

/// What was learned of the lot: full from six to nine every day, and otherwise not.
async fn is_known_to_be_full_until_nine(scene: &Scene) {
    let mut learned = LotForecast::default();
    let first = jiff::civil::date(2026, 2, 20);
    for day in first.series(jiff::Span::new().days(1)).take(40) {
        let is_full = |index: i32| (6 * 12..9 * 12).contains(&index);
        let samples = (0..288).map(|index| Some(if is_full(index) { 0 } else { 45 }));
        learned.absorb(day, &DaySamples::from_samples(samples), Some(50), &Calendar::default());
    }
    let record = OfficeRecord {
        kind: "forecast".to_owned(),
        id: LOT.to_owned(),
        state: "learned".to_owned(),
        provider: None,
        district: String::new(),
        at: scene.now(),
        words: String::new(),
        doc: serde_json::to_string(&learned).unwrap(),
        revision: 0,
    };
    let store = &scene.city.platform.app().store;
    store.administer(vec![Change::Office(Box::new(record))], Vec::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_full_lot_is_told_when_it_will_likely_have_spaces() {
    for is_foretold in [false, true] {
        let scene = Scene::with(2).await;
        if is_foretold {
            is_known_to_be_full_until_nine(&scene).await;
        }
        let full = json!({
            "parkCode": "P001", "usedStalls": 50, "reservedStalls": 0, "usedCharingStalls": 0, "unusedStalls": 0,
            "unusedReservableStalls": 0, "unusedCharingStalls": 0
        });
        scene.says("parkSpaceInfo", full).await;
        scene.lot.has_places(0);
        let waits = scene.waits("粤B00001", 110).await.sees().await;
        assert_eq!((&waits["state"], &waits["place"]), (&json!("waiting"), &json!(1)), "{waits}");
        // 08:15 now.
        match waits["estimate_minutes"].as_i64() {
            Some(minutes) => assert!(is_foretold && (35..=60).contains(&minutes), "{waits}"),
            None => assert!(!is_foretold, "{waits}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_keeps_what_there_is_until_the_lot_agrees() {
    let scene = Scene::with(1).await;
    scene.grants(1, 1).await;
    let driver = scene.books("粤B00001", 60).await;
    let later = scene.within(90);
    let stale = driver.sees().await["version"].as_u64().unwrap();
    let seen = driver.changes(json!({"enter_at": shown(later)})).await;
    assert_eq!(seen.status, 200, "{}", seen.json());
    assert_eq!((&seen.json()["changing"], &seen.json()["state"]), (&json!(true), &json!("confirmed")));
    assert_ne!(seen.json()["enter_at"], shown(later));
    scene.settle().await;
    let seen = driver.sees().await;
    assert_eq!((&seen["enter_at"], &seen["changing"]), (&json!(shown(later)), &json!(false)), "{seen}");
    let call = scene.lot.calls().pop().unwrap();
    assert_eq!(
        (&call.item["operateType"], &call.item["bookTime"], call.booking()),
        (&json!(2), &json!(wall(later)), driver.code.as_str())
    );
    // A second tab that shows it as it was.
    let change = json!({"enter_at": shown(scene.within(70)), "version": stale});
    let answer = driver.call(Method::PATCH, "", Some(change)).await;
    assert_eq!(answer.status, 409, "{}", answer.json());
    // A lot that does not agree: it is as it was.
    scene.lot.will([Act::Code(5004, "预约时间有误")]);
    assert_eq!(driver.changes(json!({"enter_at": shown(scene.within(100))})).await.status, 200);
    scene.settle().await;
    let seen = driver.sees().await;
    assert_eq!((&seen["enter_at"], &seen["state"]), (&json!(shown(later)), &json!("confirmed")), "{seen}");
    assert_eq!(seen["reason"]["reason"], "change-refused");
    // Another kind of space.
    assert_eq!(driver.changes(json!({"space": "charging"})).await.status, 200);
    scene.settle().await;
    assert_eq!(driver.sees().await["space"], "charging");
    // And what the lot grants none of.
    assert_eq!(driver.changes(json!({"space": "accessible"})).await.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_with_the_field() {
    let scene = Scene::with(1).await;
    let enter_at = shown(scene.within(60));
    let fits = json!({"plate": "粤B12345", "enter_at": enter_at});
    for (field, value, status) in [
        ("plate", json!("粤B1234"), 400),
        ("plate", json!("12345"), 400),
        ("plate", json!(""), 400),
        ("phone", json!("12345"), 400),
        ("enter_at", json!("tomorrow"), 400),
        ("enter_at", json!(shown(scene.within(121))), 400),
        ("enter_at", json!(shown(scene.within(-10))), 400),
        ("space", json!("roof"), 400),
        ("lot", json!("nowhere"), 404),
        ("lot", json!("330502-001"), 409),
        ("space", json!("charging"), 409),
        ("more", json!(1), 400),
    ] {
        let mut order = fits.clone();
        order[field] = value.clone();
        let answer = scene.request(order).await;
        let problem = answer.json();
        assert_eq!(answer.status, status, "{field} = {value}: {problem}");
        if status == 400 && field != "more" {
            assert!(problem.to_string().contains(field), "{field} = {value}: {problem}");
        }
    }
    assert_eq!(scene.lot.calls().len(), 0);
    assert_eq!(scene.request(fits).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_early_late_or_with_another_plate_is_not_who_was_expected() {
    let scene = Scene::with(4).await;
    let early = scene.books("粤B00001", 60).await;
    let other = scene.books("粤B00002", 60).await;
    let by_plate = scene.books("粤B00003", 60).await;
    let late = scene.books("粤B00004", 60).await;
    // Before its window.
    scene.pass_minutes(10).await;
    scene.enters("R-1", "粤B00001", scene.now(), Some(&early.code)).await;
    assert_eq!(early.state().await, "confirmed");
    assert_eq!(early.reasons().await.last().unwrap(), "entered-early");
    // In its window, under another plate; and one that the lot does not name.
    scene.pass_minutes(40).await;
    scene.enters("R-2", "粤B99999", scene.now(), Some(&other.code)).await;
    assert_eq!(other.state().await, "confirmed");
    assert_eq!(other.reasons().await.last().unwrap(), "other-plate");
    scene.enters("R-3", "粤B00003", scene.now(), None).await;
    assert_eq!(by_plate.state().await, "entered");
    // After its window.
    scene.pass_minutes(41).await;
    scene.enters("R-4", "粤B00004", scene.now(), Some(&late.code)).await;
    assert_eq!(late.state().await, "no-show");
    assert_eq!(late.sees().await["no_show"], Value::Null, "which counts only once it is proven");
    assert_eq!(early.state().await, "expired", "who came early is none who did not come");
    assert_eq!(other.state().await, "no-show");
}

#[tokio::test(flavor = "multi_thread")]
async fn calling_off_late_counts_and_three_of_a_day_are_enough() {
    let scene = Scene::with(5).await;
    scene.rules("orders_per_day = 9").await;
    for number in 0..3 {
        let driver = scene.books("粤B00001", 20).await;
        assert_eq!(driver.state().await, "confirmed", "{number}");
        let seen = driver.cancels().await.json();
        assert_eq!(seen["reason"]["reason"], "late-driver", "{seen}");
        assert_eq!(seen["can_appeal"], true);
        scene.settle().await;
    }
    assert_eq!(scene.lot.kept(), [""; 0]);
    let fourth = scene.books("粤B00001", 20).await;
    scene.pass_minutes(1).await;
    assert_eq!(fourth.state().await, "refused");
    assert_eq!(scene.lot.calls().len(), 6, "three taken and let go again, and no fourth");
    // In time it is free, and counts for nothing.
    let other = scene.books("粤B00002", 60).await;
    assert_eq!(other.cancels().await.json()["reason"]["reason"], "driver");
    assert_eq!(other.sees().await["can_appeal"], false);
    assert_eq!(other.cancels().await.status, 200, "said twice is said once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_reserved_is_told_with_the_rules() {
    let scene = Scene::with(3).await;
    let answer = scene.city.get(&format!("/open/v1/reservations/lots/{LOT}"), None).await.json();
    assert_eq!((&answer["reservable"], &answer["spaces"]), (&json!(true), &json!(["ordinary"])), "{answer}");
    assert_eq!(
        (&answer["rules"]["ahead_minutes"], &answer["rules"]["per_day"], &answer["rules"]["no_shows"]),
        (&json!(120), &json!(2), &json!(3))
    );
    let other = scene.city.get("/open/v1/reservations/lots/330502-001", None).await.json();
    assert_eq!((&other["reservable"], &other["why"]), (&json!(false), &json!("not-offered")));
    // A lot that grants none any more takes no order, and keeps those that it has.
    let driver = scene.books("粤B00001", 60).await;
    let mut info = crate::support::vendor::park_info("P001", "市民中心停车场");
    info["reservable"] = json!(0);
    scene.says("parkInfo", info).await;
    scene.city.platform.app().registry.refresh().await.unwrap();
    let order = json!({"plate": "粤B00002", "enter_at": shown(scene.within(60))});
    assert_eq!(scene.request(order).await.status, 409);
    assert_eq!(driver.state().await, "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_an_order_is_told_of_each_change() {
    let scene = Scene::with(1).await;
    let holder = scene.books("粤B00001", 60).await;
    let driver = scene.waits("粤B00002", 60).await;
    let request = Request::get("/open/v1/reservations/current/stream")
        .header("authorization", format!("Bearer {}", driver.token))
        .body(Body::empty())
        .unwrap();
    let response = scene.city.router.clone().oneshot(request).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    let mut body = response.into_body();
    let mut told = async |state: &str| {
        let wanted = format!(r#""state":"{state}""#);
        let found = async {
            loop {
                let frame = body.frame().await.unwrap().unwrap().into_data().unwrap_or_default();
                let text = String::from_utf8(frame.to_vec()).unwrap();
                // The last step's state stands in the list of steps as well: the order's own comes first.
                if text.find(r#""state":""#) == text.find(&wanted) && text.contains(&wanted) {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), found)
            .await
            .unwrap_or_else(|_| panic!("never {state}"));
    };
    told("waiting").await;
    holder.cancels().await;
    told("confirmed").await;
    scene.settle().await;
    driver.cancels().await;
    told("cancelled").await;
}
