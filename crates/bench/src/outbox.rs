//! The gateway's outbox against SQLite: how many reports a second are on disk for good, in the same folder, one after
//! the other in each round.
//!
//! SQLite writes as it would in the outbox's place: a write-ahead log synced at every transaction, one row a record,
//! pictures in a table of their own. The outbox does more in that time: it also recognises repetitions.

use crate::{Failure, say};
use bowei_edge::outbox::{Disk, Limits, NewEntry, Outbox, RealDisk};
use bowei_model::{Direction, LotCode, Passage, Photo, PhotoRole, Picture, RecordId, Report};
use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rounds: odd, so that a median is a round.
const ROUNDS: usize = 5;
/// How long each is measured in a round.
const SPAN: Duration = Duration::from_millis(800);
/// A report as JSON with a memo has about 400 bytes.
const MEMO_BYTES: usize = 220;
const PICTURE_BYTES: usize = 30 * 1024;
/// Records of a batch, and whether each has a picture.
const CASES: [(usize, bool); 4] = [(1, false), (8, false), (64, false), (1, true)];

/// Measures and says the rows; in `folder`, or a temporary one.
pub(crate) async fn rows(folder: Option<&str>) -> Result<(), Failure> {
    let folder = folder.map_or_else(tempfile::tempdir, tempfile::tempdir_in)?;
    say(&format!("durable appends in {}, {ROUNDS} rounds", folder.path().display()));
    for (batch, picture) in CASES {
        let (mut log, mut sqlite) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            log.push(
                by_log(&folder.path().join(format!("log-{batch}-{picture}-{round}")), batch, picture).await?,
            );
            sqlite.push(by_sqlite(
                &folder.path().join(format!("{batch}-{picture}-{round}.db")),
                batch,
                picture,
            )?);
        }
        let (log, sqlite) = (median(log), median(sqlite));
        let with = if picture { " with a picture of 30 KiB" } else { "" };
        say(&format!(
            "batches of {batch}{with}: segment log {log:.0}/s · SQLite {sqlite:.0}/s · {:.2} times",
            log / sqlite
        ));
    }
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

fn entry(number: usize, picture: bool) -> NewEntry {
    let (lot, record_id) = (LotCode::from("330502-001"), RecordId::from(format!("2026030100{number:012}")));
    if !picture {
        let mut passage = Passage::new(lot, record_id, Direction::Entry, Timestamp::UNIX_EPOCH);
        passage.memo = Some("x".repeat(MEMO_BYTES));
        return NewEntry { report: Report::Passage(passage), picture: None, only: None };
    }
    let shown = Picture::Bytes {
        sha256: format!("{number:064x}"),
        bytes: PICTURE_BYTES as u64,
        media_type: "image/jpeg".to_owned(),
    };
    let photo = Photo { lot, record_id, role: PhotoRole::Entry, slot: None, taken_at: None, picture: shown };
    let bytes = vec![u8::try_from(number % 251).unwrap_or(0); PICTURE_BYTES];
    NewEntry { report: Report::Photo(photo), picture: Some(Bytes::from(bytes)), only: None }
}

struct Now;

impl bowei_edge::Clock for Now {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

async fn by_log(folder: &Path, batch: usize, picture: bool) -> Result<f64, Failure> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::open(folder)?);
    let outbox = Outbox::open(disk, Arc::new(Now), Limits::default(), &["city".to_owned()])?;
    let (begun, mut done) = (Instant::now(), 0);
    while begun.elapsed() < SPAN {
        outbox.take((done..done + batch).map(|number| entry(number, picture)).collect()).await?;
        done += batch;
    }
    let spent = begun.elapsed();
    outbox.close().await;
    Ok(crate::num(done) / spent.as_secs_f64())
}

fn by_sqlite(path: &Path, batch: usize, picture: bool) -> Result<f64, Failure> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE record (seq INTEGER PRIMARY KEY, taken_at INTEGER NOT NULL, report BLOB NOT NULL);
         CREATE TABLE picture (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);",
    )?;
    let (begun, mut done) = (Instant::now(), 0);
    while begun.elapsed() < SPAN {
        let transaction = connection.transaction()?;
        for number in done..done + batch {
            let entry = entry(number, picture);
            let json = serde_json::to_vec(&entry.report)?;
            let mut insert =
                transaction.prepare_cached("INSERT INTO record (taken_at, report) VALUES (?, ?)")?;
            insert.execute(params![Timestamp::now().as_millisecond(), json])?;
            if let Some(bytes) = entry.picture {
                let mut insert = transaction.prepare_cached("INSERT INTO picture (bytes) VALUES (?)")?;
                insert.execute(params![bytes.as_ref()])?;
            }
        }
        transaction.commit()?;
        done += batch;
    }
    Ok(crate::num(done) / begun.elapsed().as_secs_f64())
}
