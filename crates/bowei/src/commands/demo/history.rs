//! The past of a demonstration, made as fast as the machine takes it: the city's messages go the way of every report from
//! where they are opened on, each as of the moment at which it would have been received.

use crate::commands::past::{LANE_QUEUE_MAX, LANES, Lanes, Progress, Tally, note_presence};
use crate::commands::{Failure, note};
use bowei_city::StopSignal;
use bowei_city::message::{Message, Says};
use bowei_city::past::{Past, PastMessage as Prepared};
use bowei_city::run::Traffic;
use bowei_model::{Direction, LotCode, RecordId, moment};
use bowei_platform::{App, clock};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::iter::Peekable;
use std::sync::Arc;
use tokio::sync::mpsc;

/// How often it is noted how full the districts are.
const QUARTER_S: i64 = 15 * 60;
/// For how long.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Messages that the simulation may be ahead.
const AHEAD_MAX: usize = 256;

/// What is to be made.
pub(super) struct Span {
    /// Where the city begins.
    pub(super) start: Timestamp,
    /// What was due before has been told already.
    pub(super) from: Timestamp,
    /// From here on some pictures are drawn; before, one stands for all.
    pub(super) drawn_from: Timestamp,
    /// From here on days are evaluated.
    pub(super) supervised_from: Timestamp,
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
    let Span { start, from, drawn_from, supervised_from, until } = span;
    let stopped = stop.clone();
    let source = tokio::task::spawn_blocking(move || {
        simulate(past, traffic, (from, drawn_from, until), followed, &ahead, &stopped)
    });
    let tally = Arc::new(Tally::default());
    let lanes = Lanes::open(app, &tally);
    let mut progress = Progress::new("正在补齐历史数据 history", start, until);
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
        lanes.take(message).await;
    }
    lanes.finish().await;
    let (traffic, inside) = source.await?;
    let is_stopped = stop.is_given();
    progress.end();
    if !is_stopped {
        supervise(app, supervised_from.max(from), until).await?;
        reached(until)?;
    }
    if let Some(trouble) = tally.trouble() {
        note(&trouble);
    }
    Ok(Made { traffic, inside, taken: tally.taken(), is_stopped })
}

/// Has every day that is over evaluated: no clock has struck in a past that is made up. The platform was there all the while.
async fn supervise(app: &App, from: Timestamp, until: Timestamp) -> Result<(), Failure> {
    /// A day is closed so long after its end.
    const CLOSED: SignedDuration = SignedDuration::from_mins(4 * 60 + 10);
    note_presence(app, from, until).await?;
    let mut day = moment::span_of_day(moment::day(from));
    while let Some((begins, ends)) = day.filter(|(_, ends)| *ends <= until) {
        let now = (ends + CLOSED).min(until);
        clock::at(now, app.evaluate_day(moment::day(begins), now)).await?;
        day = moment::span_of_day(moment::day(ends));
    }
    app.learn_forecasts(until).await?;
    app.work_out_quality(until).await?;
    Ok(())
}

/// One record in twenty has pictures of its own.
fn is_drawn(record_id: &str) -> bool {
    let mut hasher = DefaultHasher::new();
    record_id.hash(&mut hasher);
    hasher.finish().is_multiple_of(20)
}

/// Runs the city on a thread of its own.
fn simulate(
    mut past: Past,
    traffic: Traffic,
    (from, drawn_from, until): (Timestamp, Timestamp, Timestamp),
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
        let due = message.due;
        // Who draws the pictures of a week draws until noon.
        let is_drawn = due >= drawn_from && is_drawn(message.record_id());
        let mut prepared = past.prepare(message).filter(|_| due >= from);
        if !is_drawn {
            prepared = prepared.map(Prepared::with_stock_picture);
        }
        if prepared.is_some_and(|prepared| ahead.blocking_send(prepared).is_err()) {
            break;
        }
    }
    (traffic, inside.into_values().collect())
}
