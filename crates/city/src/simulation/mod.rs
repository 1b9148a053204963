//! The city's traffic: an iterator of messages in simulated time, with the truth kept beside it.
//!
//! Before the start the same city runs silently for [`WARM_UP`], so that it does not begin empty: the cars that are
//! inside at the start are its opening state, each reported with the entry it really had. No two passages of a lot
//! share a second, so that the lot's latest word is the same however messages are delivered.

mod life;
mod lot;
mod of_lots;
mod opening;
mod options;

pub use life::Life;
pub use options::{PhotoShare, SimulationOptions};

use crate::charge::Charge;
use crate::demand::{STAY_MAX_S, STAY_MIN_S};
use crate::message::{Message, Says};
use crate::picture::Scene;
use crate::plan::CityPlan;
use crate::plates::PlateMaker;
use crate::rng::{Purpose, Rng, share_of};
use crate::truth::{SharedTruth, TrueCharge, TrueParking};
use bowei_model::{Passage, PhotoRole, Plate, PlateKind, RecordId, moment};
use jiff::{SignedDuration, Timestamp};
use lot::LotNow;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

/// How long the city runs silently before the start. With a run of up to eight hours, no car of the opening state
/// has come more than a day before its entry is reported.
pub(crate) const WARM_UP: SignedDuration = SignedDuration::from_hours(16);

/// The traffic of a planned city.
#[derive(Debug)]
pub struct Simulation {
    options: SimulationOptions,
    lots: Vec<LotNow>,
    cars: HashMap<u64, Car>,
    cars_so_far: u64,
    plates: PlateMaker,
    rng: Rng,
    agenda: BinaryHeap<Reverse<(i64, u64, Event)>>,
    entries_so_far: u64,
    outgoing: VecDeque<Message>,
    opened: bool,
    truth: SharedTruth,
}

/// A car inside.
#[derive(Debug)]
struct Car {
    lot: usize,
    record_id: RecordId,
    plate: Option<Plate>,
    plate_kind: PlateKind,
    entered_s: i64,
    gate: usize,
    berth: Option<usize>,
    charge: Option<Charge>,
    /// What its looks come from.
    look: u64,
}

/// What is on the agenda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A car comes to a lot; the next one is drawn.
    Arrival { lot: usize },
    /// A car comes because the city would be too quiet.
    Floor,
    /// A car at the barrier of a lot.
    Enter { lot: usize, stay_s: i64 },
    /// A car is charged.
    Charged { car: u64 },
    /// A car leaves.
    Leave { lot: usize, car: u64 },
    /// A full hour.
    Hour,
}

impl Simulation {
    /// The traffic of `plan`.
    pub fn new(plan: &CityPlan, options: SimulationOptions) -> Self {
        let truth = SharedTruth::new(options.gone_kept);
        let begin = options.start.as_second() - WARM_UP.as_secs();
        let mut simulation = Self {
            lots: plan
                .lots
                .iter()
                .enumerate()
                .map(|(i, lot)| LotNow::new(i, lot, options.busyness))
                .collect(),
            cars: HashMap::new(),
            cars_so_far: 0,
            plates: PlateMaker::default(),
            rng: Rng::new(options.seed, Purpose::Traffic),
            agenda: BinaryHeap::new(),
            entries_so_far: 0,
            outgoing: VecDeque::new(),
            opened: false,
            truth,
            options,
        };
        for lot in &plan.lots {
            simulation.truth.look().know_lot(&lot.code, lot.spaces_total);
        }
        for lot in 0..simulation.lots.len() {
            simulation.draw_arrival(lot, begin as f64);
            simulation.plan_residents(lot, begin);
        }
        let start = simulation.options.start;
        simulation.draw_floor(simulation.options.floor_from.unwrap_or(start).max(start).as_second() as f64);
        simulation.plan_event(hour_after(start.as_second()), Event::Hour);
        simulation
    }

    /// What really happens.
    pub fn truth(&self) -> SharedTruth {
        self.truth.clone()
    }

    fn plan_event(&mut self, at_s: i64, event: Event) {
        self.entries_so_far += 1;
        self.agenda.push(Reverse((at_s, self.entries_so_far, event)));
    }

    fn draw_arrival(&mut self, lot: usize, after: f64) {
        let Some(now) = self.lots.get_mut(lot) else { return };
        let life = &self.options.life;
        let factor = (life.factor_max(), |at_s| life.factor(lot, at_s));
        now.next_arrival = now.arrivals.next_after(after, factor, &mut self.rng);
        let at_s = now.next_arrival.ceil() as i64;
        self.plan_event(at_s, Event::Arrival { lot });
    }

    /// Cars that were there before anybody looked, and stay into the first day: no lot begins empty.
    fn plan_residents(&mut self, lot: usize, begin_s: i64) {
        /// They come within so long, before the others.
        const WITHIN_S: f64 = 3_600.0;
        let Some(now) = self.lots.get(lot) else { return };
        let spaces = f64::from(now.lot.spaces_total);
        let cars = (spaces * now.arrivals.resident_share()).round().max(1.0) as u32;
        for _ in 0..cars {
            let at_s = begin_s + self.rng.between(0.0, WITHIN_S) as i64;
            let least_s = WARM_UP.as_secs() as f64 + WITHIN_S;
            let stay_s = self.rng.between(least_s, STAY_MAX_S as f64) as i64;
            self.plan_event(at_s, Event::Enter { lot, stay_s });
        }
    }

    /// Draws the next car that comes for the floor's sake: as many as the lots' own arrivals fall short of it. A car
    /// passes twice, so that half the floor are arrivals.
    fn draw_floor(&mut self, after: f64) {
        let floor = self.options.floor_passages_per_s / 2.0;
        if floor <= 0.0 {
            return;
        }
        let mut at = after;
        loop {
            at += self.rng.wait_s(floor);
            let own: f64 = self.lots.iter().map(|lot| lot.arrivals.rate(at)).sum();
            if self.rng.share() * floor < floor - own {
                break;
            }
            // However busy the day, the agenda gets an entry an hour: the loop must end.
            if at > after + 3_600.0 {
                break;
            }
        }
        self.plan_event(at.ceil() as i64, Event::Floor);
    }

    /// Carries out the next event; `false` where there is none before the end.
    fn step(&mut self) -> bool {
        let Some(Reverse((at_s, _, event))) = self.agenda.peek().copied() else { return false };
        if self.options.until.is_some_and(|until| at_s >= until.as_second()) {
            return false;
        }
        self.agenda.pop();
        match event {
            Event::Arrival { lot } => self.arrive(at_s, lot),
            Event::Floor => self.arrive_for_the_floor(at_s),
            Event::Enter { lot, stay_s } => self.enter(at_s, lot, stay_s),
            Event::Charged { car } => self.charged(at_s, car),
            Event::Leave { lot, car } => self.leave(at_s, lot, car),
            Event::Hour => self.on_the_hour(at_s),
        }
        true
    }

    fn arrive(&mut self, at_s: i64, lot: usize) {
        let Some(now) = self.lots.get(lot) else { return };
        let (after, stay_s) = (now.next_arrival, now.arrivals.stay_s(&mut self.rng));
        let stay_s = self.options.life.long_stay_s(lot, self.entries_so_far).unwrap_or(stay_s);
        self.draw_arrival(lot, after);
        self.plan_event(at_s, Event::Enter { lot, stay_s });
    }

    fn arrive_for_the_floor(&mut self, at_s: i64) {
        self.draw_floor(at_s as f64);
        let spaces: Vec<(f64, usize)> =
            self.lots.iter().enumerate().map(|(i, lot)| (lot.vacant() as f64, i)).collect();
        if let Some(&lot) = self.rng.weighted(&spaces) {
            let stay_s = self.rng.between(STAY_MIN_S as f64, 2_400.0) as i64;
            self.plan_event(at_s, Event::Enter { lot, stay_s });
        }
    }

    fn enter(&mut self, at_s: i64, lot: usize, stay_s: i64) {
        let Some(now) = self.lots.get_mut(lot) else { return };
        if at_s <= now.last_passage_s {
            let later = now.last_passage_s + 1;
            return self.plan_event(later, Event::Enter { lot, stay_s });
        }
        if now.vacant() == 0 {
            if self.opened {
                self.truth.look().turn_away(&now.lot.code);
            }
            return;
        }
        let (plate, plate_kind) = self.plates.arrive(now.is_on_street(), &mut self.rng);
        let unplated = self.rng.happens(self.options.unplated_share) && now.takes_unplated(at_s);
        let (plate, plate_kind) = if unplated {
            self.plates.leave(&plate);
            (None, PlateKind::NONE)
        } else {
            (Some(plate), plate_kind)
        };
        self.cars_so_far += 1;
        let number = self.cars_so_far;
        let (seed, start) = (self.options.seed, self.options.start);
        let car = now.take_in(number, (at_s, stay_s), (plate, plate_kind), start, seed, &mut self.rng);
        if self.opened {
            self.truth.look().enter(&car.record_id, now.true_parking(&car));
            let passage = now.entry(&car);
            self.say(at_s, lot, &car, number, passage);
        }
        if let Some(charge) = car.charge {
            self.plan_event(charge.to_s, Event::Charged { car: number });
        }
        self.cars.insert(number, car);
        self.plan_event(at_s + stay_s, Event::Leave { lot, car: number });
    }

    /// The operator of the chargers says what the car took. Where there is none, nobody asks.
    fn charged(&mut self, at_s: i64, number: u64) {
        let Some(car) = self.cars.get(&number) else { return };
        let (Some(charge), Some(now)) = (car.charge, self.lots.get(car.lot)) else { return };
        if !self.opened || now.lot.operator.is_none() {
            return;
        }
        let order_no = format!("C{}", car.record_id);
        let record = charge.record(&now.lot, order_no, car.plate.clone());
        self.truth
            .look()
            .charge(&record, TrueCharge { lot: now.lot.code.clone(), parking: Some(car.record_id.clone()) });
        self.outgoing.push_back(Message::new(second(at_s), now.lot.clone(), Says::Charge(record)));
    }

    fn leave(&mut self, at_s: i64, lot: usize, number: u64) {
        let Some(now) = self.lots.get_mut(lot) else { return };
        if at_s <= now.last_passage_s {
            let later = now.last_passage_s + 1;
            return self.plan_event(later, Event::Leave { lot, car: number });
        }
        let opens_s = self.options.life.leaves_at(lot, at_s, number);
        if opens_s > at_s {
            return self.plan_event(opens_s, Event::Leave { lot, car: number });
        }
        let Some(car) = self.cars.remove(&number) else { return };
        if let Some(plate) = &car.plate {
            self.plates.leave(plate);
        }
        now.let_out(at_s, &car);
        if self.opened {
            self.truth.look().leave(&car.record_id, second(at_s));
            let passage = now.exit(&car, at_s);
            self.say(at_s, lot, &car, number, passage);
        }
    }

    fn say(&mut self, at_s: i64, lot: usize, car: &Car, number: u64, passage: Passage) {
        let Some(now) = self.lots.get(lot) else { return };
        let due = second(at_s);
        let photo = (share_of(self.options.seed, Purpose::Photos, number) < self.options.photos.at(due))
            .then(|| scene(now, car, &passage));
        let lot = now.lot.clone();
        let (within, apart) = if now.has_pictures_within { (photo, None) } else { (None, photo) };
        self.outgoing.push_back(Message { within, ..Message::new(due, lot.clone(), Says::Passage(passage)) });
        self.outgoing.extend(apart.map(|scene| Message::new(due, lot, Says::Photo(scene))));
    }
}

fn scene(now: &LotNow, car: &Car, passage: &Passage) -> Scene {
    let role = PhotoRole::from(passage.direction);
    Scene {
        record_id: car.record_id.clone(),
        role,
        at: passage.at,
        plate: car.plate.clone(),
        plate_kind: car.plate_kind,
        on_street: now.is_on_street(),
        lot_name: now.lot.name.clone(),
        where_exactly: passage.gate.clone().or(passage.berth.clone()).unwrap_or_default(),
        look: car.look,
    }
}

impl Iterator for Simulation {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        if !self.opened {
            self.open();
        }
        while self.outgoing.is_empty() {
            if !self.step() {
                return None;
            }
        }
        self.outgoing.pop_front()
    }
}

fn hour_after(at_s: i64) -> i64 {
    (at_s.div_euclid(3_600) + 1) * 3_600
}

/// Seconds since 1970 as a moment. Simulated time never leaves the centuries around us.
fn second(at_s: i64) -> Timestamp {
    Timestamp::from_second(at_s).unwrap_or_default()
}

/// The first part of the ids of a run's records: runs that start at different seconds never share an id.
pub(crate) fn run_stamp(start: Timestamp) -> String {
    let wall = moment::to_wall(start);
    format!(
        "{:02}{:02}{:02}{:02}{:02}{:02}",
        wall.year().rem_euclid(100),
        wall.month(),
        wall.day(),
        wall.hour(),
        wall.minute(),
        wall.second()
    )
}

impl LotNow {
    fn true_parking(&self, car: &Car) -> TrueParking {
        TrueParking {
            lot: self.lot.code.clone(),
            without_record_id: self.lot.pairs_by_plate(),
            plate: car.plate.clone(),
            plate_kind: car.plate_kind,
            entered_at: second(car.entered_s),
            exited_at: None,
            misread_in: None,
            misread_out: None,
        }
    }
}

#[cfg(test)]
mod tests;
