//! When cars come to what kind of place and how long they stay. Made up to be plausible, not measured: a hospital
//! is full at nine, a mall in the evening, an estate at night, and weekends differ.

use crate::plan::PlaceKind;
use crate::rng::Rng;

/// How often cars come, hour by hour from 0:00: weights, of which only the proportions count.
type Curve = [f64; 24];

/// One way of staying.
#[derive(Clone, Copy, Debug)]
struct Stay {
    /// Half of the stays are shorter.
    median_min: f64,
    /// The deviation of its logarithm.
    spread: f64,
}

/// The demand of a kind of place.
struct Demand {
    /// Cars a day for every space: on weekdays and on weekends.
    turnover: [f64; 2],
    /// The curve of weekdays and of weekends.
    curves: [Curve; 2],
    /// How they stay: weight and length.
    stays: [(f64, Stay); 2],
}

const fn stay(median_min: f64, spread: f64) -> Stay {
    Stay { median_min, spread }
}

/// Nobody is in and out in less: a barrier has to open twice.
pub(crate) const STAY_MIN_S: i64 = 150;
/// A car that stays longer is no visitor.
pub(crate) const STAY_MAX_S: i64 = 40 * 3_600;

#[rustfmt::skip]
mod curves {
    use super::Curve;
    pub(super) const HOSPITAL: Curve = [3., 2., 2., 2., 3., 10., 40., 90., 100., 85., 65., 40., 35., 60., 58., 45., 30., 22., 20., 16., 12., 8., 6., 4.];
    pub(super) const STATION: Curve = [6., 3., 2., 2., 8., 30., 55., 65., 62., 58., 55., 52., 55., 58., 60., 65., 75., 85., 80., 65., 55., 48., 35., 15.];
    pub(super) const MALL: Curve = [2., 1., 1., 1., 1., 1., 4., 12., 20., 45., 62., 70., 62., 58., 60., 62., 70., 90., 100., 82., 48., 20., 8., 4.];
    pub(super) const MALL_WEEKEND: Curve = [3., 1., 1., 1., 1., 1., 4., 12., 30., 65., 88., 92., 82., 95., 98., 92., 88., 96., 100., 78., 45., 22., 10., 5.];
    pub(super) const SCHOOL: Curve = [1., 0., 0., 0., 1., 4., 50., 100., 30., 14., 12., 20., 22., 20., 20., 85., 95., 40., 20., 14., 12., 6., 3., 1.];
    pub(super) const WEEKEND_CLASSES: Curve = [1., 0., 0., 0., 0., 2., 8., 30., 60., 40., 30., 20., 25., 50., 40., 25., 20., 18., 16., 10., 6., 3., 2., 1.];
    pub(super) const OLD_TOWN: Curve = [5., 3., 2., 2., 3., 8., 22., 45., 58., 62., 64., 66., 56., 55., 58., 60., 72., 88., 92., 84., 62., 38., 20., 10.];
    pub(super) const OFFICE: Curve = [1., 1., 0., 0., 1., 4., 22., 90., 100., 45., 25., 18., 24., 40., 28., 20., 14., 10., 8., 5., 3., 2., 1., 1.];
    pub(super) const OFFICE_WEEKEND: Curve = [1., 1., 0., 0., 1., 3., 8., 20., 30., 28., 22., 18., 18., 20., 18., 15., 12., 10., 8., 5., 3., 2., 1., 1.];
    pub(super) const HOME: Curve = [8., 4., 2., 2., 2., 4., 10., 16., 18., 20., 24., 36., 34., 24., 24., 32., 58., 96., 100., 84., 66., 52., 34., 18.];
    pub(super) const SCENIC: Curve = [1., 1., 1., 1., 1., 3., 12., 35., 75., 95., 100., 80., 62., 66., 58., 42., 28., 22., 20., 14., 8., 4., 2., 1.];
    pub(super) const MARKET: Curve = [3., 2., 3., 12., 45., 85., 100., 95., 80., 66., 55., 42., 32., 34., 40., 52., 62., 50., 30., 20., 14., 8., 5., 3.];
}

fn demand(place: PlaceKind) -> Demand {
    use curves as c;
    let (turnover, curves, stays) = match place {
        PlaceKind::Hospital => {
            ([5.0, 3.2], [c::HOSPITAL, c::HOSPITAL], [(0.88, stay(85.0, 0.7)), (0.12, stay(420.0, 0.6))])
        }
        PlaceKind::Station => {
            ([5.5, 6.0], [c::STATION, c::STATION], [(0.76, stay(18.0, 0.6)), (0.24, stay(560.0, 0.8))])
        }
        PlaceKind::Mall => {
            ([3.4, 5.2], [c::MALL, c::MALL_WEEKEND], [(0.9, stay(105.0, 0.6)), (0.1, stay(240.0, 0.5))])
        }
        PlaceKind::School => {
            ([4.5, 1.8], [c::SCHOOL, c::WEEKEND_CLASSES], [(0.85, stay(16.0, 0.7)), (0.15, stay(500.0, 0.3))])
        }
        PlaceKind::OldTown => {
            ([6.5, 7.5], [c::OLD_TOWN, c::OLD_TOWN], [(0.85, stay(48.0, 0.8)), (0.15, stay(300.0, 0.7))])
        }
        PlaceKind::Office => {
            ([2.4, 0.9], [c::OFFICE, c::OFFICE_WEEKEND], [(0.3, stay(520.0, 0.25)), (0.7, stay(50.0, 0.7))])
        }
        PlaceKind::Residential => {
            ([1.9, 1.8], [c::HOME, c::HOME], [(0.6, stay(690.0, 0.35)), (0.4, stay(70.0, 0.8))])
        }
        PlaceKind::Scenic => {
            ([1.6, 3.0], [c::SCENIC, c::SCENIC], [(0.9, stay(165.0, 0.5)), (0.1, stay(400.0, 0.5))])
        }
        PlaceKind::Market => {
            ([8.0, 9.0], [c::MARKET, c::MARKET], [(0.85, stay(32.0, 0.7)), (0.15, stay(330.0, 0.6))])
        }
    };
    Demand { turnover, curves, stays }
}

/// The arrivals at one lot: a Poisson process whose rate follows the day.
#[derive(Debug)]
pub(crate) struct Arrivals {
    place: PlaceKind,
    /// Cars a second at the middle of each hour: weekdays, weekends.
    rates: [Curve; 2],
    max: f64,
}

impl Arrivals {
    pub(crate) fn new(place: PlaceKind, spaces_total: u32, busyness: f64) -> Self {
        let Demand { turnover, curves, .. } = demand(place);
        let mut rates = curves;
        for (curve, turnover) in rates.iter_mut().zip(turnover) {
            let total: f64 = curve.iter().sum();
            let a_day = f64::from(spaces_total) * turnover * busyness;
            curve.iter_mut().for_each(|weight| *weight *= a_day / total / 3_600.0);
        }
        let max = rates.iter().flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
        Self { place, rates, max }
    }

    /// Cars a second at `second` since 1970, by the wall clock of UTC+08:00: straight lines between the middles of
    /// hours.
    pub(crate) fn rate(&self, second: f64) -> f64 {
        let local = second + 8.0 * 3_600.0;
        let day = (local / 86_400.0).floor();
        let hour = (local - day * 86_400.0) / 3_600.0 - 0.5;
        let share = hour - hour.floor();
        // Before half past midnight the hour before belongs to yesterday, which may be another kind of day.
        let at = |hour: f64| {
            let day = day + (hour / 24.0).floor();
            let curve = if is_weekend(day) { &self.rates[1] } else { &self.rates[0] };
            curve.get(hour.rem_euclid(24.0) as usize).copied().unwrap_or_default()
        };
        at(hour.floor()) * (1.0 - share) + at(hour.floor() + 1.0) * share
    }

    /// The next arrival after `second`: candidates at the highest rate, each kept as likely as the rate then is. `factor`
    /// says how many times as many cars come at a moment, and the most that this is.
    pub(crate) fn next_after(
        &self,
        second: f64,
        (most, factor): (f64, impl Fn(f64) -> f64),
        rng: &mut Rng,
    ) -> f64 {
        let (mut at, max) = (second, self.max * most);
        loop {
            at += rng.wait_s(max);
            if rng.share() * max < self.rate(at) * factor(at) {
                return at;
            }
        }
    }

    /// The share of the spaces whose cars were there before anybody looked: those of residents, of staff, of travellers.
    pub(crate) fn resident_share(&self) -> f64 {
        match self.place {
            PlaceKind::Residential => 0.2,
            PlaceKind::Station => 0.1,
            PlaceKind::Hospital | PlaceKind::OldTown => 0.06,
            PlaceKind::Office | PlaceKind::School | PlaceKind::Mall => 0.03,
            PlaceKind::Scenic | PlaceKind::Market => 0.02,
        }
    }

    /// How long a car that comes stays, in seconds.
    pub(crate) fn stay_s(&self, rng: &mut Rng) -> i64 {
        let stays = demand(self.place).stays;
        let Some(stay) = rng.weighted(&stays) else { return STAY_MIN_S };
        let seconds = (rng.around(stay.median_min, stay.spread) * 60.0) as i64;
        seconds.clamp(STAY_MIN_S, STAY_MAX_S)
    }
}

/// 1970-01-01 was a Thursday.
fn is_weekend(day: f64) -> bool {
    matches!((day + 4.0).rem_euclid(7.0) as u8, 0 | 6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;
    use bowei_model::moment;

    fn at(day: i8, hour: i8) -> f64 {
        moment::from_wall(jiff::civil::date(2026, 4, day).at(hour, 30, 0, 0)).unwrap().as_second() as f64
    }

    /// Wednesday and Saturday.
    const WEEKDAY: i8 = 1;
    const WEEKEND: i8 = 4;

    #[test]
    fn offices_fill_in_the_morning_and_malls_at_weekends() {
        let office = Arrivals::new(PlaceKind::Office, 400, 1.0);
        assert!(office.rate(at(WEEKDAY, 8)) > 8.0 * office.rate(at(WEEKDAY, 16)) / 2.0);
        assert!(office.rate(at(WEEKDAY, 8)) > 3.0 * office.rate(at(WEEKEND, 8)));
        let mall = Arrivals::new(PlaceKind::Mall, 400, 1.0);
        assert!(mall.rate(at(WEEKEND, 14)) > 1.5 * mall.rate(at(WEEKDAY, 14)));
        let home = Arrivals::new(PlaceKind::Residential, 400, 1.0);
        assert!(home.rate(at(WEEKDAY, 18)) > 3.0 * home.rate(at(WEEKDAY, 9)));
    }

    #[test]
    fn a_day_brings_as_many_cars_as_the_turnover_says() {
        let mut rng = Rng::new(5, Purpose::Traffic);
        let arrivals = Arrivals::new(PlaceKind::Hospital, 500, 1.0);
        let (mut second, end, mut cars) = (at(WEEKDAY, 0) - 1_800.0, at(WEEKDAY, 23) + 1_800.0, 0);
        loop {
            second = arrivals.next_after(second, (1.0, |_| 1.0), &mut rng);
            if second > end {
                break;
            }
            cars += 1;
        }
        assert!((2_300..2_700).contains(&cars), "{cars} cars at 500 spaces of turnover 5");
    }

    #[test]
    fn rates_are_smooth_over_midnight() {
        let station = Arrivals::new(PlaceKind::Station, 500, 1.0);
        let midnight = at(WEEKDAY, 23) + 1_800.0;
        let step = (station.rate(midnight + 1.0) - station.rate(midnight - 1.0)).abs();
        assert!(step < 0.01 * station.max, "{step}");
    }

    #[test]
    fn people_stay_at_the_office_longer_than_at_the_market() {
        let mean = |place| {
            let mut rng = Rng::new(1, Purpose::Traffic);
            let arrivals = Arrivals::new(place, 100, 1.0);
            (0..2_000).map(|_| arrivals.stay_s(&mut rng)).sum::<i64>() / 2_000
        };
        assert!(mean(PlaceKind::Office) > 2 * mean(PlaceKind::Market));
    }
}
