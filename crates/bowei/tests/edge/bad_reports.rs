//! One report that a platform cannot stomach stands aside, one that it will not have goes into the dead letters, and
//! nothing waits for either.

use crate::edge::city::{City, port};
use crate::edge::gate::{Gate, until};
use crate::edge::proxy::{Plan, Proxy, Way, http};
use crate::edge::sent::{check, entry, exit, record, whole};
use bowei_edge::uplink::ASIDE_AFTER;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// However one report fares, the others are there so soon.
const OTHERS_WITHIN: Duration = Duration::from_secs(2);

/// Waits until so many passages are on the platform.
async fn until_there(city: &City, standard: &str, passages: usize) -> bool {
    until(OTHERS_WITHIN, async || {
        let sessions = city.sessions(standard).await;
        let of = |session: &Value| {
            usize::from(session["entry"].is_object()) + usize::from(session["exit"].is_object())
        };
        sessions.values().map(of).sum::<usize>() == passages
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_breaks_the_platform_blocks_no_other_and_is_never_given_up() {
    let city = City::start();
    let line = Proxy::start(port(), city.address()).await;
    let gate = Gate::start(&city, &[city.uplink("ningbo", &line.url)]).await;
    gate.local.until_delivered(Duration::from_secs(20)).await;
    let bad = record(3);
    let is_bad = format!("\"businessid\":\"{bad}\",\"businesstype\":\"1\"");
    let broken = http("500 Internal Server Error", "", "NullPointerException");
    let found = is_bad.clone();
    line.follow(Plan::there(move |asked| {
        if asked.body.contains(&found) { Way::Instead(broken.clone()) } else { Way::On }
    }));
    // Cars come one after the other, so that there are always others to be taken: the bad one is among the first.
    let mut there = 0;
    let mut cars = 0;
    let tries = || line.log().iter().filter(|went| went.asked.body.contains(&is_bad)).count();
    while tries() <= ASIDE_AFTER as usize {
        let sent = Instant::now();
        gate.local.report(&[entry(cars)]).await;
        there += usize::from(cars != 3);
        cars += 1;
        assert!(until_there(&city, "ningbo", there).await, "car {cars} waits for another: {there}");
        assert!(sent.elapsed() < OTHERS_WITHIN + Duration::from_secs(1));
        assert!(cars < 2_000, "it is tried no more");
    }
    println!("set aside after {} tries, while {there} others were taken", tries());
    // What comes later of the same car goes on, and it goes itself when the platform is mended.
    let rest: Vec<Value> = (0..cars).map(exit).collect();
    gate.local.report(&rest).await;
    assert!(until_there(&city, "ningbo", there + cars).await, "the exits wait");
    gate.local.no_dead_letters().await;
    line.follow(Plan::pass());
    gate.local.until_delivered(Duration::from_secs(20)).await;
    gate.local.no_dead_letters().await;
    assert_eq!(city.sessions("ningbo").await.len(), cars);
    assert!(city.sessions("ningbo").await[&bad]["entry"].is_object());
    gate.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_breaks_on_everything_costs_no_report_however_long_it_does() {
    let city = City::start();
    let line = Proxy::start(port(), city.address()).await;
    let gate = Gate::start(&city, &[city.uplink("ningbo", &line.url)]).await;
    gate.local.until_delivered(Duration::from_secs(20)).await;
    let before = line.count();
    let broken = http("502 Bad Gateway", "", "<html>nginx</html>");
    line.follow(Plan::there(move |_| Way::Instead(broken.clone())));
    // A quiet night: two cars are too few to tell at once that it is the platform.
    gate.local.report(&[entry(0), entry(1)]).await;
    // Half as many as these, for each of the two, are more than the timeout with one report.
    let tries = 3 * ASIDE_AFTER as usize;
    let tried = until(Duration::from_secs(40), async || line.count() >= before + tries).await;
    assert!(tried, "it is tried {} times only", line.count() - before);
    gate.local.no_dead_letters().await;
    line.follow(Plan::pass());
    gate.local.report(&[exit(0), exit(1)]).await;
    gate.local.until_delivered(Duration::from_secs(5)).await;
    gate.local.no_dead_letters().await;
    check(&city, "ningbo", &whole(0..2)).await;
    gate.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_keeps_the_platforms_words_and_can_be_said_again_mended() {
    let city = City::start();
    let line = Proxy::start(port(), city.address()).await;
    let gate = Gate::start(&city, &[city.uplink("huzhou", &line.url)]).await;
    gate.local.until_delivered(Duration::from_secs(20)).await;
    let refusal = http("200 OK", "", "{\"code\":400,\"msg\":\"channel_name：未登记的通道\",\"data\":{}}");
    // Car 0 is retried as it is, car 1 mended: the entries of both are refused, while exits of others pass.
    let mut ids = Vec::new();
    for number in 0..2 {
        let answer = refusal.clone();
        line.follow(Plan::there(move |asked| {
            if asked.path.ends_with("/in") { Way::Instead(answer.clone()) } else { Way::On }
        }));
        gate.local.report(&[entry(number)]).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        gate.local.report(&[exit(10 + number)]).await;
        let refused = async || gate.local.dead_letters().await.len() == number + 1;
        assert!(until(OTHERS_WITHIN, refused).await, "{:#?}", gate.local.uplinks().await);
        // Whoever else came: newest first.
        let letter = gate.local.dead_letters().await[0].clone();
        assert_eq!((&letter["record_id"], &letter["code"]), (&json!(record(number)), &json!("400")));
        assert!(letter["why"].as_str().unwrap().contains("未登记的通道"), "{letter:#}");
        ids.push(letter["id"].clone());
    }
    line.follow(Plan::pass());
    // Neither others nor the exit of the same car wait for it.
    gate.local.report(&[exit(0), exit(1), entry(2), exit(2)]).await;
    gate.local.until_delivered(OTHERS_WITHIN).await;
    let there = city.sessions("huzhou").await;
    assert!(there[&record(0)]["entry"].is_null() && there[&record(0)]["exit"].is_object());
    let mut mended = entry(1);
    mended["gate_name"] = json!("西门入口");
    for (id, body) in ids.iter().zip([String::new(), mended.to_string()]) {
        let retried = gate.local.ask("POST", &format!("/v1/dead-letters/{id}/retry"), body).await.unwrap();
        assert_eq!(retried.0, 200, "{retried:?}");
    }
    gate.local.until_delivered(OTHERS_WITHIN).await;
    gate.local.no_dead_letters().await;
    let there = city.sessions("huzhou").await;
    assert_eq!(there[&record(0)]["entry"]["gate"], "东门入口");
    assert_eq!(there[&record(1)]["entry"]["gate"], "西门入口");
    assert!((0..3).all(|number| there[&record(number)]["exit"].is_object()));
    assert_eq!(there.len(), 5);
    gate.stop().await;
}
