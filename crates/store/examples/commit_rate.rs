//! Measures how many deliveries of one passage the embedded store keeps a second, against a bare SQLite writer.
//!
//! `cargo run -p bowei-store --release --example commit_rate [DIR]`, on the disk that matters.
#![allow(clippy::print_stdout, reason = "a program that prints figures")]

use bowei_model::{Direction, Passage, Plate, Report, Statement};
use bowei_store::sqlite::Options;
use bowei_store::{Commit, NewDelivery, NewStatement, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long each case is measured.
const CASE: Duration = Duration::from_secs(5);
/// The lots of a large city.
const LOTS: u64 = 500;
/// Cars that are inside at a time.
const INSIDE: u64 = 20_000;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let dir = std::env::args().nth(1).map_or_else(|| PathBuf::from("target/commit-rate"), PathBuf::from);
    println!("{:<24} {:>6} {:>14} {:>12} {:>12}", "case", "batch", "deliveries/s", "CPU µs each", "KB each");
    for batch in [1, 16, 128, 512] {
        let place = emptied(&dir)?;
        measured("bare: one row, in order", batch, || bare(&place, batch))?;
    }
    for (name, ordered) in [("store: ids in order", true), ("store: ids at random", false)] {
        for batch in [1, 16, 128, 512, 2_048] {
            let place = emptied(&dir)?;
            measured(name, batch, || store(&place, batch, ordered))?;
        }
    }
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

/// Does a case, and prints how many it kept, and what of the processor and of the disk each of them took. The
/// latter two stay the same on a machine that is busy with other things.
fn measured(name: &str, batch: usize, case: impl FnOnce() -> Result<u64, Failure>) -> Result<(), Failure> {
    let (began, before) = (Instant::now(), Taken::now());
    let kept = case()?;
    let (taken, after) = (began.elapsed(), Taken::now());
    let kept = kept as f64;
    println!(
        "{name:<24} {batch:>6} {:>14.0} {:>12.1} {:>12.1}",
        kept / taken.as_secs_f64(),
        (after.processor - before.processor) * 1e6 / kept,
        (after.written - before.written) / 1e3 / kept,
    );
    Ok(())
}

/// What this process has taken so far, as Linux counts it; elsewhere nothing.
struct Taken {
    /// Seconds.
    processor: f64,
    /// Bytes.
    written: f64,
}

impl Taken {
    fn now() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let stat = read("/proc/self/stat");
        // The name in brackets may have blanks; user and system time are the 12th and 13th field after it, in
        // hundredths of a second.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let ticks: f64 = fields.filter_map(|field| field.parse::<f64>().ok()).sum();
        let io = read("/proc/self/io");
        let written = io.lines().find_map(|line| line.strip_prefix("wchar: ")?.parse().ok());
        Self { processor: ticks / 100.0, written: written.unwrap_or_default() }
    }
}

/// A writer that does nothing but append what the ledger has.
fn bare(dir: &Path, batch: usize) -> Result<u64, Failure> {
    let connection = rusqlite::Connection::open(dir.join("bare.db"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8192;
         CREATE TABLE rows (id INTEGER PRIMARY KEY, doc TEXT NOT NULL)",
    )?;
    let began = Instant::now();
    let mut number = 0;
    while began.elapsed() < CASE {
        let transaction = connection.unchecked_transaction()?;
        for _ in 0..batch {
            let doc = serde_json::to_string(&passage(number, true))?;
            transaction.prepare_cached("INSERT INTO rows (doc) VALUES (?1)")?.execute([doc])?;
            number += 1;
        }
        transaction.commit()?;
    }
    Ok(number)
}

/// The store, asked by twice as many senders as share a batch, each of which waits for its answer.
fn store(dir: &Path, batch: usize, ordered: bool) -> Result<u64, Failure> {
    let options = Options { batch_max: batch, ..Options::default() };
    let store = Arc::new(SqliteStore::open(dir, options)?);
    let next = Arc::new(AtomicU64::new(0));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let began = Instant::now();
    runtime.block_on(async {
        let mut senders = tokio::task::JoinSet::new();
        for _ in 0..(2 * batch).max(8) {
            let (store, next) = (Arc::clone(&store), Arc::clone(&next));
            senders.spawn(async move {
                while began.elapsed() < CASE {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let statement =
                        NewStatement { statement: passage(number, ordered), unnamed_fields: None };
                    store
                        .commit(NewDelivery {
                            message_sha256: [0; 32],
                            statements: [statement].into(),
                            condition: None,
                        })
                        .await?;
                }
                Ok::<_, bowei_store::StoreError>(())
            });
        }
        while let Some(sender) = senders.join_next().await {
            sender??;
        }
        Ok::<_, Failure>(())
    })?;
    Ok(next.load(Ordering::Relaxed))
}

/// Cars come and go in turn, each going when [`INSIDE`] others have come after it.
fn passage(number: u64, ordered: bool) -> Statement {
    let leaves = number % 2 == 1 && number / 2 >= INSIDE;
    let car = if leaves { number / 2 - INSIDE } else { number };
    // Cars that came when one left have odd numbers only before the first leaves.
    let car = if leaves { car * 2 } else { car };
    let spread = car.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let record_id = if ordered { format!("{car:024}") } else { format!("{spread:016x}{:08x}", car ^ 0x5555) };
    let at = Timestamp::UNIX_EPOCH
        + SignedDuration::from_millis(1_775_000_000_000 + i64::try_from(number).unwrap_or(0));
    Statement {
        standard: "huzhou".to_owned(),
        provider: "hz-demo".into(),
        sent_at: at,
        received_at: at,
        report: Report::Passage(Passage {
            plate: Plate::read(&format!("浙E{:05}", spread % 100_000)),
            gate: Some("东门入口".to_owned()),
            vacant: Some(127),
            ..Passage::new(
                format!("330502-{:03}", spread % LOTS).into(),
                record_id.into(),
                if leaves { Direction::Exit } else { Direction::Entry },
                at,
            )
        }),
        doubts: vec![],
    }
}

fn emptied(dir: &Path) -> Result<PathBuf, Failure> {
    let _ = std::fs::remove_dir_all(dir);
    std::fs::create_dir_all(dir)?;
    Ok(dir.to_owned())
}
