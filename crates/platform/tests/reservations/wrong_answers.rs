//! Lots that answer late, twice, never or wrongly.

use super::lot_system::Act;
use super::{LOT, Scene, ask_at, driver, shown};
use jiff::SignedDuration;
use serde_json::json;
use std::time::Duration;

/// A lot has a second, so that tests need not wait for five.
const QUICK: &str = "answer_seconds = 1\nretry_seconds = 5\nhold_minutes = 5";

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_says_nothing_is_asked_again_under_the_same_code() {
    let scene = Scene::with(1).await;
    scene.rules(QUICK).await;
    scene.lot.will([Act::Never, Act::Lost]);
    let driver = scene.books("粤B00001", 60).await;
    assert_eq!(driver.state().await, "unknown");
    // Nobody else gets the place meanwhile.
    let other = scene.books("粤B00002", 60).await;
    assert_eq!(other.state().await, "refused");
    // The second attempt is taken and its answer lost; the third is answered: there is such a booking already (1201).
    scene.pass(SignedDuration::from_secs(5)).await;
    assert_eq!((driver.state().await.as_str(), scene.lot.calls().len()), ("unknown", 2));
    scene.pass(SignedDuration::from_secs(5)).await;
    assert_eq!(scene.lot.calls().len(), 2, "each further wait is twice as long");
    scene.pass(SignedDuration::from_secs(5)).await;
    assert_eq!(driver.state().await, "confirmed");
    let codes: Vec<_> = scene.lot.calls().iter().map(|call| call.booking().to_owned()).collect();
    assert_eq!(codes, [driver.code.as_str(); 3]);
    assert_eq!(scene.lot.kept(), std::slice::from_ref(&driver.code));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_yes_never_brings_a_cancelled_order_back() {
    let scene = Scene::with(1).await;
    scene.rules(QUICK).await;
    // The first attempt is taken, and nobody hears of it.
    scene.lot.will([Act::Lost]);
    let driver = scene.books("粤B00001", 60).await;
    assert_eq!(driver.state().await, "unknown");
    assert_eq!(scene.lot.kept().len(), 1);
    assert_eq!(driver.cancels().await.json()["state"], "cancelled");
    scene.settle().await;
    assert_eq!(scene.lot.kept(), [""; 0], "the lot is told to let it go, whatever it says of it");
    assert_eq!(scene.lot.calls().last().unwrap().interface, "cancelReservation");
    assert_eq!(driver.state().await, "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_that_is_on_its_way_when_the_driver_cancels_is_answered_by_a_cancellation() {
    let scene = Scene::with(1).await;
    scene.lot.will([Act::Late(Duration::from_millis(600))]);
    let order = json!({"plate": "粤B00001", "enter_at": shown(scene.within(60))});
    let driver = driver(&scene.city, &ask_at(&scene.city, order).await);
    // The lot has it, and its yes is on the way.
    while scene.lot.kept().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(driver.cancels().await.json()["state"], "cancelled");
    scene.settle().await;
    assert_eq!(driver.state().await, "cancelled");
    assert_eq!(scene.lot.kept(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_never_answers_loses_the_order_and_the_place_goes_on() {
    let scene = Scene::with(1).await;
    scene.rules(QUICK).await;
    scene.lot.will(vec![Act::Never; 50]);
    let driver = scene.waits("粤B00001", 100).await;
    let next = scene.waits("粤B00002", 100).await;
    assert_eq!(next.state().await, "waiting");
    for _ in 0..60 {
        if driver.state().await == "expired" {
            break;
        }
        scene.pass(SignedDuration::from_secs(5)).await;
    }
    let seen = driver.sees().await;
    assert_eq!(
        (&seen["state"], &seen["reason"]["reason"]),
        (&json!("expired"), &json!("lot-silent")),
        "{seen}"
    );
    // The lot answers again: it is told to let the first one go, and the second one has its place.
    scene.lot.is_back();
    for _ in 0..4 {
        scene.pass_minutes(1).await;
    }
    assert_eq!(next.state().await, "confirmed", "{:?}", scene.lot.calls());
    assert_eq!(scene.lot.kept(), std::slice::from_ref(&next.code));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_is_none() {
    let scene = Scene::with(1).await;
    scene.rules(QUICK).await;
    let wrong = [
        Act::OtherBooking,
        Act::Words(200, "<html>登录</html>"),
        Act::Words(502, "Bad Gateway"),
        Act::Code(3, "其他错误"),
        Act::Code(5, "Token校验失败"),
        Act::Code(9_999, "?"),
    ];
    for (number, act) in wrong.into_iter().enumerate() {
        scene.lot.will([act.clone()]);
        let driver = scene.books(&format!("粤B0000{number}"), 60).await;
        let state = driver.state().await;
        assert!(["unknown", "held"].contains(&state.as_str()), "{act:?}: {state}");
        scene.pass(SignedDuration::from_secs(5)).await;
        assert_eq!(driver.state().await, "confirmed", "{act:?}");
        assert_eq!(driver.cancels().await.status, 200);
        scene.settle().await;
        // Answers in between, so that the breaker stays closed.
        assert_eq!(scene.lot.kept(), [""; 0], "{act:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_the_text_s_own_words_for_the_office() {
    let scene = Scene::with(1).await;
    let office = scene.city.token("regulator", None).await;
    let last_step = async |code: &str| {
        let page = scene.city.get(&format!("/api/v1/reservations/{code}"), Some(&office)).await.json();
        page["steps"].as_array().unwrap().last().unwrap().clone()
    };
    let refusals = [
        (1104, "预约订单不存在"),
        (1301, "预约已过期"),
        (1401, "预约已取消"),
        (5004, "预约时间有误"),
        (5005, "黑名单"),
    ];
    for (number, (code, words)) in refusals.into_iter().enumerate() {
        // The lot says the number alone; the words are the text's.
        scene.lot.will([Act::Code(code, "")]);
        let driver = scene.books(&format!("粤B0000{number}"), 60).await;
        let seen = driver.sees().await;
        // What the lot has against the car is not for whoever orders for its plate.
        assert_eq!((&seen["state"], &seen["reason"]["reason"]), (&json!("refused"), &json!("not-taken")));
        let step = last_step(&driver.code).await;
        assert_eq!(step["reason"], "lot-refused", "{step}");
        let zh = step["zh"].as_str().unwrap();
        assert!(zh.contains(words) && zh.contains(&code.to_string()), "{zh}");
    }
    scene.lot.will([Act::Code(1501, "")]);
    let driver = scene.books("粤B00008", 60).await;
    assert_eq!(driver.reasons().await, ["placed", "sent", "not-taken"]);
    assert_eq!(last_step(&driver.code).await["zh"], "没有可预约车位");
    scene.pass_minutes(2).await;
    // It has this code already: it took an attempt whose answer was lost.
    scene.lot.will([Act::Code(1201, "预约编码已存在")]);
    assert_eq!(scene.books("粤B00009", 60).await.state().await, "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_is_away_is_left_alone_and_holds_up_nobody() {
    let scene = Scene::with(20).await;
    scene.rules(QUICK).await;
    scene.lot.will(vec![Act::Never; 5]);
    for number in 0..5 {
        let driver = scene.books(&format!("粤B0000{number}"), 60).await;
        assert_eq!(driver.state().await, "unknown");
    }
    let called = scene.lot.calls().len();
    let next = scene.books("粤B00009", 60).await;
    assert_eq!(next.state().await, "held", "its breaker is open: the lot is not called");
    assert_eq!(scene.lot.calls().len(), called);
    let token = scene.city.token("operator", None).await;
    let lots = scene.city.get("/api/v1/reservations/lots", Some(&token)).await.json();
    let shown = &lots["items"][0];
    assert_eq!((&shown["lot"], &shown["silent"], &shown["way"]), (&json!(LOT), &json!(5), &json!("called")));
    assert!(shown["breaker_until"].is_string(), "{shown}");
    // It is tried again by itself, and is back.
    for _ in 0..12 {
        scene.pass(SignedDuration::from_secs(10)).await;
    }
    assert_eq!(next.state().await, "confirmed", "{:?}", next.sees().await);
    assert_eq!(scene.lot.kept().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_that_nobody_has_logged_in_for_is_asked_once_it_has() {
    let scene = Scene::with(1).await;
    // Its system has begun anew, and knows another token than the platform's.
    scene.lot.knows("another");
    let driver = scene.books("粤B00001", 60).await;
    assert_eq!(driver.state().await, "unknown");
    assert_eq!(scene.lot.faults().len(), 1, "5: it does not know the platform");
    scene.pass(SignedDuration::from_secs(5)).await;
    assert_eq!(driver.state().await, "confirmed");
}
