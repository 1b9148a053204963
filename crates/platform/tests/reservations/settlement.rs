//! The day's end (4.13, 6.6.2): what a lot is to report once more, page by page, and what comes of it.

use super::{PARK, Scene, driver};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn orders_without_any_record_are_offered_page_by_page_and_settled_by_what_comes() {
    let scene = Scene::with(60).await;
    let mut orders = Vec::new();
    let enter_at = scene.within(60);
    for number in 0..60 {
        let order = json!({"plate": format!("粤B{number:05}"), "enter_at": super::shown(enter_at)});
        orders.push(super::ask_at(&scene.city, order).await);
    }
    scene.settle().await;
    scene.pass_minutes(91).await;
    let all: BTreeSet<_> = (0..60).map(|number| format!("粤B{number:05}")).collect();
    let first = scene.asks_what_is_missing(1, 50).await.unwrap();
    let second = scene.asks_what_is_missing(2, 50).await.unwrap();
    assert_eq!((first.len(), second.len()), (50, 10));
    assert_eq!(first.iter().chain(&second).cloned().collect::<BTreeSet<_>>(), all, "each once");
    assert_eq!(scene.asks_what_is_missing(3, 50).await, Err(1107));
    assert_eq!(scene.asks_what_is_missing(1, 51).await, Err(1007));
    // The lot sends what it has.
    for number in 0..3 {
        let plate = format!("粤B{number:05}");
        scene.enters(&format!("R-{number}"), &plate, enter_at, None).await;
        scene.leaves(&format!("R-{number}"), &plate, scene.now(), None).await;
    }
    let left = scene.asks_what_is_missing(1, 50).await.unwrap();
    assert!(!left.contains(&"粤B00000".to_owned()) && left.contains(&"粤B00003".to_owned()), "{left:?}");
    assert_eq!(scene.asks_what_is_missing(2, 50).await.unwrap().len(), 7);
    assert_eq!(driver(&scene.city, &orders[0]).state().await, "left");
    assert_eq!(driver(&scene.city, &orders[3]).state().await, "no-show");
}

#[tokio::test(flavor = "multi_thread")]
async fn disagreeing_plates_and_stays_over_several_days_are_offered_too() {
    let scene = Scene::with(5).await;
    let other = scene.books("粤B00001", 30).await;
    let stays = scene.books("粤B00002", 30).await;
    let cancelled = scene.books("粤B00003", 60).await;
    assert_eq!(cancelled.cancels().await.status, 200);
    scene.pass_minutes(30).await;
    scene.enters("R-1", "粤B99999", scene.now(), Some(&other.code)).await;
    scene.enters("R-2", "粤B00002", scene.now(), Some(&stays.code)).await;
    assert_eq!(stays.state().await, "entered");
    let today = scene.asks_what_is_missing(1, 50).await.unwrap();
    assert_eq!(today, ["粤B00001"], "the one that the lot let in under another plate");
    // Two days on it is still inside as far as we know, and the lot's own list has it no more.
    scene.pass(SignedDuration::from_hours(48)).await;
    let list = json!({"parkCode": PARK, "plateNoList": "粤B77777"});
    scene.says("parkCarInfo", list).await;
    assert_eq!(scene.asks_what_is_missing(1, 50).await.unwrap(), ["粤B00002"]);
    scene.leaves("R-2", "粤B00002", scene.now(), Some(&stays.code)).await;
    assert_eq!(scene.asks_what_is_missing(1, 50).await.unwrap(), [""; 0]);
}
