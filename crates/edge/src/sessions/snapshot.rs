//! The keeper as bytes, so that a start need not read the log from its beginning.

use super::OccupancyTracker;
use super::clocks::Clocks;
use super::inside::{Cars, Inside};
use super::readings::Readings;
use super::recent::{Past, Recent};
use bowei_model::LotCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The form's number. Another form is refused, and the view made anew from the log.
const FORM: u32 = 1;

/// Why a snapshot cannot be used. The log has all that it had.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotFault {
    /// It is no snapshot, or one cut short.
    #[error("the snapshot: expected its JSON, came something else ({0})")]
    Unreadable(#[from] serde_json::Error),
    /// It has another form.
    #[error("form: expected {FORM}, came {0}")]
    Form(u32),
    /// It is another lot's.
    #[error("lot: expected {expected}, came {received}")]
    Lot {
        /// The lot asked for.
        expected: LotCode,
        /// The lot in the snapshot.
        received: LotCode,
    },
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    form: u32,
    lot: LotCode,
    spaces_total: Option<u32>,
    counted: Option<i64>,
    #[serde(default)]
    counted_at: Option<Timestamp>,
    #[serde(default)]
    known_at: Option<Timestamp>,
    reserved: u32,
    inside: Vec<Inside>,
    recent: Vec<Past>,
    #[serde(default)]
    older: Vec<u64>,
    #[serde(default)]
    readings: Readings,
    #[serde(default)]
    clocks: Clocks,
}

impl OccupancyTracker {
    /// Everything that the keeper knows, as JSON.
    pub fn snapshot(&self) -> Vec<u8> {
        let snapshot = Snapshot {
            form: FORM,
            lot: self.lot.clone(),
            spaces_total: self.spaces_total,
            counted: self.counted,
            counted_at: self.counted_at,
            known_at: self.known_at,
            reserved: self.reserved,
            inside: self.cars.iter().cloned().collect(),
            recent: self.recent.iter().cloned().collect(),
            older: self.recent.older().collect(),
            readings: self.readings.clone(),
            clocks: self.clocks.clone(),
        };
        // Strings, numbers and lists alone: writing them cannot fail.
        serde_json::to_vec(&snapshot).unwrap_or_default()
    }

    /// The keeper that a snapshot was made of. `spaces_total` is what the configuration says now; where it says
    /// nothing, what the snapshot says stays.
    pub fn restore(lot: LotCode, spaces_total: Option<u32>, snapshot: &[u8]) -> Result<Self, SnapshotFault> {
        let snapshot: Snapshot = serde_json::from_slice(snapshot)?;
        if snapshot.form != FORM {
            return Err(SnapshotFault::Form(snapshot.form));
        }
        if snapshot.lot != lot {
            return Err(SnapshotFault::Lot { expected: lot, received: snapshot.lot });
        }
        Ok(Self {
            lot,
            spaces_total: spaces_total.or(snapshot.spaces_total),
            counted: snapshot.counted,
            counted_at: snapshot.counted_at,
            known_at: snapshot.known_at.or(snapshot.counted_at),
            reserved: snapshot.reserved,
            cars: Cars::of(snapshot.inside),
            recent: Recent::of(snapshot.recent, snapshot.older),
            readings: snapshot.readings,
            clocks: snapshot.clocks,
        })
    }
}
