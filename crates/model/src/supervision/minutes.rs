//! Minutes of a day.

use crate::moment;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::{BitAnd, BitOr, Not, Sub};

/// Minutes in a day: clocks are not changed in UTC+08:00.
const IN_A_DAY: usize = 1_440;
/// Minutes in an hour, which a word has.
const IN_AN_HOUR: usize = 60;
const HOUR: u64 = (1 << IN_AN_HOUR) - 1;

/// A set of the minutes of one day by the wall clock: when something was heard, away, or announced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minutes {
    /// A word an hour, its lowest bit the hour's first minute.
    hours: [u64; IN_A_DAY / IN_AN_HOUR],
}

impl Minutes {
    /// None of them.
    pub const NONE: Self = Self { hours: [0; 24] };
    /// All of them.
    pub const ALL: Self = Self { hours: [HOUR; 24] };

    /// The hour since 1970 that a moment is in, by the wall clock, and the bit of its minute: how sets are kept.
    pub fn hour_and_bit(at: Timestamp) -> (i64, u64) {
        let minute = moment::wall_seconds(at).div_euclid(60);
        let in_hour = IN_AN_HOUR as i64;
        (minute.div_euclid(in_hour), 1 << minute.rem_euclid(in_hour))
    }

    /// The first of the hours since 1970 that a day has.
    pub fn first_hour(day: Date) -> i64 {
        moment::start_of_date(day).map_or(0, |at| Self::hour_and_bit(at).0)
    }

    /// Takes in minutes of an hour of the day, 0 to 23, as [`Minutes::hour_and_bit`] has them.
    pub fn add_hour(&mut self, hour: usize, bits: u64) {
        if let Some(word) = self.hours.get_mut(hour) {
            *word |= bits & HOUR;
        }
    }

    /// Takes in a minute of the day, 0 to 1439.
    pub fn add(&mut self, minute: usize) {
        self.add_hour(minute / IN_AN_HOUR, 1 << (minute % IN_AN_HOUR));
    }

    /// The minutes of `day` that are touched from `from` on until before `to`.
    pub fn between(day: Date, from: Timestamp, to: Timestamp) -> Self {
        let mut minutes = Self::NONE;
        let Some(start) = moment::start_of_date(day) else {
            return minutes;
        };
        for minute in 0..IN_A_DAY {
            let begins = start + SignedDuration::from_mins(minute as i64);
            if begins < to && begins + SignedDuration::from_mins(1) > from {
                minutes.add(minute);
            }
        }
        minutes
    }

    /// Whether a minute of the day, 0 to 1439, is among them.
    pub fn contains(&self, minute: usize) -> bool {
        self.hours.get(minute / IN_AN_HOUR).is_some_and(|word| word >> (minute % IN_AN_HOUR) & 1 == 1)
    }

    /// How many.
    pub fn count(&self) -> u32 {
        self.hours.iter().map(|word| word.count_ones()).sum()
    }

    /// They with the `more` minutes that follow each of them: what a sign of life every so often covers.
    pub fn extended(&self, more: usize) -> Self {
        let mut extended = Self::NONE;
        for minute in (0..IN_A_DAY).filter(|minute| self.contains(*minute)) {
            (minute..=minute + more.min(IN_A_DAY)).for_each(|minute| extended.add(minute));
        }
        extended
    }

    /// Stretches of minutes that follow each other: the first, and how many.
    pub fn runs(&self) -> impl Iterator<Item = (usize, usize)> {
        let mut minute = 0;
        std::iter::from_fn(move || {
            while minute < IN_A_DAY && !self.contains(minute) {
                minute += 1;
            }
            let first = minute;
            while self.contains(minute) {
                minute += 1;
            }
            (minute > first).then_some((first, minute - first))
        })
    }

    fn each(mut self, other: Self, of: impl Fn(u64, u64) -> u64) -> Self {
        for (word, other) in self.hours.iter_mut().zip(other.hours) {
            *word = of(*word, other) & HOUR;
        }
        self
    }
}

impl BitOr for Minutes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.each(other, |a, b| a | b)
    }
}

impl BitAnd for Minutes {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.each(other, |a, b| a & b)
    }
}

impl Sub for Minutes {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.each(other, |a, b| a & !b)
    }
}

/// As stretches of minutes, each its first one and how many: `[[480,5],[1439,1]]`.
impl Serialize for Minutes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.runs())
    }
}

impl<'de> Deserialize<'de> for Minutes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut minutes = Self::NONE;
        for (first, count) in Vec::<(usize, usize)>::deserialize(deserializer)? {
            let end = first.checked_add(count).filter(|end| *end <= IN_A_DAY);
            let end =
                end.ok_or_else(|| serde::de::Error::custom("minutes beyond the day, which has 1440"))?;
            (first..end).for_each(|minute| minutes.add(minute));
        }
        Ok(minutes)
    }
}

impl Not for Minutes {
    type Output = Self;

    fn not(self) -> Self {
        Self::ALL - self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn minutes_are_those_of_the_wall_clock() {
        let at = "2026-04-01T00:07:59+08:00".parse().unwrap();
        let (hour, bit) = Minutes::hour_and_bit(at);
        assert_eq!((hour - Minutes::first_hour(date(2026, 4, 1)), bit), (0, 1 << 7));
        let to = "2026-04-02T03:00:00+08:00".parse().unwrap();
        let from = "2026-04-01T23:58:30+08:00".parse().unwrap();
        let last = Minutes::between(date(2026, 4, 1), from, to);
        assert_eq!(last.runs().collect::<Vec<_>>(), [(1_438, 2)]);
        assert_eq!(Minutes::between(date(2026, 4, 2), from, to).count(), 180);
    }

    #[test]
    fn a_sign_of_life_covers_what_follows() {
        let mut heard = Minutes::NONE;
        [0, 5, 58, 1_438].into_iter().for_each(|minute| heard.add(minute));
        let covered = heard.extended(4);
        assert_eq!(covered.runs().collect::<Vec<_>>(), [(0, 10), (58, 5), (1_438, 2)]);
        assert_eq!((!covered).count() + covered.count(), 1_440);
        assert_eq!((covered - heard).count(), covered.count() - 4);
        assert_eq!((covered & !covered | Minutes::NONE), Minutes::NONE);
    }
}
