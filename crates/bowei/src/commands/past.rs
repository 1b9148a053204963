//! A past that is taken in: messages go the way of every report from where they are opened on, each as of the moment at
//! which it would have been received, as many at once as share one sync of the disk.

use super::{Failure, note, show};
use bowei_city::message::{DeclaredDay, Says};
use bowei_city::past::{PastMessage as Prepared, Told};
use bowei_model::{Lot, LotCode, Report, moment};
use bowei_platform::{App, PastMessage, clock};
use bowei_store::{ChangeSource, DeclarationRow, FieldChange, HEARD_PLATFORM, HistoryEntry, RegistryChange};
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Messages under way at once: as many as share one sync of the disk.
pub(super) const LANES: usize = 128;
/// Minutes that are noted at once: some of what the store takes of such notes.
const NOTES_AT_ONCE: usize = 32;
/// Messages that wait for one lane.
pub(super) const LANE_QUEUE_MAX: usize = 4;
/// How many of the messages that were not taken are told of.
const TOLD_MAX: u64 = 3;

/// What takes messages in, those of one record one after the other.
pub(super) struct Lanes {
    queues: Vec<mpsc::Sender<Prepared>>,
    lanes: JoinSet<()>,
}

impl Lanes {
    pub(super) fn open(app: &App, tally: &Arc<Tally>) -> Self {
        let mut lanes = JoinSet::new();
        let queues = (0..LANES).map(|_| open_lane(&mut lanes, app, tally)).collect();
        Self { queues, lanes }
    }

    pub(super) async fn take(&self, message: Prepared) {
        let mut hasher = DefaultHasher::new();
        message.message.record_id().hash(&mut hasher);
        // Signs of life follow each other by the minute, and in no order that matters.
        if matches!(message.message.says, Says::OfLot(Report::Heartbeat(_))) {
            message.received_at.hash(&mut hasher);
        }
        if let Some(queue) = self.queues.get(hasher.finish() as usize % LANES) {
            let _ = queue.send(message).await;
        }
    }

    /// Once everything has been taken in.
    pub(super) async fn finish(self) {
        let Self { queues, mut lanes } = self;
        drop(queues);
        while lanes.join_next().await.is_some() {}
    }
}

fn open_lane(lanes: &mut JoinSet<()>, app: &App, tally: &Arc<Tally>) -> mpsc::Sender<Prepared> {
    let (queue, mut waiting) = mpsc::channel::<Prepared>(LANE_QUEUE_MAX);
    let (app, tally) = (Arc::clone(app), Arc::clone(tally));
    lanes.spawn(async move {
        while let Some(message) = waiting.recv().await {
            if let Says::DayDeclared(declared) = &message.message.says {
                tally.note(declare(&app, &message.lot().code, declared, message.received_at).await);
            }
            if let Says::LotChanged(since) = &message.message.says {
                tally.note(note_change(&app, &message.lot().code, *since, message.received_at).await);
            }
            for told in message.told() {
                tally.note(take_in(&app, &message, &told).await);
            }
        }
    });
    queue
}

/// Takes one message in, as of the moment at which it would have been received.
pub(super) async fn take_in(app: &App, message: &Prepared, told: &Told) -> Result<(), String> {
    let speaker = message.speaker();
    let sealed = || message.sealed(told);
    let reported = PastMessage {
        standard: speaker.standard,
        account: &speaker.account,
        outgoing: message.outgoing(told),
        sealed: &sealed,
        with_pictures: told.is_photographed,
    };
    clock::at(told.received_at, app.receive_past(reported)).await
}

/// Takes in what a lot declares of a day.
async fn declare(
    app: &App,
    lot: &LotCode,
    declared: &DeclaredDay,
    received_at: Timestamp,
) -> Result<(), String> {
    let day = moment::day_of_date(declared.day);
    let row = DeclarationRow {
        received_at,
        entries: declared.entries.iter().cloned().collect(),
        exits: declared.exits.iter().cloned().collect(),
        photos: declared.photos,
        charges: declared.charges,
    };
    app.store.declare_day(lot, day, row).await.map(drop).map_err(|error| error.to_string())
}

/// Takes in that something about a lot has changed, as its provider would say in the console.
async fn note_change(app: &App, lot: &LotCode, since: Timestamp, at: Timestamp) -> Result<(), String> {
    const TARIFF: &str = "每小时 5 元";
    let known = app.registry.snapshot().lots.get(lot).cloned().ok_or("no such lot")?;
    let tariff =
        FieldChange { field: "tariff".to_owned(), from: known.tariff.clone().into(), to: TARIFF.into() };
    let entry = HistoryEntry {
        object: HistoryEntry::of_lot(lot),
        at,
        user: "provider".to_owned(),
        source: ChangeSource::Console,
        effective_at: Some(since),
        note: None,
        changes: vec![tariff],
    };
    let changed = Lot { tariff: Some(TARIFF.to_owned()), ..known.as_ref().clone() };
    let change = RegistryChange { lots: vec![changed], history: vec![entry], ..RegistryChange::default() };
    app.store.change_registry(change).await.map_err(|error| error.to_string())?;
    app.registry.refresh().await.map(drop).map_err(|error| error.to_string())
}

/// What became of the messages.
#[derive(Default)]
pub(super) struct Tally {
    taken: AtomicU64,
    not_taken: AtomicU64,
    why: Mutex<Vec<String>>,
}

impl Tally {
    /// How many were taken in.
    pub(super) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    fn note(&self, done: Result<(), String>) {
        let Err(why) = done else {
            self.taken.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if self.not_taken.fetch_add(1, Ordering::Relaxed) < TOLD_MAX {
            self.why.lock().unwrap_or_else(PoisonError::into_inner).push(why);
        }
    }

    /// Which were not, in words; `None` where all were.
    pub(super) fn trouble(&self) -> Option<String> {
        let not_taken = self.not_taken.load(Ordering::Relaxed);
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner).join("; ");
        (not_taken > 0).then(|| format!("bowei: {not_taken} messages of the past were not taken in: {why}"))
    }
}

/// Says which day it is.
pub(super) struct Progress {
    words: &'static str,
    start: Timestamp,
    days: i64,
    day: i64,
    /// Quarters of days.
    quarter: i64,
}

const DAY_S: i64 = 24 * 3_600;

impl Progress {
    /// `words` say what is being done.
    pub(super) fn new(words: &'static str, start: Timestamp, until: Timestamp) -> Self {
        let seconds = until.duration_since(start).as_secs();
        Self { words, start, days: (seconds + DAY_S - 1) / DAY_S, day: 0, quarter: -1 }
    }

    /// Whether another quarter of a day has begun.
    pub(super) fn reached(&mut self, at: Timestamp) -> bool {
        let seconds = at.duration_since(self.start).max(SignedDuration::ZERO).as_secs();
        let day = seconds / DAY_S + 1;
        if day > self.day && day <= self.days {
            self.day = day;
            let words = format!("── {}：第 {day} 天，共 {1} 天  day {day} of {1}", self.words, self.days);
            if std::io::stderr().is_terminal() { show(&format!("\r{words}   ")) } else { note(&words) }
        }
        let quarter = seconds * 4 / DAY_S;
        std::mem::replace(&mut self.quarter, quarter) != quarter
    }

    pub(super) fn end(&self) {
        if self.day > 0 && std::io::stderr().is_terminal() {
            show("\r\x1b[2K");
        }
    }
}

/// Notes that the platform was there between two moments, as its nodes do: what they note covers two minutes.
pub(super) async fn note_presence(app: &App, from: Timestamp, to: Timestamp) -> Result<(), Failure> {
    let moments = (0..to.duration_since(from).as_mins()).step_by(2);
    let noting =
        moments.map(|minute| app.store.mark_heard(HEARD_PLATFORM, from + SignedDuration::from_mins(minute)));
    let noted: Vec<_> = stream::iter(noting).buffer_unordered(NOTES_AT_ONCE).collect().await;
    noted.into_iter().collect::<Result<(), _>>().map_err(Into::into)
}
