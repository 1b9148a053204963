//! What the callers and the writer share.

use super::disk::{Disk, is_full};
use super::faults::EnqueueError;
use super::index::Index;
use super::letters::Letters;
use super::marks::Event;
use super::record::{Fields, Pointer};
use super::types::{Limits, Seq, Taken};
use crate::Clock;
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

/// Takes that wait for the writer. A batch is written in some milliseconds and takes them all; more than this are a
/// disk that has stopped, and whoever comes then waits outside.
pub(super) const QUEUE_MAX: usize = 256;

/// Bytes written and synced together: the queue's usual content, and no more than a small machine can spare twice.
pub(super) const BATCH_BYTES_MAX: usize = 8 << 20;

/// Changes of standing that wait to be journaled while the disk does not write. Beyond, the journal is written anew
/// from memory when it does.
pub(super) const EVENTS_MAX: usize = 65_536;

/// The writer looks up so often when nothing happens: for journals to be synced and what may go.
const TICK: Duration = Duration::from_secs(1);

/// An entry made ready to be written.
pub(super) struct Prepared {
    pub(super) fields: Fields,
    pub(super) json: Vec<u8>,
    pub(super) picture: Picture,
}

/// A new entry's picture.
pub(super) enum Picture {
    None,
    Bytes {
        bytes: Bytes,
        crc: u32,
    },
    /// It is on disk already, with the entry that this one repeats.
    There(Pointer),
}

impl Picture {
    pub(super) fn new_bytes(&self) -> usize {
        if let Self::Bytes { bytes, .. } = self { bytes.len() } else { 0 }
    }
}

/// Entries that are taken together or not at all.
pub(super) struct Take {
    pub(super) entries: Vec<Prepared>,
    pub(super) answer: oneshot::Sender<Result<Vec<Taken>, EnqueueError>>,
    pub(super) _permit: OwnedSemaphorePermit,
}

impl Take {
    pub(super) fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.json.len() + entry.picture.new_bytes()).sum()
    }
}

/// What a caller waits for besides.
pub(super) struct Ask {
    pub(super) sync: bool,
    pub(super) tidy: bool,
    pub(super) answer: oneshot::Sender<()>,
}

/// A file of the log or of pictures.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) path: String,
    /// What is written and promised.
    pub(super) bytes: u64,
    /// The time from which its age counts: its newest record's, moved where the clock leapt.
    pub(super) born_ms: i64,
}

/// What is wrong with the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum DiskFault {
    #[default]
    None,
    Full,
    Failing(String),
}

impl DiskFault {
    pub(super) fn of(error: &io::Error) -> Self {
        if is_full(error) { Self::Full } else { Self::Failing(error.to_string()) }
    }
}

/// Everything that changes.
#[derive(Default)]
pub(super) struct State {
    pub(super) index: Index,
    pub(super) letters: Letters,
    pub(super) segments: BTreeMap<u32, Segment>,
    pub(super) pictures: BTreeMap<u32, Segment>,
    pub(super) takes: VecDeque<Take>,
    pub(super) asks: Vec<Ask>,
    pub(super) events: Vec<Event>,
    /// Uplinks whose journal lacks events and is to be written anew.
    pub(super) due: Vec<bool>,
    pub(super) closed: bool,
    /// Journals, as long as they were when they were last looked at.
    pub(super) other_bytes: u64,
    pub(super) damaged: u64,
    pub(super) photos_dropped: u64,
    /// Taking fails.
    pub(super) trouble: DiskFault,
    /// Writing down what was delivered fails.
    pub(super) journal_trouble: DiskFault,
    /// The newest photo found no room.
    pub(super) photos_refused: bool,
    /// When pictures that a platform waited for were last dropped to make room.
    pub(super) made_room_ms: Option<i64>,
}

impl State {
    /// What all files take together.
    pub(super) fn bytes(&self) -> u64 {
        let segments = self.segments.values().chain(self.pictures.values());
        segments.map(|segment| segment.bytes).sum::<u64>() + self.other_bytes
    }

    /// Notes a change of standing for the journal.
    pub(super) fn note(&mut self, event: Event) {
        if self.events.len() < EVENTS_MAX {
            self.events.push(event);
        } else if let Some(due) = self.due.get_mut(event.uplink) {
            *due = true;
        }
    }
}

/// What is shared.
pub(super) struct Shared {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: Limits,
    state: Mutex<State>,
    woken: Condvar,
    pub(super) permits: Arc<Semaphore>,
    pub(super) newest: watch::Sender<Seq>,
    /// Turns true when the writer has ended, by a stop or by a fault.
    pub(super) ended: watch::Sender<bool>,
}

/// What the writer is to do next.
pub(super) struct Turn {
    pub(super) takes: Vec<Take>,
    pub(super) asks: Vec<Ask>,
    pub(super) closed: bool,
}

impl Shared {
    pub(super) fn new(disk: Arc<dyn Disk>, clock: Arc<dyn Clock>, limits: Limits, state: State) -> Self {
        let newest = state.index.records.last().map_or(0, |record| record.seq);
        Self {
            disk,
            clock,
            limits,
            state: Mutex::new(state),
            woken: Condvar::new(),
            permits: Arc::new(Semaphore::new(QUEUE_MAX)),
            newest: watch::Sender::new(newest),
            ended: watch::Sender::new(false),
        }
    }

    /// Held for moments only: nobody reads or writes a file with it.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    /// Waits for something to do, or for a tick.
    pub(super) fn turn(&self) -> Turn {
        let mut state = self.state();
        let idle = |state: &mut State| {
            state.takes.is_empty() && state.asks.is_empty() && state.events.is_empty() && !state.closed
        };
        if idle(&mut state) {
            state =
                self.woken.wait_timeout_while(state, TICK, idle).unwrap_or_else(PoisonError::into_inner).0;
        }
        let mut takes = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES_MAX
            && let Some(take) = state.takes.pop_front()
        {
            bytes += take.bytes();
            takes.push(take);
        }
        // What is asked is asked about everything before it.
        let all = state.takes.is_empty();
        let asks = if all { std::mem::take(&mut state.asks) } else { Vec::new() };
        Turn { takes, asks, closed: state.closed && all }
    }

    /// Says that a record cannot be read.
    pub(super) fn give_up(&self, seq: Seq) {
        let mut state = self.state();
        if state.index.give_up(seq) {
            state.damaged += 1;
        }
    }
}
