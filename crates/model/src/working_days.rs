//! Working days (工作日): weekdays, but for the public holidays and with the moved working days that the State Council
//! announces late in the year before.

use jiff::civil::{Date, Weekday, date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest term that is counted, in days: terms of the measures are at most sixty.
const DAYS_MAX: u32 = 3_660;

/// A year's days that are other than the week says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearOfDays {
    /// Holidays, those that fall on weekends among them or not.
    pub off: Vec<Date>,
    /// Saturdays and Sundays that are worked.
    #[serde(default)]
    pub worked: Vec<Date>,
}

/// The years that were announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar(BTreeMap<i16, YearOfDays>);

impl Default for Calendar {
    /// Those that had been announced when this version was made: 2025 and 2026.
    fn default() -> Self {
        let run = |month, first, last| (first..=last).map(move |day| (month, day));
        let of = |year: i16, off: Vec<(i8, i8)>, worked: &[(i8, i8)]| {
            let dates =
                |days: &[(i8, i8)]| days.iter().map(|(month, day)| date(year, *month, *day)).collect();
            (year, YearOfDays { off: dates(&off), worked: dates(worked) })
        };
        let of_2025 = [(1, 1), (5, 31)].into_iter();
        let of_2025 =
            of_2025.chain(run(1, 28, 31)).chain(run(2, 1, 4)).chain(run(4, 4, 6)).chain(run(5, 1, 5));
        let of_2025 = of_2025.chain(run(6, 1, 2)).chain(run(10, 1, 8));
        let of_2026 = run(1, 1, 3).chain(run(2, 15, 23)).chain(run(4, 4, 6)).chain(run(5, 1, 5));
        let of_2026 = of_2026.chain(run(6, 19, 21)).chain(run(9, 25, 27)).chain(run(10, 1, 7));
        Self(BTreeMap::from([
            of(2025, of_2025.collect(), &[(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)]),
            of(2026, of_2026.collect(), &[(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]),
        ]))
    }
}

impl Calendar {
    /// The same with other years, each in place of what was known of it.
    #[must_use]
    pub fn with(mut self, years: BTreeMap<i16, YearOfDays>) -> Self {
        self.0.extend(years);
        self
    }

    /// Whether the year was announced. Of one that was not, Saturdays and Sundays alone are known.
    pub fn knows(&self, year: i16) -> bool {
        self.0.contains_key(&year)
    }

    /// Whether the day is worked.
    pub fn is_worked(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        match self.0.get(&day.year()) {
            Some(year) if weekend => year.worked.contains(&day),
            Some(year) => !year.off.contains(&day),
            None => !weekend,
        }
    }

    /// The day on which a term of so many working days ends: the day it begins on does not count.
    pub fn after(&self, begins: Date, working_days: u32) -> Date {
        let (mut day, mut left) = (begins, working_days.min(DAYS_MAX));
        while left > 0 {
            let Ok(next) = day.tomorrow() else { return day };
            day = next;
            left -= u32::from(self.is_worked(day));
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moved_days_are_worked_and_holidays_are_not() {
        let calendar = Calendar::default();
        let worked =
            [date(2026, 2, 14), date(2026, 2, 28), date(2026, 10, 10), date(2026, 11, 27), date(2025, 9, 28)];
        assert!(worked.into_iter().all(|day| calendar.is_worked(day)));
        let off =
            [date(2026, 2, 16), date(2026, 10, 7), date(2026, 11, 28), date(2025, 5, 31), date(2025, 10, 8)];
        assert!(off.into_iter().all(|day| !calendar.is_worked(day)));
    }

    #[test]
    fn a_term_leaves_out_what_is_not_worked_and_the_day_it_begins_on() {
        let calendar = Calendar::default();
        // The last day before 春节 2026 that is worked is Saturday the 14th; the next is Tuesday the 24th.
        assert_eq!(calendar.after(date(2026, 2, 13), 1), date(2026, 2, 14));
        assert_eq!(calendar.after(date(2026, 2, 13), 2), date(2026, 2, 24));
        assert_eq!(calendar.after(date(2026, 2, 13), 0), date(2026, 2, 13));
        assert_eq!(calendar.after(date(2026, 11, 27), 5), date(2026, 12, 4));
    }

    #[test]
    fn of_a_year_that_was_not_announced_weekends_alone_are_known() {
        let calendar = Calendar::default();
        assert!(!calendar.knows(2031) && calendar.is_worked(date(2031, 10, 1)));
        let years = BTreeMap::from([(2031, YearOfDays { off: vec![date(2031, 10, 1)], worked: vec![] })]);
        let calendar = calendar.with(years);
        assert!(calendar.knows(2031) && !calendar.is_worked(date(2031, 10, 1)) && calendar.knows(2026));
    }
}
