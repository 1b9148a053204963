//! What the outbox's tests share: a clock turned by hand, reports to send, and an outbox on a disk in memory.

use bowei_edge::Clock;
use bowei_edge::outbox::sim::SimDisk;
use bowei_edge::outbox::{Disk, EnqueueError, Limits, NewEntry, Outbox, Seq, Taken};
use bowei_model::{Direction, LotCode, Passage, Photo, PhotoRole, Picture, RecordId, Report, SpaceCount};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex};

pub(crate) const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A clock that stands until it is turned.
pub(crate) struct Hands(Mutex<Timestamp>);

impl Hands {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-03-01T00:00:00Z".parse().unwrap())))
    }

    pub(crate) fn turn(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(crate) fn small() -> Limits {
    Limits { log_segment_bytes: 3_000, picture_segment_bytes: 2_000, ..Limits::default() }
}

pub(crate) fn uplinks() -> Vec<String> {
    vec!["city".to_owned(), "湖州".to_owned()]
}

pub(crate) fn opened(disk: &Arc<SimDisk>, clock: &Arc<Hands>, limits: Limits) -> Outbox {
    let disk: Arc<dyn Disk> = Arc::clone(disk) as _;
    Outbox::open(disk, Arc::clone(clock) as _, limits, &uplinks()).unwrap()
}

pub(crate) fn passage(record: u64, direction: Direction, memo: &str) -> Report {
    let at = "2026-03-01T00:00:00Z".parse().unwrap();
    let record = RecordId::from(format!("R{record}"));
    let mut passage = Passage::new(LotCode::from("330502-001"), record, direction, at);
    passage.memo = Some(memo.to_owned());
    Report::Passage(passage)
}

pub(crate) fn entry(record: u64) -> NewEntry {
    NewEntry { report: passage(record, Direction::Entry, ""), picture: None, only: None }
}

pub(crate) fn count(vacant: i64) -> NewEntry {
    let report = Report::SpaceCount(SpaceCount {
        lot: LotCode::from("330502-001"),
        at: Timestamp::from_second(vacant).unwrap(),
        vacant,
        charging_vacant: None,
        total: None,
        parts: None,
    });
    NewEntry { report, picture: None, only: None }
}

pub(crate) fn photo(record: u64, bytes: usize) -> NewEntry {
    let picture: Vec<u8> = (0..bytes).map(|place| (place as u64 * 7 + record) as u8).collect();
    let report = Report::Photo(Photo {
        lot: LotCode::from("330502-001"),
        record_id: RecordId::from(format!("R{record}")),
        role: PhotoRole::Entry,
        slot: None,
        taken_at: None,
        picture: Picture::Bytes {
            sha256: format!("{record:064x}"),
            bytes: bytes as u64,
            media_type: "image/jpeg".to_owned(),
        },
    });
    NewEntry { report, picture: Some(Bytes::from(picture)), only: None }
}

pub(crate) async fn take(outbox: &Outbox, entry: NewEntry) -> Result<Taken, EnqueueError> {
    Ok(outbox.take(vec![entry]).await?[0])
}

pub(crate) fn waiting(outbox: &Outbox, uplink: &str) -> Vec<Seq> {
    outbox.pending(uplink, 0, usize::MAX).iter().map(|head| head.seq).collect()
}

/// The seeds of a simulation: that of `BOWEI_SEED`, or so many from the first.
pub(crate) fn seeds(many: u64) -> Vec<u64> {
    match std::env::var("BOWEI_SEED") {
        Ok(seed) => vec![seed.parse().expect("BOWEI_SEED is a number")],
        Err(_) => (1..=many).collect(),
    }
}
