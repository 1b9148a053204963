//! The messages of a recorded day, made one by one in the order of time: a quarter of a million of them are never in
//! memory at once.

use super::OPENING_WITHIN;
use super::series::{Implied, Series};
use crate::charge;
use crate::looks::{look, vehicle};
use crate::message::{Message, Says};
use crate::plan::CityLot;
use crate::plates::PlateMaker;
use crate::rng::{Purpose, Rng};
use crate::simulation::run_stamp;
use crate::truth::{SharedTruth, TrueCharge, TrueParking};
use bowei_model::{Direction, Passage, Plate, PlateKind, RecordId, Vehicle};
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// The charger that a stay said as a charge is said of, and how many seconds of it are charged at most: nobody
/// takes more than a battery holds.
const CHARGER: usize = 1;
const CHARGE_MAX_S: i64 = 6 * 3_600;

/// A recorded day's traffic.
#[derive(Debug)]
pub struct ReplayTraffic {
    lots: Vec<LotNow>,
    /// The next passage of each lot: its moment and the lot's place in `lots`.
    agenda: BinaryHeap<Reverse<(i64, usize)>>,
    shift_s: i64,
    start: Timestamp,
    stamp: String,
    plates: PlateMaker,
    rng: Rng,
    truth: SharedTruth,
}

#[derive(Debug)]
struct LotNow {
    series: Series,
    /// The count that `coming` leads away from; `None` while the opening state is being said.
    count: Option<usize>,
    coming: VecDeque<Implied>,
    /// Cars inside, longest first.
    inside: VecDeque<Car>,
    records: u64,
}

#[derive(Debug)]
struct Car {
    record_id: RecordId,
    plate: Plate,
    plate_kind: PlateKind,
    vehicle: Vehicle,
    entered_at: Timestamp,
}

impl ReplayTraffic {
    pub(super) fn new(series: &[Series], shift_s: i64, seed: u64) -> Self {
        let truth = SharedTruth::new(None);
        let within_s = OPENING_WITHIN.as_secs();
        let mut traffic = Self {
            lots: Vec::with_capacity(series.len()),
            agenda: BinaryHeap::new(),
            shift_s,
            start: Timestamp::default(),
            stamp: String::new(),
            plates: PlateMaker::default(),
            rng: Rng::new(seed, Purpose::Replay),
            truth,
        };
        for (i, series) in series.iter().enumerate() {
            traffic.truth.look().know_lot(&series.lot.code, series.lot.spaces_total);
            let coming =
                series.opening_moments(within_s).map(|at_s| Implied { at_s, goes_in: true }).collect();
            let mut lot =
                LotNow { series: series.clone(), count: None, coming, inside: VecDeque::new(), records: 0 };
            lot.refill();
            traffic.lots.push(lot);
            traffic.put_on_agenda(i);
        }
        let first = traffic.agenda.peek().map_or(0, |next| next.0.0);
        traffic.start = traffic.real(first);
        traffic.stamp = run_stamp(traffic.start);
        traffic
    }

    /// The moment of the first message.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// What happens, as it comes out.
    pub fn truth(&self) -> SharedTruth {
        self.truth.clone()
    }

    fn real(&self, at_s: i64) -> Timestamp {
        Timestamp::from_second(at_s.saturating_add(self.shift_s)).unwrap_or_default()
    }

    fn put_on_agenda(&mut self, i: usize) {
        if let Some(next) = self.lots.get(i).and_then(|lot| lot.coming.front()) {
            self.agenda.push(Reverse((next.at_s, i)));
        }
    }

    /// A car comes. A lot whose standard knows only charges says nothing of it yet.
    fn enter(&mut self, i: usize, at: Timestamp) -> Option<Message> {
        let (plate, plate_kind) = self.plates.arrive(false, &mut self.rng);
        let lot = self.lots.get_mut(i)?;
        lot.records += 1;
        let ordinal = lot.series.lot.ordinal;
        let record_id: RecordId = format!("{}-{ordinal:04}-{}", self.stamp, lot.records).into();
        let number = lot.records.wrapping_add((ordinal as u64) << 32);
        let vehicle = vehicle(look(number), plate_kind);
        let car = Car { record_id, plate, plate_kind, vehicle, entered_at: at };
        let reported = (!lot.series.lot.says_charges_only()).then(|| car.entry(&lot.series.lot));
        if reported.is_some() {
            self.truth.look().enter(&car.record_id, car.true_parking(&lot.series.lot));
        }
        lot.inside.push_back(car);
        let vacant = Some(lot.vacant());
        reported.map(|entry| lot.say(Passage { vacant, ..entry }))
    }

    fn leave(&mut self, i: usize, at: Timestamp) -> Option<Message> {
        let lot = self.lots.get_mut(i)?;
        // There is always one: no count exceeds the lot's spaces.
        let car = lot.inside.pop_front()?;
        self.plates.leave(&car.plate);
        let place = &lot.series.lot;
        if place.says_charges_only() {
            let seconds = at.duration_since(car.entered_at).as_secs().min(CHARGE_MAX_S);
            let order_no = format!("C{}", car.record_id);
            let span = (car.entered_at, at);
            let record = charge::record(place, order_no, Some(car.plate), span, (CHARGER, seconds));
            self.truth.look().charge(&record, TrueCharge { lot: place.code.clone(), parking: None });
            return Some(Message::new(at, place.clone(), Says::Charge(record)));
        }
        self.truth.look().leave(&car.record_id, at);
        let gate = place.exits.first();
        let exit = Passage {
            direction: Direction::Exit,
            at,
            gate_code: gate.map(|gate| gate.code.clone()),
            gate: gate.map(|gate| gate.name.clone()),
            entered_at: Some(car.entered_at),
            minutes: Some(at.duration_since(car.entered_at).as_mins()),
            vacant: Some(lot.vacant()),
            ..car.entry(place)
        };
        Some(lot.say(exit))
    }
}

impl Car {
    fn entry(&self, lot: &CityLot) -> Passage {
        let gate = lot.entrances.first();
        Passage {
            plate: Some(self.plate.clone()),
            plate_kind: Some(self.plate_kind),
            vehicle: Some(self.vehicle.clone()),
            gate_code: gate.map(|gate| gate.code.clone()),
            gate: gate.map(|gate| gate.name.clone()),
            ..Passage::new(lot.code.clone(), self.record_id.clone(), Direction::Entry, self.entered_at)
        }
    }

    fn true_parking(&self, lot: &CityLot) -> TrueParking {
        TrueParking {
            lot: lot.code.clone(),
            without_record_id: lot.pairs_by_plate(),
            plate: Some(self.plate.clone()),
            plate_kind: self.plate_kind,
            entered_at: self.entered_at,
            exited_at: None,
            misread_in: None,
            misread_out: None,
        }
    }
}

impl LotNow {
    /// Goes on to the next counts until there is a passage to come or the day is over.
    fn refill(&mut self) {
        while self.coming.is_empty() {
            let next = self.count.map_or(0, |count| count + 1);
            if !self.series.has_after(next) {
                return;
            }
            self.count = Some(next);
            self.coming.extend(self.series.passages_after(next));
        }
    }

    fn vacant(&self) -> i64 {
        i64::from(self.series.lot.spaces_total) - i64::try_from(self.inside.len()).unwrap_or(i64::MAX)
    }

    fn say(&self, passage: Passage) -> Message {
        Message::new(passage.at, self.series.lot.clone(), Says::Passage(passage))
    }
}

impl Iterator for ReplayTraffic {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        loop {
            let Reverse((_, i)) = self.agenda.pop()?;
            let lot = self.lots.get_mut(i)?;
            let implied = lot.coming.pop_front()?;
            lot.refill();
            let at = self.real(implied.at_s);
            let message = if implied.goes_in { self.enter(i, at) } else { self.leave(i, at) };
            self.put_on_agenda(i);
            if message.is_some() {
                return message;
            }
        }
    }
}
