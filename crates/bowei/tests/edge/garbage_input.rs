//! Platforms that answer nonsense, half of something, nothing, or ask for timeout.

use crate::edge::city::{City, port};
use crate::edge::gate::{Gate, until};
use crate::edge::proxy::{Asked, Back, Plan, Proxy, Way, http};
use crate::edge::sent::{check, entry, exit, whole};
use serde_json::Value;
use std::time::{Duration, Instant};

const STANDARDS: [&str; 3] = ["huzhou", "shenzhen", "ningbo"];
/// Cars of each phase.
const CARS: usize = 4;
/// Exchanges that must have gone wrong before it gets better, on each line.
const WRONG_MIN: usize = 6;
/// What a platform asks for when it asks for timeout.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What to do to the line of a standard; none: nobody takes connections.
type Fault = Option<fn(&'static str) -> Plan>;

/// What goes wrong.
fn faults() -> Vec<(&'static str, Fault)> {
    fn instead(bytes: Vec<u8>) -> Plan {
        Plan::there(move |_| Way::Instead(bytes.clone()))
    }
    vec![
        ("garbage", Some(|_| instead(b"\x00\xff\x16\x03garbage\r\n\r\n\r\n".to_vec()))),
        ("a connection that is closed at once", Some(|_| instead(Vec::new()))),
        ("half a request", Some(|_| Plan::there(|_| Way::Half))),
        ("half an answer", Some(|_| Plan::back(|_, _| Back::Half))),
        ("500", Some(|_| instead(http("500 Internal Server Error", "", "java.lang.NullPointerException")))),
        (
            "a page",
            Some(|_| {
                let page = "<html><body><h1>404</h1><p>nginx</p></body></html>";
                instead(http("200 OK", "content-type: text/html\r\n", page))
            }),
        ),
        ("an empty answer", Some(|_| instead(http("200 OK", "", "")))),
        (
            "another standard's success",
            Some(|standard| instead(http("200 OK", "", others_success(standard)))),
        ),
        ("nothing for a minute", Some(|_| Plan::back(|_, _| Back::Withheld(Duration::from_secs(60))))),
        ("no connection", None),
    ]
}

/// What means success elsewhere, and nothing here.
fn others_success(standard: &str) -> &'static str {
    match standard {
        "huzhou" => r#"{"result":0,"data":{}}"#,
        "ningbo" => r#"{"code":200,"msg":"成功","data":{}}"#,
        _ => r#"{"result":0,"description":"成功"}"#,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_to_a_platform_that_talks_nonsense_and_the_status_says_so() {
    let city = City::start();
    let mut lines = Vec::new();
    for _ in STANDARDS {
        lines.push(Proxy::start(port(), city.address()).await);
    }
    let uplinks: Vec<_> =
        STANDARDS.iter().zip(&lines).map(|(standard, line)| city.uplink(standard, &line.url)).collect();
    let gate = Gate::start(&city, &uplinks).await;
    gate.local.until_delivered(Duration::from_secs(20)).await;
    let mut sent = 0;
    for (name, fault) in faults() {
        let begun = Instant::now();
        let before: Vec<usize> = lines.iter().map(Proxy::count).collect();
        for (standard, line) in STANDARDS.iter().zip(&lines) {
            match fault {
                Some(fault) => line.follow(fault(standard)),
                None => line.open(false),
            }
        }
        // The first half of the cars leaves while it lasts, the second when it is over.
        let cars = sent..sent + CARS;
        sent += CARS;
        let mut reports: Vec<Value> = cars.clone().map(entry).collect();
        reports.extend(cars.clone().take(CARS / 2).map(exit));
        gate.local.report(&reports).await;
        let said_so = until(Duration::from_secs(15), async || {
            let uplinks = gate.local.uplinks().await;
            uplinks.iter().all(|uplink| {
                uplink["state"] != "up" && uplink["why"].as_str().is_some_and(|why| !why.trim().is_empty())
            })
        });
        assert!(said_so.await, "{name}: {:#?}", gate.local.uplinks().await);
        let why: Vec<String> = gate
            .local
            .uplinks()
            .await
            .iter()
            .map(|uplink| format!("{}: {}", uplink["state"], uplink["why"]))
            .collect();
        let wrong_min = match name {
            // Each takes the whole of the gateway's timeout.
            "nothing for a minute" => 2,
            "no connection" => 0,
            _ => WRONG_MIN,
        };
        let gone_wrong =
            async || lines.iter().zip(&before).all(|(line, before)| line.count() >= before + wrong_min);
        assert!(until(Duration::from_secs(15), gone_wrong).await, "{name}: it is hardly tried again");
        assert!(
            gate.local.uplinks().await.iter().all(|uplink| uplink["backlog"] != 0),
            "{name}: taken for an answer"
        );
        for line in &lines {
            line.follow(Plan::pass());
            line.open(true);
        }
        let later: Vec<Value> = cars.skip(CARS / 2).map(exit).collect();
        gate.local.report(&later).await;
        gate.local.until_delivered(Duration::from_secs(20)).await;
        let well = async || {
            gate.local.uplinks().await.iter().all(|uplink| uplink["state"] == "up" && uplink["why"].is_null())
        };
        assert!(until(Duration::from_secs(5), well).await, "{name}: {:#?}", gate.local.uplinks().await);
        println!("{name}: {:.1?}; {why:?}", begun.elapsed());
    }
    gate.local.no_dead_letters().await;
    for standard in STANDARDS {
        check(&city, standard, &whole(0..sent)).await;
        assert_eq!(city.tally(standard, "refused").await, 0);
        in_order(&city, standard).await;
    }
    gate.stop().await;
}

/// That no exit came to the platform before its entry.
async fn in_order(city: &City, standard: &str) {
    for (id, session) in city.sessions(standard).await {
        let received = |passage: &str| session[passage]["received_at"].as_str().unwrap().to_owned();
        assert!(received("entry") <= received("exit"), "{standard}: {id} left before it came: {session:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_asks_for_time_is_given_it() {
    let city = City::start();
    let line = Proxy::start(port(), city.address()).await;
    let gate = Gate::start(&city, &[city.uplink("huzhou", &line.url)]).await;
    gate.local.until_delivered(Duration::from_secs(20)).await;
    for (phase, status) in ["503 Service Unavailable", "429 Too Many Requests"].into_iter().enumerate() {
        let words = format!("retry-after: {}\r\n", TIMEOUT.as_secs());
        let busy = http(status, &words, "{\"code\":500,\"msg\":\"忙\",\"data\":{}}");
        let before = line.count();
        line.follow(Plan::there(move |_| Way::Instead(busy.clone())));
        let cars = phase * CARS..(phase + 1) * CARS;
        let reports: Vec<Value> = cars.flat_map(|number| [entry(number), exit(number)]).collect();
        gate.local.report(&reports).await;
        let told = async || line.count() > before;
        assert!(until(Duration::from_secs(5), told).await);
        let told = async || gate.local.uplinks().await[0]["state"] == "waiting";
        assert!(until(Duration::from_secs(5), told).await, "{:#?}", gate.local.uplinks().await);
        let uplink = gate.local.uplinks().await[0].clone();
        assert!(
            uplink["why"].as_str().unwrap().contains('忙') && uplink["retry_at"].is_string(),
            "{uplink:#}"
        );
        // Those that were sent before it said so have had its answer as well.
        let back = async || gate.local.uplinks().await[0]["in_flight"] == 0;
        assert!(until(Duration::from_secs(5), back).await);
        line.follow(Plan::pass());
        gate.local.until_delivered(Duration::from_secs(20)).await;
        let reports = |asked: &Asked| !asked.path.ends_with("heartbeat");
        let log: Vec<_> =
            line.log().split_off(before).into_iter().filter(|went| reports(&went.asked)).collect();
        let (asked_for, given): (Vec<_>, Vec<_>) = log.iter().partition(|went| went.answer.is_none());
        let rested = given[0].at - asked_for.last().unwrap().at;
        println!("{status}: {} were told, the next came {rested:.2?} later", asked_for.len());
        // Those that were on their way together are told together; nothing comes until the time is over.
        assert!(asked_for.len() <= CARS, "{} came while it was to be left alone", asked_for.len());
        assert!(rested >= TIMEOUT && rested < TIMEOUT * 2, "it came back after {rested:?}");
    }
    gate.local.no_dead_letters().await;
    check(&city, "huzhou", &whole(0..2 * CARS)).await;
    assert_eq!(city.tally("huzhou", "refused").await, 0);
    in_order(&city, "huzhou").await;
    gate.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_that_failed_is_forgotten_with_the_next_that_is_taken() {
    let city = City::start();
    let line = Proxy::start(port(), city.address()).await;
    let uplinks = [city.uplink("shenzhen", &line.url)];
    let gate = Gate::start(&city, &uplinks).await;
    gate.local.until_delivered(Duration::from_secs(20)).await;
    gate.stop().await;
    // Nothing waits any more: from the next start on there are heartbeats alone.
    let busy = http("500 Internal Server Error", "", "NullPointerException");
    line.follow(Plan::there(move |asked| {
        if asked.path.ends_with("heartBeats") { Way::Instead(busy.clone()) } else { Way::On }
    }));
    let gate = Gate::start(&city, &uplinks).await;
    let told = async || gate.local.uplinks().await[0]["state"] == "waiting";
    assert!(until(Duration::from_secs(10), told).await, "{:#?}", gate.local.uplinks().await);
    line.follow(Plan::pass());
    let well = async || {
        let uplink = gate.local.uplinks().await[0].clone();
        uplink["state"] == "up" && uplink["why"].is_null()
    };
    assert!(until(Duration::from_secs(12), well).await, "{:#?}", gate.local.uplinks().await);
    gate.stop().await;
}
