//! The gateway is small: draining a hundred thousand records, the binary that lots are given stays under forty
//! megabytes. `BOWEI_BIN=target/x86_64-unknown-linux-gnu/dist/bowei` holds that one against it (`scripts/static edge`).
//!
//! The command that tests build carries the platform, its allocator, which trades memory for speed, and what a debugger
//! reads: of it, what it takes for itself is held against a wider limit, so that a leak shows in every run.

use crate::support;

use axum::Router;
use axum::extract::State;
use axum::routing::any;
use bowei_edge::outbox::{Limits, NewEntry, Outbox, RealDisk};
use bowei_edge::{Clock as _, SystemClock};
use bowei_model::{Direction, LotCode, Passage, Plate, RecordId, Report};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use support::{Served, bowei, get};

const RECORDS: usize = 100_000;
const MOST_KIB: u64 = 40 * 1024;
/// Of the command that tests build, without the program itself.
const MOST_OF_ITS_OWN_KIB: u64 = 64 * 1024;
/// In one call to the outbox.
const BATCH: usize = 1_000;
/// Taken to be stuck after so long.
const TIMEOUT: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_records_drain_in_forty_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    fill(&folder.path().join("data")).await;
    let taken = Arc::new(AtomicU64::new(0));
    let platform = pretended(Arc::clone(&taken)).await;
    let config = folder.path().join("edge.toml");
    std::fs::write(&config, edge_toml(&platform)).unwrap();

    let mut command = bowei();
    // As the unit file has it: huge pages are for machines that have memory to give away.
    command.env("MIMALLOC_ALLOW_THP", "0");
    command.current_dir(folder.path()).args(["edge", "--config", "edge.toml"]);
    let begun = Instant::now();
    let gateway = Served::run(command);
    while get(&gateway.url, "/v1/status", "").await["uplinks"][0]["backlog"] != 0 {
        assert!(begun.elapsed() < TIMEOUT, "{}", get(&gateway.url, "/v1/status", "").await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let (most, own, file) =
        (kib(gateway.id(), "VmHWM"), kib(gateway.id(), "RssAnon"), kib(gateway.id(), "RssFile"));
    println!(
        "{RECORDS} records in {seconds:.1} s, {:.0} a second; at most {most} KiB resident; at the end {own} KiB of its \
         own and {file} KiB of the program",
        RECORDS as f64 / seconds
    );
    assert!(taken.load(Ordering::Relaxed) >= RECORDS as u64);
    if std::env::var_os("BOWEI_BIN").is_some() {
        assert!(most < MOST_KIB, "{most} KiB resident");
    } else {
        assert!(most - file < MOST_OF_ITS_OWN_KIB, "{} KiB of its own", most - file);
    }
}

/// The outbox as a long outage leaves it.
async fn fill(data: &Path) {
    let disk = Arc::new(RealDisk::open(data).unwrap());
    let uplinks = ["ningbo".to_owned()];
    let outbox = Outbox::open(disk, Arc::new(SystemClock), Limits::default(), &uplinks).unwrap();
    for batch in 0..RECORDS / BATCH {
        let entry = |number: usize| {
            let number = batch * BATCH + number;
            NewEntry { report: passage(number), picture: None, only: None }
        };
        outbox.take((0..BATCH).map(entry).collect()).await.unwrap();
    }
    outbox.close().await;
}

/// Cars come and go by turns.
fn passage(number: usize) -> Report {
    let direction = if number.is_multiple_of(2) { Direction::Entry } else { Direction::Exit };
    let record_id = RecordId::from(format!("R{:06}", number / 2));
    let at = SystemClock.now();
    Report::Passage(Passage {
        plate: Plate::read(&format!("浙E{:05}", number / 2 % 100_000)),
        gate_code: Some("G1".to_owned()),
        gate: Some("东门".to_owned()),
        entered_at: (direction == Direction::Exit).then_some(at),
        vacant: Some(100),
        ..Passage::new(LotCode::from("L1"), record_id, direction, at)
    })
}

/// A platform that takes everything.
async fn pretended(taken: Arc<AtomicU64>) -> String {
    let take = |State(taken): State<Arc<AtomicU64>>| async move {
        taken.fetch_add(1, Ordering::Relaxed);
        r#"{"result":0,"description":""}"#
    };
    let router = Router::new().fallback(any(take)).with_state(taken);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

fn edge_toml(platform: &str) -> String {
    format!(
        "listen = \"127.0.0.1:0\"\ndata = \"data\"\n[lot]\ncode = \"L1\"\nname = \"一\"\nspaces_total = 200\n\
         [[uplink]]\nstandard = \"ningbo\"\nurl = \"{platform}\"\nlot_id = \"330502077102\"\nportname = \"p\"\n\
         portpwd = \"p\"\n"
    )
}

/// A line of `/proc/PID/status`.
fn kib(process: u32, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|said| said.strip_prefix(line)?.strip_prefix(':'));
    line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
}
