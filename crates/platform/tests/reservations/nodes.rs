//! Nodes on one store, always a real PostgreSQL; and nodes that are killed.

use super::lot_system::{Act, LotSystem};
use super::{Scene, ask_at, config, driver, shown};
use crate::support::vendor::Vendor;
use crate::support::{City, HandClock, engine};
use bowei_platform::{Clock, Config, Platform};
use jiff::SignedDuration;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

async fn scene(places: usize) -> Scene {
    let mut config = config();
    engine::shared(&mut config);
    Scene::on(config, places).await
}

/// A further node on the same store.
async fn beside(city: &City) -> City {
    let clock = Arc::clone(&city.clock) as Arc<dyn Clock>;
    let platform = Platform::open(city.platform.app().config.clone(), clock).await.unwrap();
    City {
        router: platform.router(),
        platform,
        clock: Arc::clone(&city.clock),
        handed_out: Default::default(),
        folder: tempfile::tempdir().unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_give_no_place_twice_and_lose_none() {
    let one = scene(7).await;
    let other = beside(&one.city).await;
    let enter_at = shown(one.within(60));
    let ask = |number: usize| {
        let order = json!({"plate": format!("粤B{number:05}"), "enter_at": enter_at, "wait": number.is_multiple_of(2)});
        ask_at(if number.is_multiple_of(3) { &one.city } else { &other }, order)
    };
    let answers = futures::future::join_all((0..60).map(ask)).await;
    let held = answers.iter().filter(|answer| answer["state"] == "held").count();
    assert_eq!(held, 7, "{answers:?}");
    for city in [&one.city, &other] {
        city.platform.app().settle_reservations().await.unwrap();
    }
    assert_eq!((one.lot.kept().len(), one.lot.most()), (7, 7));
    // One is cancelled at the other node: its place goes on, and either node shows both.
    let confirmed = answers.iter().find(|answer| answer["state"] == "held").unwrap();
    let waiting = answers.iter().find(|answer| answer["place"] == 1).unwrap();
    assert_eq!(driver(&other, confirmed).cancels().await.status, 200);
    other.platform.app().settle_reservations().await.unwrap();
    for city in [&one.city, &other] {
        assert_eq!(driver(city, confirmed).state().await, "cancelled");
        assert_eq!(driver(city, waiting).state().await, "confirmed");
    }
    assert_eq!((one.lot.kept().len(), one.lot.most()), (7, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_was_asked_another_goes_by() {
    let scene = scene(3).await;
    let other = beside(&scene.city).await;
    // Both have had the lot's book in their hands.
    for (city, plate) in [(&scene.city, "粤B00001"), (&other, "粤B00002"), (&scene.city, "粤B00003")] {
        ask_at(city, json!({"plate": plate, "enter_at": shown(scene.within(30))})).await;
        city.platform.app().settle_reservations().await.unwrap();
    }
    let cars = ["粤B00001", "粤B00002", "粤B00003"];
    let vendor = Vendor { city: &other, token: scene.token.lock().clone() };
    for (number, plate) in cars.into_iter().enumerate() {
        let item = json!({
            "parkCode": super::PARK, "id": format!("R-{number}"), "plateNo": plate,
            "enterTime": super::wall(scene.now()), "entryCarPhotoId": "p1", "entranceCode": "G00001"
        });
        assert_eq!(vendor.say_at("enterRecord", item, scene.now()).await["code"], 0);
        // What was seen a second ago at most is good enough for a report.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        other.platform.app().settle_reservations().await.unwrap();
    }
    let token = scene.city.token("regulator", None).await;
    let entered = scene.city.get("/api/v1/reservations?state=entered", Some(&token)).await.json();
    assert_eq!(entered["items"].as_array().unwrap().len(), 3, "{entered}");
}

/// On whichever engine the tests run: a node on a runtime of its own, which is taken away under it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_had_stored_when_it_was_killed_the_next_goes_on_with() {
    let lot = LotSystem::with_places(1).await;
    let mut config = config();
    engine::choose(&mut config);
    let doomed = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let its_lot = lot.clone();
    let scene = doomed.spawn(async move { Scene::at(config, its_lot, 1).await }).await.unwrap();
    // The lot takes the order, and the node is gone before it hears of it.
    lot.will([Act::Lost]);
    let order = json!({"plate": "粤B00001", "enter_at": shown(scene.within(60))});
    let (scene, created) = doomed
        .spawn(async move {
            let created = ask_at(&scene.city, order).await;
            (scene, created)
        })
        .await
        .unwrap();
    while lot.kept().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    doomed.shutdown_background();
    let (config, clock) = (scene.city.platform.app().config.clone(), Arc::clone(&scene.city.clock));
    let Scene { city: City { platform, router, folder, handed_out, .. }, token, .. } = scene;
    drop((platform, router));
    let platform = opened(config, &clock).await;
    let city = City { router: platform.router(), platform, clock, folder, handed_out };
    let scene = Scene { city, lot, token };
    let driver = driver(&scene.city, &created);
    assert_eq!(driver.state().await, "held");
    // The attempt that was out counts as unanswered, and the next one has the same code.
    for _ in 0..4 {
        scene.pass(SignedDuration::from_secs(5)).await;
    }
    assert_eq!(driver.state().await, "confirmed");
    let codes: Vec<_> = scene.lot.calls().iter().map(|call| call.booking().to_owned()).collect();
    assert_eq!(codes, [driver.code.as_str(); 2]);
    assert_eq!(scene.lot.kept(), std::slice::from_ref(&driver.code));
}

/// A platform on the store of one that was killed a moment ago.
async fn opened(config: Config, clock: &Arc<HandClock>) -> Platform {
    let begun = Instant::now();
    loop {
        match Platform::open(config.clone(), Arc::clone(clock) as Arc<dyn Clock>).await {
            Ok(platform) => return platform,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(10), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_runs_does_by_itself_what_the_time_brings() {
    let scene = scene(1).await;
    let other = beside(&scene.city).await;
    let enter_at = shown(scene.within(60));
    ask_at(&scene.city, json!({"plate": "粤B00001", "enter_at": enter_at})).await;
    let waits = ask_at(&scene.city, json!({"plate": "粤B00002", "enter_at": enter_at, "wait": true})).await;
    scene.settle().await;
    // One that has nothing to do with them runs; nobody asks it anything.
    let running = other.platform.start().await.unwrap();
    scene.city.clock.turn(SignedDuration::from_mins(51));
    let driver = driver(&scene.city, &waits);
    let begun = Instant::now();
    while driver.state().await != "expired" {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", driver.sees().await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    running.stop().await;
}
