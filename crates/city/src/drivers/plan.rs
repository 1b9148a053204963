//! Who reserves where and when, what comes of it, and how lots behave.

use crate::plan::{CityLot, CityPlan, HeartbeatOf, Records};
use crate::plates::PlateMaker;
use crate::rng::{Purpose, Rng};
use bowei_model::{LotKind, Plate, PlateKind};
use bowei_standards::by_name;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Spaces that a lot lets be reserved: few, so that drivers wait for one another.
const GRANTED: [u32; 3] = [2, 3, 4];
/// Drivers an hour at each lot: more than its spaces serve.
const DRIVERS_PER_HOUR: f64 = 5.0;
/// Who waits where there is no space.
const WAITS_SHARE: f64 = 0.7;
/// How far ahead is reserved, in minutes: a city's rules allow two hours.
const AHEAD_MINUTES: (f64, f64) = (25.0, 115.0);
/// The same for whoever does something long before the window.
const AHEAD_OF_EARLY_MINUTES: (f64, f64) = (80.0, 115.0);

/// Orders of one who does not come again and again, in a day: as many as a city's rules allow.
const REPEATED: u32 = 2;
/// What becomes of the last one of them, and whether he objects to it: one who does not, one who is wrong, one who is right.
const REPEATERS: [(Conduct, bool); 3] =
    [(Conduct::StaysAway, false), (Conduct::StaysAway, true), (Conduct::Unreported, true)];
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What a driver does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conduct {
    /// Comes in the window.
    Comes,
    /// Comes before it, and stays.
    ComesEarly,
    /// Comes after it.
    ComesLate,
    /// Does not come.
    StaysAway,
    /// Comes in the window with another car.
    OtherCar,
    /// Calls off in time.
    Cancels,
    /// Calls off so late that it counts.
    CancelsLate,
    /// Changes the time, from a page that is out of date first, and comes.
    Changes,
    /// Comes in the window, and the lot sees and says nothing of it.
    Unreported,
}

/// How often each is.
const CONDUCTS: [(f64, Conduct); 8] = [
    (36.0, Conduct::Comes),
    (8.0, Conduct::ComesEarly),
    (8.0, Conduct::ComesLate),
    (12.0, Conduct::StaysAway),
    (8.0, Conduct::OtherCar),
    (10.0, Conduct::Cancels),
    (8.0, Conduct::CancelsLate),
    (12.0, Conduct::Changes),
];

/// What a lot's system makes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// Answers.
    Prompt,
    /// Takes it, and answers only when it is asked again.
    Late,
    /// Takes it when its driver has called it off, and says so then.
    TooLate,
    /// Answers twice; one that is called says that it has it already.
    Twice,
    /// Never answers, and keeps nothing.
    Never,
    /// Answers twice what no text has, then as it should.
    Garbled,
    /// Refuses the plate.
    Refuses,
    /// Has no space when it is asked first.
    Full,
    /// Takes it, and calls it off.
    CallsOff,
}

const MANNERS: [(f64, Manner); 9] = [
    (56.0, Manner::Prompt),
    (8.0, Manner::Late),
    (5.0, Manner::TooLate),
    (6.0, Manner::Twice),
    (5.0, Manner::Never),
    (6.0, Manner::Garbled),
    (4.0, Manner::Refuses),
    (5.0, Manner::Full),
    (5.0, Manner::CallsOff),
];

/// A lot that can be reserved.
#[derive(Clone, Debug)]
pub struct ReservableLot {
    /// The lot.
    pub lot: Arc<CityLot>,
    /// How many spaces it lets be reserved.
    pub granted: u32,
    /// Whether the platform calls it; otherwise its gateway asks.
    pub is_called: bool,
    /// Whether it shows signs of life: of one that shows none nothing is proven.
    pub is_heard: bool,
}

/// A driver with what he means to do.
#[derive(Clone, Debug)]
pub struct Driver {
    /// Which lot, by its place in the plan's list.
    pub lot: usize,
    /// His car.
    pub plate: Plate,
    /// Its kind.
    pub plate_kind: PlateKind,
    /// The other car, of one who comes with it.
    pub other_car: Plate,
    /// When he reserves.
    pub asks_at: Timestamp,
    /// For when.
    pub enter_at: Timestamp,
    /// Whether he waits where there is no space.
    pub waits: bool,
    /// What he does.
    pub conduct: Conduct,
    /// What the lot makes of it.
    pub manner: Manner,
    /// Of one who comes in the window: so many minutes after the time booked.
    pub offset: SignedDuration,
    /// How long he stays.
    pub stays: SignedDuration,
    /// Whether he objects to it if he is told that he did not come.
    pub objects: bool,
    /// Whether he reserves anew the day after.
    pub returns: bool,
    /// Whether his plate is suspended when he reserves.
    pub is_suspended: bool,
}

/// When, and how long.
#[derive(Clone, Copy, Debug)]
pub struct DriversOptions {
    /// The seed of everything.
    pub seed: u64,
    /// When the first ones reserve.
    pub start: Timestamp,
    /// For so long others do.
    pub hours: f64,
}

/// Everything that is meant to happen.
#[derive(Clone, Debug)]
pub struct DriversPlan {
    /// The lots.
    pub lots: Vec<ReservableLot>,
    /// The drivers, by when they reserve.
    pub drivers: Vec<Driver>,
    /// See [`DriversOptions`].
    pub options: DriversOptions,
}

impl DriversPlan {
    /// Plans it for lots off the street whose passages have numbers.
    pub fn new(plan: &CityPlan, options: DriversOptions) -> Self {
        let mut rng = Rng::new(options.seed, Purpose::Reservations);
        let mut has_unheard = false;
        let lots: Vec<_> = plan
            .lots
            .iter()
            .filter(|lot| lot.kind == LotKind::OffStreet)
            .filter(|lot| lot.speaks().is_some_and(|speaks| speaks.records == Records::Numbered))
            .map(|lot| {
                let is_called = by_name(lot.standard).is_some_and(|it| it.downlink().is_some());
                let lives_alone = lot.speaks().is_some_and(|it| it.heartbeat == HeartbeatOf::EachLot);
                // One is enough to see that nothing is proven there.
                let is_heard = is_called || !lives_alone || std::mem::replace(&mut has_unheard, true);
                let granted = rng.one_of(&GRANTED).copied().unwrap_or(2);
                ReservableLot { lot: Arc::clone(lot), granted, is_called, is_heard }
            })
            .collect();
        let mut plates = PlateMaker::default();
        let mut drivers = Vec::new();
        let mut others = Rng::numbered(options.seed, Purpose::Reservations, 2);
        let of_note = lots.iter().enumerate().filter(|(_, lot)| lot.is_heard && lot.granted > REPEATED);
        for ((lot, _), repeater) in of_note.zip(REPEATERS.into_iter().cycle()) {
            drivers.extend(repeated((lot, repeater), options.start, &mut plates, &mut others));
        }
        for (lot, reservable) in lots.iter().enumerate() {
            let number = (options.hours * DRIVERS_PER_HOUR).round().max(1.0) as usize;
            drivers.extend((0..number).map(|_| driver((lot, reservable), options, &mut plates, &mut rng)));
        }
        drivers.sort_by_key(|driver| (driver.asks_at, driver.plate.clone()));
        Self { lots, drivers, options }
    }

    /// The day after, of which these plates are suspended: whoever did not come again and again reserves anew, and would come.
    pub fn day_after(&self, suspended: &BTreeSet<Plate>) -> Self {
        let options = DriversOptions { start: self.options.start + DAY, ..self.options };
        let returns = self.drivers.iter().filter(|driver| driver.returns);
        let drivers = returns.map(|driver| Driver {
            asks_at: driver.asks_at + DAY,
            enter_at: driver.enter_at + DAY,
            conduct: Conduct::Comes,
            objects: false,
            returns: false,
            is_suspended: suspended.contains(&driver.plate),
            ..driver.clone()
        });
        Self { lots: self.lots.clone(), drivers: drivers.collect(), options }
    }
}

/// Both orders of one who does not come twice a day, as far as the lot knows.
fn repeated(
    (lot, (last, objects)): (usize, (Conduct, bool)),
    start: Timestamp,
    plates: &mut PlateMaker,
    rng: &mut Rng,
) -> [Driver; REPEATED as usize] {
    let (plate, plate_kind) = plates.arrive(false, rng);
    let (other_car, _) = plates.arrive(false, rng);
    // Before all others, and with windows that do not meet.
    [(1, 35, Conduct::StaysAway, false), (2, 105, last, objects)].map(|(second, minute, conduct, objects)| {
        Driver {
            lot,
            plate: plate.clone(),
            plate_kind,
            other_car: other_car.clone(),
            asks_at: start + SignedDuration::from_secs(second),
            enter_at: start + SignedDuration::from_mins(minute),
            waits: false,
            conduct,
            manner: Manner::Prompt,
            offset: SignedDuration::from_mins(5),
            stays: SignedDuration::from_mins(20),
            objects,
            returns: second == 1,
            is_suspended: false,
        }
    })
}

fn driver(
    (lot, reservable): (usize, &ReservableLot),
    options: DriversOptions,
    plates: &mut PlateMaker,
    rng: &mut Rng,
) -> Driver {
    let (plate, plate_kind) = plates.arrive(false, rng);
    let (other_car, _) = plates.arrive(false, rng);
    let mut conduct = rng.weighted(&CONDUCTS).copied().unwrap_or(Conduct::Comes);
    let mut manner = rng.weighted(&MANNERS).copied().unwrap_or(Manner::Prompt);
    // What only one that asks can do: a called lot answers when it is called, or not at all.
    if reservable.is_called && matches!(manner, Manner::TooLate | Manner::CallsOff) {
        manner = Manner::Late;
    }
    if manner == Manner::TooLate {
        conduct = Conduct::Cancels;
    }
    let seconds =
        |low: f64, high: f64, rng: &mut Rng| SignedDuration::from_secs(rng.between(low, high) as i64);
    let asks_at = options.start + seconds(60.0, options.hours * 3_600.0, rng);
    let (low, high) = if conduct == Conduct::ComesEarly { AHEAD_OF_EARLY_MINUTES } else { AHEAD_MINUTES };
    Driver {
        lot,
        plate,
        plate_kind,
        other_car,
        asks_at,
        enter_at: asks_at + seconds(low * 60.0, high * 60.0, rng),
        waits: rng.happens(WAITS_SHARE),
        conduct,
        manner,
        offset: seconds(-20.0 * 60.0, 25.0 * 60.0, rng),
        stays: seconds(10.0 * 60.0, 60.0 * 60.0, rng),
        objects: false,
        returns: false,
        is_suspended: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanOptions;

    #[test]
    fn the_same_seed_is_the_same_drivers_and_everything_is_in_it() {
        let plan = CityPlan::new(&PlanOptions { lots: 24, ..PlanOptions::default() }).unwrap();
        let start: Timestamp = "2026-04-01T09:00:00+08:00".parse().unwrap();
        let planned = |seed| DriversPlan::new(&plan, DriversOptions { seed, start, hours: 4.0 });
        let shown = |planned: &DriversPlan| format!("{:?}", planned.drivers);
        let once = planned(7);
        assert_eq!(shown(&once), shown(&planned(7)));
        assert_ne!(shown(&once), shown(&planned(8)));
        let conducts: BTreeSet<_> = once.drivers.iter().map(|driver| driver.conduct).collect();
        let manners: BTreeSet<_> = once.drivers.iter().map(|driver| driver.manner).collect();
        assert_eq!((conducts.len(), manners.len()), (CONDUCTS.len() + 1, MANNERS.len()));
        let plates: BTreeSet<_> = once.drivers.iter().map(|driver| driver.plate.clone()).collect();
        let next = once.day_after(&plates);
        assert!(
            next.drivers.len() >= REPEATERS.len() && next.drivers.iter().all(|driver| driver.is_suspended)
        );
        assert_eq!(plates.len() + next.drivers.len(), once.drivers.len(), "each drives a car of his own");
        assert!(once.lots.iter().any(|lot| lot.is_called) && once.lots.iter().any(|lot| !lot.is_called));
        assert_eq!(once.lots.iter().filter(|lot| !lot.is_heard).count(), 1);
    }
}
