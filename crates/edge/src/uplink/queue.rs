//! Which report goes next. Pure: moments are handed in as milliseconds since some start.
//!
//! Reports of one parking session go one after the other, in the order of the log; sessions go side by side. A
//! session whose newest report is fresh goes by the live lane, with whatever of it is still waiting in front, so that
//! neither order nor freshness suffers from a backlog; of the live ones the newest goes first. The others go by the
//! backlog's lane, oldest first. What is fresh and does not get its turn (the platform is away) turns into backlog, or
//! a long outage would end with a day of "live" reports in front of those of this minute.
//!
//! The queue holds numbers alone, some forty bytes a report: reports are read when their turn has come.

use crate::outbox::Seq;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};

/// So long a report counts as fresh.
pub(super) const FRESH_MS: u64 = 30_000;

/// So many reports of one session are given room one by one.
const FEW: usize = 4;

/// A report that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its place in the log.
    pub seq: Seq,
    /// When it came to the queue.
    pub added_ms: u64,
    /// It carries a picture.
    pub heavy: bool,
    /// It is a car that came or went.
    pub passage: bool,
}

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Live,
    Backlog,
    InFlight,
    /// Until then.
    Resting(u64),
}

#[derive(Debug)]
struct DeliveryGroup {
    first: Item,
    rest: Vec<Item>,
    place: Place,
    /// How often its first report has failed.
    attempts: u32,
}

/// How many may be on their way at once.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// All together.
    pub in_flight: usize,
    /// Of the backlog: the rest is kept for live ones.
    pub backlog: usize,
    /// With pictures: each is held in memory several times over while it is sealed.
    pub heavy: usize,
}

/// A report whose turn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The session, to be told of the end under.
    pub session: u64,
    /// The report.
    pub item: Item,
    /// It goes by the live lane.
    pub live: bool,
    /// How often it has failed before.
    pub attempts: u32,
}

/// What became of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Done with, one way or another.
    Settled,
    /// To be tried again, not before then.
    Later {
        /// When.
        until_ms: u64,
        /// It counts as a failure of this report.
        failed: bool,
    },
}

/// What waits for one platform.
#[derive(Debug, Default)]
pub struct Queue {
    sessions: HashMap<u64, DeliveryGroup>,
    /// Sessions by lane, and those with a picture in front apart, for these have a bound of their own. An entry is
    /// stale where the session says otherwise.
    live: [VecDeque<u64>; 2],
    backlog: [BinaryHeap<Reverse<(Seq, u64)>>; 2],
    resting: BTreeSet<(u64, u64)>,
    in_flight: usize,
    backlog_in_flight: usize,
    heavy_in_flight: usize,
    waiting: usize,
}

impl Queue {
    /// Adds a report of a session behind what waits of it already. `live`: it has just happened.
    pub fn add(&mut self, session: u64, item: Item, live: bool) {
        self.waiting += 1;
        match self.sessions.get_mut(&session) {
            None => {
                let place = if live { Place::Live } else { Place::Backlog };
                self.sessions
                    .insert(session, DeliveryGroup { first: item, rest: Vec::new(), place, attempts: 0 });
                self.enqueue_group(session, item, place);
            }
            Some(waits) => {
                // Most sessions have two or three reports, and there may be a hundred thousand sessions.
                if waits.rest.len() < FEW {
                    waits.rest.reserve_exact(1);
                }
                waits.rest.push(item);
                if live && waits.place == Place::Backlog {
                    waits.place = Place::Live;
                    let first = waits.first;
                    self.enqueue_group(session, first, Place::Live);
                }
            }
        }
    }

    /// Adds a report of a session in front of the passage that waits of it, so that it goes first; behind it where that
    /// is on its way.
    pub(crate) fn add_before(&mut self, session: u64, item: Item, live: bool, now_ms: u64) {
        match self.sessions.get_mut(&session) {
            Some(waits) if waits.first.passage && waits.place != Place::InFlight => {
                self.waiting += 1;
                let passage = std::mem::replace(&mut waits.first, item);
                waits.rest.insert(0, passage);
                waits.attempts = 0;
                if let Place::Resting(until_ms) = waits.place {
                    self.resting.remove(&(until_ms, session));
                }
                self.requeue(session, now_ms);
            }
            _ => self.add(session, item, live),
        }
    }

    fn enqueue_group(&mut self, session: u64, first: Item, place: Place) {
        match place {
            Place::Live => of(&mut self.live, first).push_back(session),
            Place::Backlog => of(&mut self.backlog, first).push(Reverse((first.seq, session))),
            Place::Resting(until_ms) => drop(self.resting.insert((until_ms, session))),
            Place::InFlight => {}
        }
    }

    /// The next report that may go, if one may.
    pub fn next(&mut self, now_ms: u64, bounds: &Bounds) -> Option<Turn> {
        self.wake(now_ms);
        if self.in_flight >= bounds.in_flight {
            return None;
        }
        let heavy = self.heavy_in_flight < bounds.heavy;
        let (session, live) = match self.next_live(now_ms, heavy) {
            Some(session) => (session, true),
            None if self.backlog_in_flight < bounds.backlog => (self.next_backlog(heavy)?, false),
            None => return None,
        };
        let waits = self.sessions.get_mut(&session)?;
        waits.place = Place::InFlight;
        let turn = Turn { session, item: waits.first, live, attempts: waits.attempts };
        self.in_flight += 1;
        self.backlog_in_flight += usize::from(!live);
        self.heavy_in_flight += usize::from(turn.item.heavy);
        Some(turn)
    }

    fn next_live(&mut self, now_ms: u64, heavy: bool) -> Option<u64> {
        for lane in 0..=usize::from(heavy) {
            while let Some(session) = self.live.get_mut(lane)?.pop_back() {
                let is_here = |waits: &&mut DeliveryGroup| {
                    waits.place == Place::Live && usize::from(waits.first.heavy) == lane
                };
                let Some(waits) = self.sessions.get_mut(&session).filter(is_here) else { continue };
                let newest = waits.rest.last().unwrap_or(&waits.first).added_ms;
                if now_ms.saturating_sub(newest) <= FRESH_MS {
                    return Some(session);
                }
                waits.place = Place::Backlog;
                let first = waits.first;
                self.enqueue_group(session, first, Place::Backlog);
            }
        }
        None
    }

    fn next_backlog(&mut self, heavy: bool) -> Option<u64> {
        let [records, pictures] = &mut self.backlog;
        let sessions = &self.sessions;
        let is_there = |&Reverse((seq, session)): &Reverse<(Seq, u64)>| {
            sessions.get(&session).is_some_and(|it| it.place == Place::Backlog && it.first.seq == seq)
        };
        for lane in [&mut *records, &mut *pictures] {
            while lane.peek().is_some_and(|front| !is_there(front)) {
                lane.pop();
            }
        }
        let older = |picture: &Reverse<(Seq, u64)>| records.peek().is_none_or(|record| picture > record);
        if heavy && pictures.peek().is_some_and(older) { pictures.pop() } else { records.pop() }
            .map(|Reverse((_, session))| session)
    }

    /// Those whose rest is over line up again.
    fn wake(&mut self, now_ms: u64) {
        while let Some(&(until_ms, session)) = self.resting.first() {
            if until_ms > now_ms {
                break;
            }
            self.resting.pop_first();
            self.requeue(session, now_ms);
        }
    }

    fn requeue(&mut self, session: u64, now_ms: u64) {
        let Some(waits) = self.sessions.get_mut(&session) else { return };
        let newest = waits.rest.last().unwrap_or(&waits.first).added_ms;
        let fresh = now_ms.saturating_sub(newest) <= FRESH_MS;
        waits.place = if fresh { Place::Live } else { Place::Backlog };
        let (first, place) = (waits.first, waits.place);
        self.enqueue_group(session, first, place);
    }

    /// A turn has ended.
    pub fn end(&mut self, turn: &Turn, end: End, now_ms: u64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.backlog_in_flight = self.backlog_in_flight.saturating_sub(usize::from(!turn.live));
        self.heavy_in_flight = self.heavy_in_flight.saturating_sub(usize::from(turn.item.heavy));
        let Some(waits) = self.sessions.get_mut(&turn.session) else { return };
        match end {
            End::Later { until_ms, failed } => {
                waits.attempts += u32::from(failed);
                waits.place = Place::Resting(until_ms);
                self.resting.insert((until_ms, turn.session));
            }
            End::Settled => {
                self.waiting = self.waiting.saturating_sub(1);
                if waits.rest.is_empty() {
                    self.sessions.remove(&turn.session);
                } else {
                    waits.first = waits.rest.remove(0);
                    waits.attempts = 0;
                    self.requeue(turn.session, now_ms);
                }
            }
        }
    }

    /// A turn has ended in vain, and its session goes on without it: it waits by itself as a session of that other
    /// number, not before then.
    pub(crate) fn set_aside(&mut self, turn: &Turn, alone: u64, until_ms: u64, now_ms: u64) {
        let attempts = turn.attempts + 1;
        self.end(turn, End::Settled, now_ms);
        self.waiting += 1;
        let place = Place::Resting(until_ms);
        self.sessions.insert(alone, DeliveryGroup { first: turn.item, rest: Vec::new(), place, attempts });
        self.enqueue_group(alone, turn.item, place);
    }

    /// What made them fail is over, and they rest no longer; but who has failed again and again by itself rests on.
    pub fn wake_all(&mut self, now_ms: u64) {
        for (until_ms, session) in std::mem::take(&mut self.resting) {
            if self.sessions.get(&session).is_some_and(|waits| waits.attempts > 1) {
                self.resting.insert((until_ms, session));
            } else {
                self.requeue(session, now_ms);
            }
        }
    }

    /// When the next rest ends.
    pub fn next_wake_ms(&self) -> Option<u64> {
        self.resting.first().map(|(until_ms, _)| *until_ms)
    }

    /// Sessions of which something waits or is on its way.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Reports that wait, those on their way among them.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Reports on their way.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Whether something of a session waits.
    pub fn has(&self, session: u64) -> bool {
        self.sessions.contains_key(&session)
    }

    /// A session that rests for longer rests until then.
    pub(crate) fn hasten(&mut self, session: u64, until_ms: u64) {
        let Some(waits) = self.sessions.get_mut(&session) else { return };
        if let Place::Resting(later_ms) = waits.place
            && until_ms < later_ms
        {
            waits.place = Place::Resting(until_ms);
            self.resting.remove(&(later_ms, session));
            self.resting.insert((until_ms, session));
        }
    }

    /// A session that rests for something that has come now.
    pub fn requeue_now(&mut self, session: u64, now_ms: u64) {
        let Some(Place::Resting(until_ms)) = self.sessions.get(&session).map(|waits| waits.place) else {
            return;
        };
        self.resting.remove(&(until_ms, session));
        self.requeue(session, now_ms);
    }
}

/// The lane for a session with that report in front.
fn of<T>(lanes: &mut [T; 2], first: Item) -> &mut T {
    let [records, pictures] = lanes;
    if first.heavy { pictures } else { records }
}
