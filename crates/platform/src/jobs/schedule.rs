//! When a job is done.

use bowei_model::moment;
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// A stretch of time whose work is done once, from when it has begun: `from` belongs to it, `to` to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Period {
    /// Its beginning.
    pub(crate) from: Timestamp,
    /// Its end.
    pub(crate) to: Timestamp,
}

/// When a job is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Every so many minutes from the full hour on: of 60 a divisor.
    Minutes(u8),
    /// Every hour.
    Hourly,
    /// Every day, from this hour on, UTC+08:00.
    Daily {
        /// 0 to 23.
        hour: u8,
    },
}

impl Schedule {
    /// The period that `now` is in.
    pub(crate) fn period_at(&self, now: Timestamp) -> Period {
        let every = |length: SignedDuration| {
            let seconds = length.as_secs().max(1);
            let from = Timestamp::from_second(now.as_second().div_euclid(seconds) * seconds).unwrap_or(now);
            Period { from, to: from.saturating_add(length).unwrap_or(Timestamp::MAX) }
        };
        match self {
            Self::Minutes(minutes) => every(SignedDuration::from_mins(i64::from(*minutes).max(1))),
            Self::Hourly => every(SignedDuration::from_hours(1)),
            Self::Daily { hour } => {
                let into = SignedDuration::from_hours(i64::from(*hour));
                let day = moment::day(now.saturating_sub(into).unwrap_or(now));
                let later = |at: Timestamp| at.saturating_add(into).unwrap_or(at);
                let whole_day = every(SignedDuration::from_hours(24));
                moment::span_of_day(day)
                    .map_or(whole_day, |(from, to)| Period { from: later(from), to: later(to) })
            }
        }
    }

    /// The period before.
    pub(super) fn before(&self, period: Period) -> Period {
        let just_before = period.from.saturating_sub(SignedDuration::from_millis(1));
        self.period_at(just_before.unwrap_or(Timestamp::MIN))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(minutes) => write!(f, "every {minutes} minutes"),
            Self::Hourly => f.write_str("every hour"),
            Self::Daily { hour } => write!(f, "every day at {hour:02}:00"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_at_three_in_the_morning_of_the_city() {
        let day = Schedule::Daily { hour: 3 };
        assert_eq!(day.period_at(at("2026-04-01T02:59:59+08:00")).from, at("2026-03-31T03:00:00+08:00"));
        let period = day.period_at(at("2026-04-01T03:00:00+08:00"));
        assert_eq!(period.from, at("2026-04-01T03:00:00+08:00"));
        assert_eq!(period.to, at("2026-04-02T03:00:00+08:00"));
        assert_eq!(day.before(period).to, period.from);
        let hour = Schedule::Hourly.period_at(at("2026-04-01T03:59:59+08:00"));
        assert_eq!(hour.from, at("2026-04-01T03:00:00+08:00"));
        let minutes = Schedule::Minutes(5).period_at(at("2026-04-01T03:59:59+08:00"));
        assert_eq!((minutes.from, minutes.to), (at("2026-04-01T03:55:00+08:00"), hour.to));
    }
}
