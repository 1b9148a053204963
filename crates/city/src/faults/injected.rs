//! The truth of what was injected: for each fault what a platform ought to find, where, when, and of which records.

use bowei_model::{FindingKind, LotCode};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How far beyond its span something may be dated that a fault is the cause of: what a message says of a span, it may say
/// an hour later.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

/// A fault as it was injected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InjectedFault {
    /// What ought to be found. `None` of what is no fault of the lot's, and has lawful effects all the same: an outage of the
    /// platform itself.
    pub kind: Option<FindingKind>,
    /// The lot.
    pub lot: LotCode,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// Until when its effects last: a lot that has lost an exit is counted wrongly ever after.
    pub effects_to: Timestamp,
    /// The records that it is about, as a platform knows them; none of what is about a span of time.
    pub records: BTreeSet<String>,
    /// Further records that it affects.
    pub touched: BTreeSet<String>,
    /// It lies as little beyond the threshold as can be.
    pub at_edge: bool,
    /// It lies as little before the threshold as can be: nothing of its kind is to be found.
    pub near_miss: bool,
    /// Whether it must be found. Of what may or may not come to more than a threshold, neither finding it nor not finding
    /// it counts.
    pub certain: bool,
    /// What else may lawfully be found of its records, or of the lot in its span. It counts neither as right nor as wrong.
    pub also: BTreeSet<FindingKind>,
}

/// Something found, as far as it is matched.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// What.
    pub kind: FindingKind,
    /// Where.
    pub lot: &'a str,
    /// The record, where it is about one.
    pub record: Option<&'a str>,
    /// The time of what is doubted; of a day as a whole any moment of it.
    pub at: Timestamp,
}

impl InjectedFault {
    /// Whether `found` is this fault.
    pub fn is(&self, found: &Found<'_>) -> bool {
        self.kind == Some(found.kind) && self.concerns(found, self.to)
    }

    /// Whether `found` follows lawfully from this fault.
    pub fn explains(&self, found: &Found<'_>) -> bool {
        let may_be = self.also.contains(&found.kind) || (!self.certain && self.kind == Some(found.kind));
        let touches = |record: &str| self.touched.contains(record);
        let is_here = found.lot == self.lot.as_str();
        may_be && (self.concerns(found, self.effects_to) || (is_here && found.record.is_some_and(touches)))
    }

    fn concerns(&self, found: &Found<'_>, to: Timestamp) -> bool {
        if found.lot != self.lot.as_str() {
            return false;
        }
        match found.record {
            Some(record) if !self.records.is_empty() => self.records.contains(record),
            Some(_) => (self.from - SLACK..=to + SLACK).contains(&found.at),
            // Of a day as a whole.
            None => {
                let day = |at| bowei_model::moment::to_wall(at).date();
                (day(self.from - SLACK)..=day(to + SLACK)).contains(&day(found.at))
            }
        }
    }
}

/// Every fault injected so far, shared between what injects them and who looks.
#[derive(Clone, Debug, Default)]
pub struct SharedFaults(Arc<Mutex<Vec<InjectedFault>>>);

impl SharedFaults {
    /// Looks.
    pub fn look(&self) -> MutexGuard<'_, Vec<InjectedFault>> {
        // A fault is noted whole or not at all.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, fault: InjectedFault) {
        self.look().push(fault);
    }
}
