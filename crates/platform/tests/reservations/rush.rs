//! Everybody wants the last place at once.

use super::{Scene, shown};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Instant;

const DRIVERS: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_want_the_last_place_at_once_and_one_has_it() {
    let scene = Scene::with(1).await;
    let enter_at = shown(scene.within(60));
    let asks = (0..DRIVERS).map(|number| {
        let order =
            json!({"plate": format!("粤B{number:05}"), "enter_at": enter_at, "wait": number % 20 == 0});
        let scene = &scene;
        async move {
            let begun = Instant::now();
            let answer = scene.request(order).await;
            assert_eq!(answer.status, 201, "{}", answer.json());
            (begun.elapsed(), answer.json()["state"].as_str().unwrap().to_owned())
        }
    });
    let answers = futures::future::join_all(asks).await;
    let mut times: Vec<_> = answers.iter().map(|(time, _)| *time).collect();
    times.sort();
    println!("of {DRIVERS} at once: p50 {:?}, p99 {:?}", times[DRIVERS / 2], times[DRIVERS * 99 / 100]);
    let mut states = BTreeMap::new();
    answers.iter().for_each(|(_, state)| *states.entry(state.as_str()).or_insert(0) += 1);
    assert_eq!(states["held"], 1, "{states:?}");
    assert_eq!(states["held"] + states["waiting"] + states["refused"], DRIVERS, "{states:?}");
    scene.settle().await;
    assert_eq!(scene.lot.calls().len(), 1);
    assert_eq!(scene.lot.kept().len(), 1);
    let token = scene.city.token("regulator", None).await;
    let of = |state: &str| format!("/api/v1/reservations?state={state}&limit=1000");
    let confirmed = scene.city.get(&of("confirmed"), Some(&token)).await.json();
    assert_eq!(confirmed["items"].as_array().unwrap().len(), 1);
    let waiting = scene.city.get(&of("waiting"), Some(&token)).await.json();
    assert_eq!(waiting["items"].as_array().unwrap().len(), states["waiting"]);
}
