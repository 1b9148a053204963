//! The messages of a recorded day, made one by one in the order of time: a quarter of a million of them are never in
//! memory at once.

use super::OPENING_WITHIN;
use super::series::{Implied, Series};
use crate::chance::{Chance, Purpose};
use crate::message::{Message, Says};
use crate::plates::PlateMaker;
use crate::simulation::run_stamp;
use crate::truth::{SharedTruth, TrueParking};
use bowei_model::{Direction, Passage, Plate, PlateKind, RecordId};
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

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
    chance: Chance,
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
            chance: Chance::new(seed, Purpose::Replay),
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

    fn enter(&mut self, i: usize, at: Timestamp) -> Option<Message> {
        let (plate, plate_kind) = self.plates.arrive(false, &mut self.chance);
        let lot = self.lots.get_mut(i)?;
        lot.records += 1;
        let record_id: RecordId =
            format!("{}-{:04}-{}", self.stamp, lot.series.lot.ordinal, lot.records).into();
        let car = Car { record_id, plate, plate_kind, entered_at: at };
        let parking = TrueParking {
            lot: lot.series.lot.code.clone(),
            plate: Some(car.plate.clone()),
            plate_kind,
            entered_at: at,
            exited_at: None,
            misread_in: None,
            misread_out: None,
        };
        self.truth.look().enter(&car.record_id, parking);
        let lot_code = lot.series.lot.code.clone();
        let record_id = car.record_id.clone();
        let plate = car.plate.clone();
        lot.inside.push_back(car);
        Some(lot.say(Passage {
            plate: Some(plate),
            plate_kind: Some(plate_kind),
            gate: lot.series.lot.entrances.first().cloned(),
            vacant: Some(lot.vacant()),
            ..Passage::new(lot_code, record_id, Direction::Entry, at)
        }))
    }

    fn leave(&mut self, i: usize, at: Timestamp) -> Option<Message> {
        let lot = self.lots.get_mut(i)?;
        // There is always one: no count exceeds the lot's spaces.
        let car = lot.inside.pop_front()?;
        self.plates.leave(&car.plate);
        self.truth.look().leave(&car.record_id, at);
        Some(lot.say(Passage {
            plate: Some(car.plate),
            plate_kind: Some(car.plate_kind),
            gate: lot.series.lot.exits.first().cloned(),
            entered_at: Some(car.entered_at),
            minutes: Some(at.duration_since(car.entered_at).as_mins()),
            vacant: Some(lot.vacant()),
            ..Passage::new(lot.series.lot.code.clone(), car.record_id, Direction::Exit, at)
        }))
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
        Message { due: passage.at, lot: self.series.lot.clone(), says: Says::Passage(passage) }
    }
}

impl Iterator for ReplayTraffic {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        let Reverse((_, i)) = self.agenda.pop()?;
        let lot = self.lots.get_mut(i)?;
        let implied = lot.coming.pop_front()?;
        lot.refill();
        let at = self.real(implied.at_s);
        let message = if implied.goes_in { self.enter(i, at) } else { self.leave(i, at) };
        self.put_on_agenda(i);
        message
    }
}
