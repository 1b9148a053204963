//! No thread and no job of the gateway may die unnoticed: whichever panics is counted, and goes on; the one that cannot
//! says that the gateway has to be started again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use axum::body::Body;
use bowei_edge::outbox::RealDisk;
use bowei_edge::uplink::Tuning;
use bowei_edge::{Config, Environment, Gateway, Running, SystemClock};
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tower::ServiceExt as _;

/// A part is back after a pause of tenths of a second, on a busy machine later; past this it is not back.
const BACK_WITHIN: Duration = Duration::from_secs(60);

async fn gateway(folder: &Path) -> Running {
    // Nobody listens at the uplink's address: every try fails, and is made again.
    let text = format!(
        "listen = \"127.0.0.1:0\"\ndata = {:?}\n[lot]\ncode = \"L1\"\nname = \"停车场\"\nspaces_total = 20\n\
         [folder]\npath = {:?}\n[[uplink]]\nstandard = \"isp\"\nurl = \"http://127.0.0.1:9\"\n\
         lot_id = \"ATXL/1\"\nclient_id = \"p\"\nclient_secret = \"k\"\n",
        folder.join("data"),
        folder.join("csv"),
    );
    std::fs::create_dir_all(folder.join("csv")).unwrap();
    let file = folder.join("edge.toml");
    std::fs::write(&file, text).unwrap();
    let config = Config::load(&file).unwrap();
    let disk = Arc::new(RealDisk::open(&config.data).unwrap());
    let machine =
        Environment { clock: Arc::new(SystemClock), disk, tuning: Tuning::default(), transport: None };
    Gateway::start(config, machine).await.unwrap()
}

async fn send(running: &Running, request: Request<Body>) -> (u16, String) {
    let router = bowei_edge::http::router(Arc::clone(&running.gateway));
    let answer = router.oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    (status, String::from_utf8_lossy(&answer.into_body().collect().await.unwrap().to_bytes()).into_owned())
}

/// A car comes: that is something to keep, to deliver and to count.
async fn entry(running: &Running, number: u32) -> u16 {
    let report = json!([{ "kind": "entry", "record_id": format!("R{number}"), "plate": "浙E12345",
        "at": "2026-04-01T08:15:30+08:00", "vacant": 10 }]);
    let request = Request::post("/v1/reports").header("content-type", "application/json");
    send(running, request.body(Body::from(report.to_string())).unwrap()).await.0
}

async fn panics(running: &Running, part: &str) -> u64 {
    let (_, text) = send(running, Request::get("/metrics").body(Body::empty()).unwrap()).await;
    let line = format!("bowei_panics_total{{part=\"{part}\"}} ");
    text.lines().find_map(|found| found.strip_prefix(&line)?.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_part_panics_is_counted_and_goes_on_or_the_gateway_ends() {
    let folder = TempDir::new().unwrap();
    // What comes round too seldom to be waited for panics at the start.
    let at_start = ["uplink", "heartbeat", "schedule", "folder"];
    at_start.into_iter().for_each(bowei_watch::inject);
    let running = gateway(folder.path()).await;
    let mut cars = 0;
    let parts = at_start.into_iter().chain(["counts", "delivery", "accept", "uplink"]);
    for (turn, part) in parts.enumerate() {
        let wanted = if turn < at_start.len() { 1 } else { panics(&running, part).await + 1 };
        if turn >= at_start.len() {
            bowei_watch::inject(part);
        }
        let began = Instant::now();
        while panics(&running, part).await < wanted {
            assert!(began.elapsed() < BACK_WITHIN, "{part} has not panicked");
            cars += 1;
            assert_eq!(entry(&running, cars).await, 200);
            let _ = TcpStream::connect(running.address).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    // The uplink tries again: it knows that nobody answers.
    let began = Instant::now();
    loop {
        let (_, status) = send(&running, Request::get("/v1/status").body(Body::empty()).unwrap()).await;
        let status: Value = serde_json::from_str(&status).unwrap();
        let uplink = &status["uplinks"][0];
        if uplink["state"] == "down" && uplink["backlog"].as_u64() >= Some(u64::from(cars)) {
            break;
        }
        assert!(began.elapsed() < BACK_WITHIN, "{status:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Without its writer nothing can be kept, and nothing pretends otherwise.
    bowei_watch::inject("outbox-writer");
    let refused = entry(&running, cars + 1).await;
    assert_eq!(refused, 503);
    tokio::time::timeout(BACK_WITHIN, running.failed()).await.expect("the gateway says that it has failed");
    assert_eq!(panics(&running, "outbox-writer").await, 1);
    running.stop().await;
    // Started again, it has what it acknowledged.
    let again = gateway(folder.path()).await;
    let (_, status) = send(&again, Request::get("/v1/status").body(Body::empty()).unwrap()).await;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert!(status["uplinks"][0]["backlog"].as_u64() >= Some(u64::from(cars)), "{status:#}");
    again.stop().await;
}
