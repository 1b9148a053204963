//! What lots say, in few words.

use bowei_model::{
    ChargingRecord, Direction, Doubt, FindingKind, Heartbeat, LotCode, Passage, Photo, PhotoRole, Picture,
    Plate, RecordId, Report, SpaceCount, Statement,
};
use bowei_store::{Committed, NewDelivery, NewStatement, Store};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::task::JoinSet;

/// The minute of a day in April 2026, counted from 08:15 in UTC+08:00.
pub(crate) fn at(minute: i64) -> Timestamp {
    second(minute * 60)
}

/// The same in seconds.
pub(crate) fn second(second: i64) -> Timestamp {
    Timestamp::from_second(1_775_002_500 + second).unwrap()
}

pub(crate) fn passage(lot: &str, record: &str, direction: Direction, minute: i64) -> Passage {
    let passage = Passage::new(LotCode::from(lot), RecordId::from(record), direction, at(minute));
    Passage { plate: Plate::read("浙E12345"), gate: Some("东门入口".to_owned()), ..passage }
}

pub(crate) fn entry(lot: &str, record: &str, minute: i64) -> Passage {
    passage(lot, record, Direction::Entry, minute)
}

pub(crate) fn exit(lot: &str, record: &str, minute: i64) -> Passage {
    passage(lot, record, Direction::Exit, minute)
}

pub(crate) fn photo(lot: &str, record: &str, picture: u8) -> Photo {
    Photo {
        lot: LotCode::from(lot),
        record_id: RecordId::from(record),
        role: PhotoRole::Entry,
        slot: None,
        taken_at: None,
        picture: Picture::Bytes {
            sha256: format!("{picture:064x}"),
            bytes: 30_000,
            media_type: "image/jpeg".to_owned(),
        },
    }
}

pub(crate) fn count(lot: &str, minute: i64, vacant: i64) -> SpaceCount {
    SpaceCount::new(LotCode::from(lot), at(minute), vacant)
}

pub(crate) fn charge(lot: &str, order: &str, started: i64, ended: i64) -> ChargingRecord {
    ChargingRecord {
        lot: LotCode::from(lot),
        order_no: order.to_owned(),
        plate: Plate::read("浙E12345"),
        started_at: at(started),
        ended_at: at(ended),
        energy_kwh: None,
        electricity_fee: None,
        service_fee: None,
        total_fee: None,
        station: "S1".to_owned(),
        device: "D1".to_owned(),
        berth: None,
    }
}

pub(crate) fn heartbeat(lot: Option<&str>) -> Report {
    Report::Heartbeat(Heartbeat { lot: lot.map(LotCode::from) })
}

pub(crate) fn doubt(kind: FindingKind, detail: &str) -> Doubt {
    Doubt::in_words(kind, detail)
}

/// A report said, and received, at a minute.
pub(crate) fn said(report: Report, minute: i64) -> Statement {
    Statement {
        standard: "huzhou".to_owned(),
        provider: "p".into(),
        sent_at: at(minute),
        received_at: at(minute),
        report,
        doubts: vec![],
    }
}

/// A passage said at the minute it tells of.
pub(crate) fn told(passage: &Passage) -> Statement {
    Statement { sent_at: passage.at, received_at: passage.at, ..said(Report::Passage(passage.clone()), 0) }
}

pub(crate) fn delivery(statements: impl IntoIterator<Item = Statement>) -> NewDelivery {
    let statements =
        statements.into_iter().map(|statement| NewStatement { statement, unnamed_fields: None }).collect();
    NewDelivery { message_sha256: [7; 32], statements, condition: None }
}

/// Keeps statements, each in a delivery of its own; what the last one did.
pub(crate) async fn keep(store: &dyn Store, statements: impl IntoIterator<Item = Statement>) -> Committed {
    let mut last = None;
    for statement in statements {
        last = Some(store.commit(delivery([statement])).await.unwrap());
    }
    last.unwrap()
}

/// Entries of so many cars, each in a delivery of its own, all at once.
pub(crate) fn commit_all<S: Store>(
    store: &Arc<S>,
    records: impl Iterator<Item = usize>,
) -> JoinSet<bowei_store::Result<Committed>> {
    let mut waiting = JoinSet::new();
    for i in records {
        let store = Arc::clone(store);
        waiting.spawn(async move { store.commit(delivery([told(&entry("L1", &format!("R{i}"), 0))])).await });
    }
    waiting
}
