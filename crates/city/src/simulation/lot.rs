//! One lot as the simulation goes: who is inside, which berths are free, what it says of a passage.

use super::{Car, run_stamp, second};
use crate::charge::{self, Charge};
use crate::demand::Arrivals;
use crate::looks::{look, payment, vehicle};
use crate::plan::CityLot;
use crate::rng::Rng;
use bowei_model::{Direction, LotKind, Passage, Plate, PlateKind, pairing};
use bowei_standards::by_name;
use jiff::Timestamp;
use std::sync::Arc;

/// How many of the new-energy cars want a charger where there is one.
const WANTS_CHARGER: f64 = 0.45;

#[derive(Debug)]
pub(super) struct LotNow {
    index: usize,
    pub(super) lot: Arc<CityLot>,
    pub(super) arrivals: Arrivals,
    pub(super) next_arrival: f64,
    pub(super) last_passage_s: i64,
    last_unplated_s: i64,
    pub(super) inside: u32,
    free_chargers: Vec<usize>,
    free_berths: Vec<usize>,
    records: u64,
    pub(super) has_pictures_within: bool,
}

impl LotNow {
    pub(super) fn new(index: usize, lot: &Arc<CityLot>, busyness: f64) -> Self {
        Self {
            index,
            arrivals: Arrivals::new(lot.place, lot.spaces_total, busyness),
            next_arrival: 0.0,
            last_passage_s: i64::MIN,
            last_unplated_s: i64::MIN,
            inside: 0,
            free_chargers: (0..lot.charging_spaces as usize).collect(),
            free_berths: (0..lot.berths.len()).collect(),
            records: 0,
            has_pictures_within: by_name(lot.standard).is_some_and(|speaks| speaks.picture_goes_within()),
            lot: lot.clone(),
        }
    }

    pub(super) fn is_on_street(&self) -> bool {
        self.lot.kind == LotKind::OnStreet
    }

    pub(super) fn vacant(&self) -> u32 {
        self.lot.spaces_total.saturating_sub(self.inside)
    }

    /// Whether a car without a plate may come now. Where passages carry no record id, those without a plate are told from
    /// one another by their times alone: two that come within what a platform takes for the same, nobody can tell apart.
    pub(super) fn takes_unplated(&mut self, at_s: i64) -> bool {
        /// As far as an entry may lie from when its exit says it was, either way, and the minute that the exit rounds to.
        const APART_S: i64 = 2 * pairing::NEAR.as_secs() + 60;
        if self.lot.pairs_by_plate() && at_s.saturating_sub(self.last_unplated_s) <= APART_S {
            return false;
        }
        self.last_unplated_s = at_s;
        true
    }

    /// A car passes the barrier, or takes a berth: the city's `number`th, at a moment and for so long.
    pub(super) fn take_in(
        &mut self,
        number: u64,
        (at_s, stay_s): (i64, i64),
        (plate, plate_kind): (Option<Plate>, PlateKind),
        run: Timestamp,
        seed: u64,
        rng: &mut Rng,
    ) -> Car {
        self.records += 1;
        self.inside += 1;
        self.last_passage_s = at_s;
        let electric = matches!(plate_kind, PlateKind::SMALL_NEW_ENERGY | PlateKind::LARGE_NEW_ENERGY);
        let plugs_in = electric
            && stay_s >= charge::STAY_MIN_S
            && !self.free_chargers.is_empty()
            && rng.happens(WANTS_CHARGER);
        let charger = if plugs_in { self.free_chargers.pop() } else { None };
        let at = rng.below(self.free_berths.len());
        let berth = (!self.free_berths.is_empty()).then(|| self.free_berths.swap_remove(at));
        Car {
            lot: self.index,
            record_id: format!("{}-{:02}-{}", run_stamp(run), self.lot.ordinal, self.records).into(),
            plate,
            plate_kind,
            entered_s: at_s,
            gate: rng.below(self.lot.entrances.len()),
            berth,
            charge: charger.map(|charger| Charge::of(seed, number, charger, at_s, stay_s)),
            look: look(number),
        }
    }

    /// A car leaves.
    pub(super) fn let_out(&mut self, at_s: i64, car: &Car) {
        self.last_passage_s = at_s;
        self.inside = self.inside.saturating_sub(1);
        self.free_chargers.extend(car.charge.map(|charge| charge.charger));
        self.free_berths.extend(car.berth);
    }

    /// What the lot says of the entry, as it stands now.
    pub(super) fn entry(&self, car: &Car) -> Passage {
        let free = u32::try_from(self.free_chargers.len()).unwrap_or(u32::MAX);
        self.entry_with(car, self.inside, self.lot.charging_spaces.saturating_sub(free))
    }

    /// What the lot says of an entry after which so many cars are inside and charging.
    pub(super) fn entry_with(&self, car: &Car, inside: u32, charging: u32) -> Passage {
        let lot = &self.lot;
        let gate = lot.entrances.get(car.gate);
        let berth = car.berth.and_then(|berth| lot.berths.get(berth)).cloned();
        Passage {
            plate: car.plate.clone(),
            plate_kind: Some(car.plate_kind),
            vehicle: Some(vehicle(car.look, car.plate_kind)),
            // On the street a car passes no gate but its berth.
            gate_code: gate.map(|gate| gate.code.clone()).or(berth.clone()),
            gate: gate.map(|gate| gate.name.clone()),
            berth,
            vacant: Some(i64::from(lot.spaces_total) - i64::from(inside)),
            charging_vacant: self.chargers_free(charging),
            ..Passage::new(lot.code.clone(), car.record_id.clone(), Direction::Entry, second(car.entered_s))
        }
    }

    /// What the lot says of the exit, as it stands now.
    pub(super) fn exit(&self, car: &Car, at_s: i64) -> Passage {
        // Whoever comes in on one side leaves, as often as not, on the next.
        let gate = car.gate + (at_s % 2).unsigned_abs() as usize;
        let exits = self.lot.exits.len().max(1);
        let gate = self.lot.exits.get(gate % exits);
        let minutes = (at_s - car.entered_s) / 60;
        let payment = self.lot.fee.map(|fee| payment(fee, minutes, car.plate_kind, car.look, second(at_s)));
        let entry = self.entry(car);
        Passage {
            direction: Direction::Exit,
            at: second(at_s),
            gate_code: gate.map(|gate| gate.code.clone()).or(entry.berth.clone()),
            gate: gate.map(|gate| gate.name.clone()),
            entered_at: Some(second(car.entered_s)),
            minutes: Some(minutes),
            payment,
            ..entry
        }
    }

    fn chargers_free(&self, charging: u32) -> Option<i64> {
        let spaces = self.lot.charging_spaces;
        (spaces > 0).then(|| i64::from(spaces) - i64::from(charging))
    }
}
