//! What makes weeks of a city unlike each other and is no fault: a holiday, roadworks, a concert, a lot that closes at
//! night, a quiet one, cars that stay for weeks.

use crate::plan::{CityLot, CityPlan, PlaceKind};
use crate::rng::{Purpose, Rng, share_of};
use bowei_model::LotKind;
use jiff::Timestamp;

const DAY_S: i64 = 24 * 3_600;
/// The most by which a spell makes a lot busier.
const BUSIER_MAX: f64 = 3.0;
/// A quiet lot has so many of its cars.
const QUIET: f64 = 0.15;
/// When a lot that closes at night opens and closes, in seconds of the day.
const OPEN_S: std::ops::Range<i64> = 6 * 3_600..22 * 3_600;
/// Of cars in a lot where people leave theirs, so many stay for so many days, at least and at most.
const LEFT_FOR_WEEKS: f64 = 0.01;
const WEEKS_DAYS: (f64, f64) = (6.0, 20.0);

/// What goes on in the city.
#[derive(Clone, Debug, Default)]
pub struct Life {
    seed: u64,
    spells: Vec<Spell>,
    closed_at_night: Option<usize>,
    quiet: Option<usize>,
    left_for_weeks: Option<usize>,
}

/// Some days, or hours, in which more cars come, or fewer: to one lot, or to all.
#[derive(Clone, Copy, Debug)]
struct Spell {
    lot: Option<usize>,
    from_s: i64,
    to_s: i64,
    factor: f64,
}

impl Life {
    /// Weeks of a city between two moments, of which the last two thirds have something going on.
    pub fn of(plan: &CityPlan, seed: u64, start: Timestamp, until: Timestamp) -> Self {
        let mut rng = Rng::numbered(seed, Purpose::LongStays, 0);
        let first_s = (start.as_second() + 8 * 3_600).div_euclid(DAY_S) * DAY_S - 8 * 3_600;
        let days = (until.as_second() - first_s) / DAY_S;
        let mut places: Vec<usize> = (0..plan.lots.len()).collect();
        let mut lot = |rng: &mut Rng, fits: fn(&CityLot) -> bool| {
            let of = |place: &usize| plan.lots.get(*place).is_some_and(|lot| fits(lot));
            let fitting: Vec<usize> = places.iter().copied().filter(of).collect();
            let chosen = *rng.one_of(&fitting)?;
            places.retain(|place| *place != chosen);
            Some(chosen)
        };
        let mut spells = Vec::new();
        let mut spell = |lot: Option<usize>, day: i64, (from_h, hours): (i64, i64), factor: f64| {
            let from_s = first_s + day * DAY_S + from_h * 3_600;
            spells.push(Spell { lot, from_s, to_s: from_s + hours * 3_600, factor });
        };
        let any = |_: &CityLot| true;
        // A holiday of three days: everybody is out.
        spell(None, days * 2 / 3, (0, 72), 1.3);
        // A street is dug up: few come.
        let dug_up = lot(&mut rng, any);
        spell(dug_up, days / 2, (7, 10 * 24), 0.3);
        // A concert: an evening's crowd.
        let stage = lot(&mut rng, |lot| matches!(lot.place, PlaceKind::Scenic | PlaceKind::Mall));
        if stage.is_some() {
            spell(stage, days * 3 / 4, (17, 4), BUSIER_MAX);
        }
        Self {
            seed,
            closed_at_night: lot(&mut rng, |lot| {
                matches!(lot.place, PlaceKind::Mall | PlaceKind::Office | PlaceKind::School)
            }),
            quiet: lot(&mut rng, any),
            left_for_weeks: lot(&mut rng, |lot| {
                lot.kind == LotKind::OffStreet && lot.place == PlaceKind::Residential
            }),
            spells: spells.into_iter().filter(|spell| days > 6 || spell.lot.is_some()).collect(),
        }
    }

    /// The most that [`Life::factor`] comes to.
    pub(super) fn factor_max(&self) -> f64 {
        self.spells.iter().map(|spell| spell.factor.max(1.0)).product()
    }

    /// How many times the usual number of cars come to a lot.
    pub(super) fn factor(&self, lot: usize, at_s: f64) -> f64 {
        let here = |spell: &&Spell| {
            spell.lot.is_none_or(|it| it == lot) && (spell.from_s as f64..spell.to_s as f64).contains(&at_s)
        };
        let usual = if self.quiet == Some(lot) { QUIET } else { 1.0 };
        let is_shut = self.is_shut(lot, at_s as i64);
        if is_shut {
            0.0
        } else {
            usual * self.spells.iter().filter(here).map(|spell| spell.factor).product::<f64>()
        }
    }

    fn is_shut(&self, lot: usize, at_s: i64) -> bool {
        self.closed_at_night == Some(lot) && !OPEN_S.contains(&(at_s + 8 * 3_600).rem_euclid(DAY_S))
    }

    /// When a car can leave that wants to at `at_s`: the `number`th within half an hour of the opening.
    pub(super) fn leaves_at(&self, lot: usize, at_s: i64, number: u64) -> i64 {
        if !self.is_shut(lot, at_s) {
            return at_s;
        }
        let local_s = at_s + 8 * 3_600;
        let day_s = local_s.div_euclid(DAY_S) * DAY_S
            + if local_s.rem_euclid(DAY_S) >= OPEN_S.end { DAY_S } else { 0 };
        day_s + OPEN_S.start - 8 * 3_600 + i64::try_from(number % 1_800).unwrap_or(0)
    }

    /// How long a car stays whose driver has gone away for long.
    pub(super) fn long_stay_s(&self, lot: usize, number: u64) -> Option<i64> {
        let share = share_of(self.seed, Purpose::LongStays, number);
        let (least, most) = WEEKS_DAYS;
        let days = least + (most - least) * share / LEFT_FOR_WEEKS;
        (self.left_for_weeks == Some(lot) && share < LEFT_FOR_WEEKS).then_some((days * DAY_S as f64) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanOptions;
    use jiff::SignedDuration;

    #[test]
    fn weeks_have_a_holiday_roadworks_a_concert_and_lots_of_their_own_kind() {
        let start: Timestamp = "2026-04-01T00:00:00+08:00".parse().unwrap();
        let plan = CityPlan::new(&PlanOptions { lots: 20, ..PlanOptions::default() }).unwrap();
        let life = Life::of(&plan, 5, start, start + SignedDuration::from_hours(24 * 21));
        let at = |day: i64, hour: i64| (start + SignedDuration::from_hours(24 * day + hour)).as_second();
        let factor = |lot: usize, day, hour| life.factor(lot, at(day, hour) as f64);
        let shut = life.closed_at_night.unwrap();
        assert!(factor(shut, 3, 3) < f64::EPSILON && factor(shut, 3, 12) > 0.0);
        assert_eq!(life.leaves_at(shut, at(3, 12), 7), at(3, 12));
        assert_eq!(life.leaves_at(shut, at(3, 23), 7), at(4, 6) + 7);
        assert_eq!(life.leaves_at(shut, at(4, 2), 7), at(4, 6) + 7);
        assert!(factor(life.quiet.unwrap(), 3, 12) < 0.2);
        let is_usual = |lot: &usize| Some(*lot) != life.quiet && *lot != shut && factor(*lot, 12, 12) > 0.9;
        let usual = (0..20).find(is_usual).unwrap();
        assert!(factor(usual, 14, 12) > 1.2 * factor(usual, 3, 12), "a holiday");
        assert!((0..20).any(|lot| factor(lot, 12, 12) < 0.31 && life.quiet != Some(lot)), "roadworks");
        assert!((0..20).any(|lot| factor(lot, 15, 19) > 2.9), "a concert");
        assert!((0..20).all(|lot| factor(lot, 15, 19) <= life.factor_max()));
        let left = life.left_for_weeks.unwrap();
        let stays: Vec<i64> = (0..10_000).filter_map(|number| life.long_stay_s(left, number)).collect();
        assert!((60..150).contains(&stays.len()), "{}", stays.len());
        assert!(stays.iter().all(|stay| (6 * DAY_S..=20 * DAY_S).contains(stay)));
        assert!((0..10_000).all(|number| life.long_stay_s(shut, number).is_none()));
        let nothing = Life::default();
        assert!((nothing.factor(3, 0.0) - 1.0).abs() < f64::EPSILON);
        assert!((nothing.factor_max() - 1.0).abs() < f64::EPSILON);
    }
}
