//! Ground truth: what really happened, to hold the platform's word against.

use crate::verdict::Expected;
use bowei_model::{ChargingRecord, Direction, LotCode, Plate, PlateKind, RecordId, pairing};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One parking as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueParking {
    /// The lot.
    pub lot: LotCode,
    /// Its standard knows passages by plate and time alone.
    pub without_record_id: bool,
    /// The car's plate; `None` for a car without one.
    pub plate: Option<Plate>,
    /// The plate's kind.
    pub plate_kind: PlateKind,
    /// When it came in.
    pub entered_at: Timestamp,
    /// When it went out; `None` while it is inside.
    pub exited_at: Option<Timestamp>,
    /// What the camera at the entrance read, where it misread.
    pub misread_in: Option<Plate>,
    /// What the camera at the exit read, where it misread.
    pub misread_out: Option<Plate>,
}

impl TrueParking {
    /// What a platform calls the parking that the lot calls `own`.
    pub(crate) fn record_on_platform(&self, own: &RecordId) -> RecordId {
        if self.without_record_id {
            pairing::leg_id(Direction::Entry, self.plate_as_read(), self.entered_at)
        } else {
            own.clone()
        }
    }

    /// The plate that a platform can know: the exit's reading, or before that the entrance's.
    pub(crate) fn plate_as_read(&self) -> Option<&Plate> {
        match self.exited_at {
            Some(_) => self.misread_out.as_ref().or(self.plate.as_ref()),
            None => self.misread_in.as_ref().or(self.plate.as_ref()),
        }
    }
}

/// One charge as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueCharge {
    /// The lot.
    pub lot: LotCode,
    /// The lot's own id of the parking that it was part of, where the lot says who parks.
    pub parking: Option<RecordId>,
}

/// One lot as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueLot {
    /// All its spaces.
    pub spaces_total: u32,
    /// Cars inside.
    pub inside: i64,
    /// Passages so far, those of the opening state among them.
    pub passages: u64,
    /// Cars that found it full.
    pub turned_away: u64,
}

impl TrueLot {
    /// Free spaces. What a platform derives, and what the lot itself last said, once everything has arrived.
    pub fn vacant(&self) -> i64 {
        i64::from(self.spaces_total) - self.inside
    }
}

/// What happened so far.
#[derive(Debug, Default)]
pub struct Truth {
    lots: BTreeMap<LotCode, TrueLot>,
    parkings: HashMap<RecordId, TrueParking>,
    gone: VecDeque<RecordId>,
    charges: HashMap<String, TrueCharge>,
    /// Their order numbers as they came.
    charged: VecDeque<String>,
    gone_kept: Option<usize>,
}

/// The truth, shared between what makes it happen and who looks.
#[derive(Clone, Debug, Default)]
pub struct SharedTruth(Arc<Mutex<Truth>>);

impl SharedTruth {
    /// Parkings that are over, and charges, are kept up to so many each: a run without end must not grow without end. `None`: all.
    pub(crate) fn new(gone_kept: Option<usize>) -> Self {
        Self(Arc::new(Mutex::new(Truth { gone_kept, ..Truth::default() })))
    }

    /// Looks.
    pub fn look(&self) -> MutexGuard<'_, Truth> {
        // Every change is whole before the lock goes, so that a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Truth {
    /// Free spaces of a lot.
    pub fn vacant(&self, lot: &LotCode) -> Option<i64> {
        self.lots.get(lot).map(TrueLot::vacant)
    }

    /// Every lot.
    pub fn lots(&self) -> &BTreeMap<LotCode, TrueLot> {
        &self.lots
    }

    /// What a platform should count for every lot once everything has arrived.
    pub fn expected(&self) -> BTreeMap<LotCode, Expected> {
        let of = |lot: &TrueLot| {
            let reported = (lot.passages > 0).then(|| lot.vacant());
            Expected { derived: lot.vacant(), reported }
        };
        self.lots.iter().map(|(code, lot)| (code.clone(), of(lot))).collect()
    }

    /// One parking.
    pub fn parking(&self, record_id: &RecordId) -> Option<&TrueParking> {
        self.parkings.get(record_id)
    }

    /// Every parking known, in no particular order.
    pub fn parkings(&self) -> impl Iterator<Item = (&RecordId, &TrueParking)> {
        self.parkings.iter()
    }

    /// Every charge known, by order number, in no particular order.
    pub fn charges(&self) -> impl Iterator<Item = (&String, &TrueCharge)> {
        self.charges.iter()
    }

    pub(crate) fn charge(&mut self, record: &ChargingRecord, charge: TrueCharge) {
        self.charges.insert(record.order_no.clone(), charge);
        if let Some(kept) = self.gone_kept {
            self.charged.push_back(record.order_no.clone());
            while self.charged.len() > kept {
                if let Some(oldest) = self.charged.pop_front() {
                    self.charges.remove(&oldest);
                }
            }
        }
    }

    pub(crate) fn know_lot(&mut self, lot: &LotCode, spaces_total: u32) {
        let empty = TrueLot { spaces_total, inside: 0, passages: 0, turned_away: 0 };
        self.lots.insert(lot.clone(), empty);
    }

    pub(crate) fn enter(&mut self, record_id: &RecordId, parking: TrueParking) {
        if let Some(lot) = self.lots.get_mut(&parking.lot) {
            lot.inside += 1;
            lot.passages += 1;
        }
        self.parkings.insert(record_id.clone(), parking);
    }

    pub(crate) fn leave(&mut self, record_id: &RecordId, at: Timestamp) {
        let Some(parking) = self.parkings.get_mut(record_id) else { return };
        parking.exited_at = Some(at);
        if let Some(lot) = self.lots.get_mut(&parking.lot) {
            lot.inside -= 1;
            lot.passages += 1;
        }
        if let Some(kept) = self.gone_kept {
            self.gone.push_back(record_id.clone());
            while self.gone.len() > kept {
                if let Some(oldest) = self.gone.pop_front() {
                    self.parkings.remove(&oldest);
                }
            }
        }
    }

    pub(crate) fn turn_away(&mut self, lot: &LotCode) {
        if let Some(lot) = self.lots.get_mut(lot) {
            lot.turned_away += 1;
        }
    }

    pub(crate) fn misread(&mut self, record_id: &RecordId, going_out: bool, read: Plate) {
        if let Some(parking) = self.parkings.get_mut(record_id) {
            let reading = if going_out { &mut parking.misread_out } else { &mut parking.misread_in };
            *reading = Some(read);
        }
    }
}
