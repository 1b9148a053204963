//! What a fault is given and what it answers: a message, what the fault remembers, who is inside which lot.

use crate::message::{Message, Says};
use crate::rng::Rng;
use bowei_model::{Direction, LotCode, Passage, Plate, RecordId};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where a fault lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// Well beyond the threshold.
    Plain,
    /// Just beyond it.
    AtThreshold,
    /// Just short of it.
    NearMiss,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is not what the fault is about.
    Untouched,
    /// It is the fault, or bears it.
    Hit,
    /// It follows from one.
    Followed,
    /// It is the fault, and never said.
    HitAndLost,
    /// It follows from one, and is never said.
    Lost,
    /// It may come to a fault, and may not.
    Uncertain,
}

/// What a fault remembers from one message to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// By record: the time, and the plate, that were changed.
    pub(super) records: HashMap<RecordId, (Timestamp, Option<Plate>)>,
    /// Messages changed so far.
    pub(super) changed: usize,
    /// A number of the fault's own.
    pub(super) number: i64,
    /// Hours, since 1970, in which it was clearly to be seen.
    pub(super) hours: BTreeSet<i64>,
    /// Whether it has come to what must be found, where that is not a matter of how many messages.
    pub(super) is_enough: Option<bool>,
    /// The car elsewhere that a record was given the plate of: its lot and record.
    pub(super) partners: HashMap<RecordId, (LotCode, RecordId)>,
}

/// A message that a fault meets.
pub(super) struct Hit<'a> {
    pub(super) message: &'a mut Message,
    /// Whether it falls into the fault's time.
    pub(super) is_within: bool,
    /// Whether the fault has met its record before.
    pub(super) again: bool,
    pub(super) edge: Edge,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) memory: &'a mut Memory,
    pub(super) rng: &'a mut Rng,
    pub(super) inside: &'a Inside,
    /// What is said beside it.
    pub(super) more: Vec<Message>,
    /// Further records of the same fault.
    pub(super) records: Vec<String>,
    /// The same fault as another lot has it.
    pub(super) elsewhere: Option<(LotCode, String)>,
}

impl Hit<'_> {
    /// The passage, where it is one that way.
    pub(super) fn passage(&mut self, direction: Direction) -> Option<&mut Passage> {
        match &mut self.message.says {
            Says::Passage(passage) if passage.direction == direction => Some(passage),
            _ => None,
        }
    }

    pub(super) fn later(&self, by: SignedDuration) -> Timestamp {
        self.message.due.saturating_add(by).unwrap_or(self.message.due)
    }

    /// One of three, by where it lies.
    pub(super) fn by_edge<T>(&self, plain: T, at_edge: T, near_miss: T) -> T {
        match self.edge {
            Edge::Plain => plain,
            Edge::AtThreshold => at_edge,
            Edge::NearMiss => near_miss,
        }
    }
}

/// The cars inside each lot as they really are: plate, kind and when they came.
#[derive(Debug, Default)]
pub(super) struct Inside(BTreeMap<LotCode, BTreeMap<RecordId, Passage>>);

impl Inside {
    pub(super) fn meet(&mut self, passage: &Passage) {
        let lot = self.0.entry(passage.lot.clone()).or_default();
        match passage.direction {
            Direction::Entry => drop(lot.insert(passage.record_id.clone(), passage.clone())),
            Direction::Exit => drop(lot.remove(&passage.record_id)),
        }
    }

    pub(super) fn contains(&self, lot: &LotCode, record: &RecordId) -> bool {
        self.0.get(lot).is_some_and(|cars| cars.contains_key(record))
    }

    /// Every car in other lots.
    pub(super) fn elsewhere(&self, lot: &LotCode) -> impl Iterator<Item = &Passage> {
        self.0.iter().filter(move |(other, _)| *other != lot).flat_map(|(_, cars)| cars.values())
    }
}
