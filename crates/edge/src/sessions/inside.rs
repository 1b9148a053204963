//! The cars inside.

use bowei_model::{Passage, Plate, PlateKind, RecordId, Vehicle};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The most cars held, which is what one list of cars inside may have: more than the largest lot takes. The longest
/// there makes room.
const INSIDE_MAX: usize = 20_000;
/// How long a car counts as inside. A holiday and a business trip are shorter; a car of which nothing is seen for so
/// long went out unseen, in nearly every case.
pub(super) const INSIDE_AT_MOST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The most characters of a record id heard from others that is kept, as the model has it.
const RECORD_ID_MAX: usize = 128;

/// A car inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    /// The record of its parking.
    pub record_id: RecordId,
    /// Its plate; `None` for a car without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<Plate>,
    /// Its plate's kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate_kind: Option<PlateKind>,
    /// What it looks like, where anything is known of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<Box<Vehicle>>,
    /// When it came in.
    pub entered_at: Timestamp,
    /// The gate's code, or else its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Box<str>>,
}

impl Inside {
    /// The car that a passage brought in.
    pub(super) fn of(passage: &Passage) -> Self {
        let gate = passage.gate_code.as_deref().or(passage.gate.as_deref());
        Self {
            record_id: passage.record_id.clone(),
            plate: passage.plate.clone(),
            plate_kind: passage.plate_kind,
            vehicle: passage.vehicle.clone().map(Box::new),
            entered_at: passage.at,
            gate: gate.map(Box::from),
        }
    }
}

/// All of them, in the order in which they came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cars(Vec<Inside>);

impl Cars {
    pub(super) fn of(mut cars: Vec<Inside>) -> Self {
        cars.sort_by_key(|car| car.entered_at);
        let surplus = cars.len().saturating_sub(INSIDE_MAX);
        cars.drain(..surplus);
        Self(cars)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Inside> {
        self.0.iter()
    }

    pub(super) fn len(&self) -> i64 {
        i64::try_from(self.0.len()).unwrap_or(i64::MAX)
    }

    /// Lets a car in.
    pub(super) fn enter(&mut self, car: Inside) {
        if car.record_id.as_str().chars().count() > RECORD_ID_MAX {
            return;
        }
        let place = self.0.partition_point(|other| other.entered_at <= car.entered_at);
        self.0.insert(place, car);
        if self.0.len() > INSIDE_MAX {
            self.0.remove(0);
        }
    }

    /// Lets the car of a record out.
    pub(super) fn leave(&mut self, record_id: &RecordId) -> Option<Inside> {
        let place = self.0.iter().position(|car| car.record_id == *record_id)?;
        Some(self.0.remove(place))
    }

    /// The car of that plate that came last.
    pub(super) fn latest_of(&self, plate: &Plate) -> Option<&Inside> {
        self.iter().rev().find(|car| car.plate.as_ref() == Some(plate))
    }

    /// Keeps those only of which `keep` is true.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Inside) -> bool) {
        self.0.retain(keep);
    }

    pub(super) fn forget_the_gone(&mut self, now: Timestamp) {
        self.0.retain(|car| now.duration_since(car.entered_at) <= INSIDE_AT_MOST);
    }
}
