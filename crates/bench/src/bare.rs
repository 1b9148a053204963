//! The store alone: the same reports, already open, with as many waiting for an answer as there are requests on the
//! way through HTTP, so that its batches have the same sizes.

use crate::Failure;
use bowei_model::{Direction, Passage, Plate, PlateKind, Report, Statement};
use bowei_store::sqlite::{Options, SqliteStore};
use bowei_store::{NewDelivery, NewStatement, Store};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Sections that take turns.
const LOTS: usize = 18;

pub(crate) async fn reports_per_second(round: usize, reports: usize, waiting: usize) -> Result<f64, Failure> {
    let folder = tempfile::tempdir()?;
    let store = Arc::new(SqliteStore::open(folder.path(), Options::default())?);
    kept_per_second(store, LOTS, round, reports, waiting).await
}

/// Reports of `lots` lots kept a second by `store`, with so many waiting for an answer.
pub(crate) async fn kept_per_second(
    store: Arc<dyn Store>,
    lots: usize,
    round: usize,
    reports: usize,
    waiting: usize,
) -> Result<f64, Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut speakers = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for _ in 0..waiting {
        let (store, next) = (Arc::clone(&store), Arc::clone(&next));
        speakers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= reports {
                    return Ok(());
                }
                store.commit(delivery(lots, round, number)).await?;
            }
        });
    }
    while let Some(done) = speakers.join_next().await {
        done?.map_err(|error: bowei_store::StoreError| error)?;
    }
    Ok(crate::num(reports) / begun.elapsed().as_secs_f64())
}

/// Entries and exits in turn, as the load generator sends them.
fn delivery(lots: usize, round: usize, number: usize) -> NewDelivery {
    let now = Timestamp::now();
    let exit = number % 2 == 1;
    let record = number / 2;
    let direction = if exit { Direction::Exit } else { Direction::Entry };
    let (lot, record_id) = (format!("330502-{:03}", record % lots), format!("b{round}-{record}"));
    let passage = Passage {
        plate: Plate::read(&format!("浙E{:05}", record % 100_000)),
        plate_kind: Some(PlateKind::SMALL),
        berth: Some(format!("A-{:03}", record % 60)),
        entered_at: exit.then_some(now),
        minutes: exit.then_some(0),
        vacant: Some(20),
        ..Passage::new(lot.into(), record_id.into(), direction, now)
    };
    let statement = Statement {
        standard: "huzhou".to_owned(),
        provider: "bench".into(),
        sent_at: now,
        received_at: now,
        report: Report::Passage(passage),
        doubts: Vec::new(),
    };
    NewDelivery {
        message_sha256: [0; 32],
        statements: [NewStatement { statement, unnamed_fields: None }].into(),
        condition: None,
    }
}
