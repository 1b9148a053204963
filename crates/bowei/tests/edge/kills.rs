//! `kill -9` of the gateway and of the platform at random moments under load.

use crate::edge::city::{City, port};
use crate::edge::gate::{Local, edge_toml, until};
use crate::edge::sent::{AllSaid, Said, check, digest, entry, exit, picture, record};
use crate::edge::support::{Served, bowei};
use bytes::Bytes;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const KILLS: usize = 200;
const CLIENTS: usize = 4;
/// Between the cars of one client.
const A_CAR_EVERY: Duration = Duration::from_millis(120);
/// Between the tries of a client that hears nothing.
const TRY_AGAIN: Duration = Duration::from_millis(20);
/// Every so many cars have a picture taken.
const PICTURED: usize = 4;
/// Every so many cars stay.
const STAYING: usize = 5;
const STANDARDS: [&str; 3] = ["huzhou", "shenzhen", "ningbo"];

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_arrives_once_over_two_hundred_kills() {
    let seed = std::env::var("BOWEI_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_260_401);
    println!("seed {seed} (BOWEI_SEED)");
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut city = City::start();
    let uplinks = STANDARDS.map(|standard| city.uplink(standard, &city.url()));
    let port = port();
    let file = edge_toml(city.folder(), port, &uplinks);
    let mut gateway = gateway(&file);
    let local = Local::at(&format!("http://127.0.0.1:{port}"));
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(speak(local.clone(), client * 100_000, Arc::clone(&stop)));
    }
    let begun = Instant::now();
    let mut kills = [0, 0];
    for _ in 0..KILLS {
        // A moment at work, between nothing at all and long enough for some deliveries.
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..250))).await;
        if chance.random_ratio(2, 3) {
            kills[0] += 1;
            gateway.kill();
            gateway = tokio::task::block_in_place(|| self::gateway(&file));
        } else {
            kills[1] += 1;
            tokio::task::block_in_place(|| {
                city.kill();
                city.restart();
            });
        }
    }
    let killed_for = begun.elapsed();
    stop.store(true, Ordering::Relaxed);
    let mut said = AllSaid::new();
    let mut tries = 0;
    while let Some(client) = clients.join_next().await {
        let (of_client, of_tries) = client.unwrap();
        said.extend(of_client);
        tries += of_tries;
    }
    local.until_delivered(Duration::from_secs(90)).await;
    let delivered_after = begun.elapsed();
    let records: usize = said
        .values()
        .map(|said| usize::from(said.entry) + usize::from(said.exit) + said.pictures.len())
        .sum();
    println!(
        "{} kills of the gateway and {} of the platform in {killed_for:.1?}; {} sessions, {records} records \
         acknowledged in {tries} tries, delivered after {delivered_after:.1?}",
        kills[0],
        kills[1],
        said.len(),
    );
    local.no_dead_letters().await;
    for standard in STANDARDS {
        check(&city, standard, &said).await;
        assert_eq!(city.tally(standard, "refused").await, 0);
    }
    let status = local.status().await;
    assert_eq!((&status["disk"]["damaged"], &status["disk"]["state"]), (&json!(0), &json!("ok")));
    assert!(records > KILLS, "hardly anything was acknowledged: the test proves nothing");
    assert!(tries > records, "no client ever had to say anything twice");
    let up = async || local.uplinks().await.iter().all(|uplink| uplink["state"] == "up");
    assert!(until(Duration::from_secs(5), up).await, "{:#?}", local.uplinks().await);
}

fn gateway(file: &Path) -> Served {
    let mut command = bowei();
    command.args(["edge", "--config"]).arg(file);
    Served::run(command)
}

/// A lot's system: it says everything until it is acknowledged. Answers what was, and how many tries it took.
async fn speak(local: Local, first: usize, stop: Arc<AtomicBool>) -> (AllSaid, usize) {
    let (mut said, mut tries) = (AllSaid::new(), 0);
    for number in first.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let mut session = Said { entry: true, ..Said::default() };
        tries += say(&local, "/v1/reports", json!([entry(number)]).to_string()).await;
        if number.is_multiple_of(PICTURED) {
            let picture = picture(number, 3_000);
            session.pictures.insert(digest(&picture));
            let path = format!("/v1/photos?record_id={}&role=entry", record(number));
            tries += say(&local, &path, picture).await;
        }
        if !number.is_multiple_of(STAYING) {
            session.exit = true;
            tries += say(&local, "/v1/reports", json!([exit(number)]).to_string()).await;
        }
        said.insert(record(number), session);
        tokio::time::sleep(A_CAR_EVERY).await;
    }
    (said, tries)
}

/// Says it until it is acknowledged; answers how often that was.
async fn say(local: &Local, path: &str, body: impl Into<Bytes>) -> usize {
    let body = body.into();
    for tries in 1.. {
        match local.ask("POST", path, body.clone()).await {
            Some((200, _)) => return tries,
            Some((status, said)) => panic!("{path}: {status} {said}"),
            None => tokio::time::sleep(TRY_AGAIN).await,
        }
    }
    unreachable!()
}
