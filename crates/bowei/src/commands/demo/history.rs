//! The past of a demonstration, made as fast as the machine takes it: the city's messages go the way of every report from
//! where they are opened on, each as of the moment at which it would have been received.

use crate::commands::{Failure, note, show};
use bowei_city::message::{Message, Says};
use bowei_city::past::{Past, PastMessage as Prepared};
use bowei_city::run::Traffic;
use bowei_city::{StopSignal, past};
use bowei_model::{Direction, LotCode, RecordId};
use bowei_platform::{App, PastMessage, clock};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::IsTerminal as _;
use std::iter::Peekable;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Messages under way at once: as many as share one sync of the disk.
const LANES: usize = 128;
/// How often it is noted how full the districts are.
const QUARTER_S: i64 = 15 * 60;
/// For how long.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Messages that wait for one lane.
const LANE_QUEUE_MAX: usize = 4;
/// Messages that the simulation may be ahead.
const AHEAD_MAX: usize = 256;
/// How many of the messages that were not taken are told of.
const TOLD_MAX: u64 = 3;

/// What is to be made.
pub(super) struct Span {
    /// Where the city begins.
    pub(super) start: Timestamp,
    /// What was due before has been told already.
    pub(super) from: Timestamp,
    /// From here on every parking of the traffic is photographed, as live ones are.
    pub(super) live_from: Timestamp,
    /// Up to here.
    pub(super) until: Timestamp,
}

/// What was made.
pub(super) struct Made {
    /// What comes after it.
    pub(super) traffic: Peekable<Traffic>,
    /// The entries of the cars inside the lots that were asked for.
    pub(super) inside: Vec<Message>,
    /// How many messages were taken in.
    pub(super) taken: u64,
    /// Whether it was stopped before its end.
    pub(super) is_stopped: bool,
}

/// Makes a span of the past. `reached` is told now and then up to where everything has been taken in.
pub(super) async fn make(
    app: &App,
    past: Past,
    traffic: Traffic,
    span: Span,
    followed: HashSet<LotCode>,
    mut reached: impl FnMut(Timestamp) -> Result<(), Failure>,
    stop: StopSignal,
) -> Result<Made, Failure> {
    let (ahead, mut coming) = mpsc::channel(AHEAD_MAX);
    let Span { start, from, live_from, until } = span;
    let stopped = stop.clone();
    let source = tokio::task::spawn_blocking(move || {
        simulate(past, traffic, (from, live_from, until), followed, &ahead, &stopped)
    });
    let tally = Arc::new(Tally::default());
    let mut lanes = JoinSet::new();
    let queues: Vec<_> = (0..LANES).map(|_| open_lane(&mut lanes, app, &tally)).collect();
    let mut progress = Progress::new(start, until);
    let mut noted = 0;
    // What is under way is not taken in yet: as much as the lanes hold at most.
    let mut under_way: VecDeque<Timestamp> = VecDeque::new();
    while let Some(message) = coming.recv().await {
        let due = message.message.due;
        under_way.push_back(due);
        if under_way.len() > LANES * (LANE_QUEUE_MAX + 1) {
            let taken = under_way.pop_front().unwrap_or(due);
            if progress.reached(due) {
                reached(taken)?;
            }
            // What the first day that it runs is held against.
            let quarter = taken.as_second() / QUARTER_S;
            if quarter > noted && taken < start + DAY {
                noted = quarter;
                app.note_past_occupancy(taken).await?;
            }
        }
        let mut hasher = DefaultHasher::new();
        message.message.record_id().hash(&mut hasher);
        if let Some(queue) = queues.get(hasher.finish() as usize % LANES) {
            let _ = queue.send(message).await;
        }
    }
    drop(queues);
    while lanes.join_next().await.is_some() {}
    let (traffic, inside) = source.await?;
    let is_stopped = stop.is_given();
    progress.end();
    if !is_stopped {
        reached(until)?;
    }
    if let Some(trouble) = tally.told() {
        note(&trouble);
    }
    Ok(Made { traffic, inside, taken: tally.taken.load(Ordering::Relaxed), is_stopped })
}

/// Of what is made up for from when the city was live, one in twenty keeps its pictures.
fn is_photographed(record_id: &str) -> bool {
    let mut hasher = DefaultHasher::new();
    record_id.hash(&mut hasher);
    hasher.finish().is_multiple_of(20)
}

/// Runs the city on a thread of its own.
fn simulate(
    mut past: Past,
    traffic: Traffic,
    (from, live_from, until): (Timestamp, Timestamp, Timestamp),
    followed: HashSet<LotCode>,
    ahead: &mpsc::Sender<Prepared>,
    stop: &StopSignal,
) -> (Peekable<Traffic>, Vec<Message>) {
    let mut traffic = traffic.peekable();
    let mut inside: BTreeMap<(Timestamp, RecordId), Message> = BTreeMap::new();
    while !stop.is_given() {
        let Some(message) = traffic.next_if(|message| message.due < until) else { break };
        if let Says::Passage(passage) = &message.says
            && followed.contains(&passage.lot)
        {
            match (passage.direction, passage.entered_at) {
                (Direction::Entry, _) => {
                    inside.insert((passage.at, passage.record_id.clone()), message.clone());
                }
                (Direction::Exit, Some(entered_at)) => {
                    inside.remove(&(entered_at, passage.record_id.clone()));
                }
                (Direction::Exit, None) => {}
            }
        }
        let (due, is_shown) = (message.due, is_photographed(message.record_id()));
        let mut prepared = past.prepare(message).filter(|_| due >= from);
        // Who makes up for a night would draw pictures until noon.
        if due >= live_from && !is_shown {
            prepared = prepared.and_then(Prepared::without_picture);
        }
        if prepared.is_some_and(|prepared| ahead.blocking_send(prepared).is_err()) {
            break;
        }
    }
    (traffic, inside.into_values().collect())
}

fn open_lane(lanes: &mut JoinSet<()>, app: &App, tally: &Arc<Tally>) -> mpsc::Sender<Prepared> {
    let (queue, mut waiting) = mpsc::channel::<Prepared>(LANE_QUEUE_MAX);
    let (app, tally) = (Arc::clone(app), Arc::clone(tally));
    lanes.spawn(async move {
        while let Some(message) = waiting.recv().await {
            for told in message.told() {
                tally.note(take_in(&app, &message, &told).await);
            }
        }
    });
    queue
}

async fn take_in(app: &App, message: &Prepared, told: &past::Told) -> Result<(), String> {
    let speaker = message.speaker();
    let sealed = || message.sealed(told);
    let said = PastMessage {
        standard: speaker.standard,
        account: &speaker.account,
        outgoing: message.outgoing(told),
        sealed: &sealed,
        with_pictures: told.is_photographed,
    };
    clock::at(told.received_at, app.receive_past(said)).await
}

/// What became of the messages.
#[derive(Default)]
struct Tally {
    taken: AtomicU64,
    not_taken: AtomicU64,
    why: Mutex<Vec<String>>,
}

impl Tally {
    fn note(&self, done: Result<(), String>) {
        let Err(why) = done else {
            self.taken.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if self.not_taken.fetch_add(1, Ordering::Relaxed) < TOLD_MAX {
            self.why.lock().unwrap_or_else(PoisonError::into_inner).push(why);
        }
    }

    fn told(&self) -> Option<String> {
        let not_taken = self.not_taken.load(Ordering::Relaxed);
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner).join("; ");
        (not_taken > 0).then(|| format!("bowei: {not_taken} messages of the past were not taken in: {why}"))
    }
}

/// Says which day it is.
struct Progress {
    start: Timestamp,
    days: i64,
    day: i64,
    /// Quarters of days.
    quarter: i64,
}

const DAY_S: i64 = 24 * 3_600;

impl Progress {
    fn new(start: Timestamp, until: Timestamp) -> Self {
        let seconds = until.duration_since(start).as_secs();
        Self { start, days: (seconds + DAY_S - 1) / DAY_S, day: 0, quarter: -1 }
    }

    /// Whether another quarter of a day has begun.
    fn reached(&mut self, at: Timestamp) -> bool {
        let seconds = at.duration_since(self.start).max(SignedDuration::ZERO).as_secs();
        let day = seconds / DAY_S + 1;
        if day > self.day && day <= self.days {
            self.day = day;
            let words =
                format!("── 正在补齐历史数据：第 {day} 天，共 {0} 天  history: day {day} of {0}", self.days);
            if std::io::stderr().is_terminal() { show(&format!("\r{words}   ")) } else { note(&words) }
        }
        let quarter = seconds * 4 / DAY_S;
        std::mem::replace(&mut self.quarter, quarter) != quarter
    }

    fn end(&self) {
        if self.day > 0 && std::io::stderr().is_terminal() {
            show("\r\x1b[2K");
        }
    }
}
