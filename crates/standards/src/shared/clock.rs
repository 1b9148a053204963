//! The wall clock `yyyy-MM-dd HH:mm:ss` that all the texts write, always UTC+08:00.

use bowei_model::{Doubt, Facts, moment};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Serialize, Serializer};

/// A moment that is known to have a wall clock reading of four-digit years, so that writing it cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    at: Timestamp,
    wall: DateTime,
}

impl WallClock {
    /// The wall clock at `at`, to the second; `None` outside the years 1 to 9999.
    pub fn of(at: Timestamp) -> Option<Self> {
        let wall = moment::to_wall(at);
        (1..=9999).contains(&wall.year()).then_some(Self { at, wall })
    }

    /// Reads `yyyy-MM-dd HH:mm:ss`: every place a digit or the mark it should be, and a date that exists. Blanks around
    /// it, a `T` between date and time and fractions of a second after it, which are what databases and serialisers
    /// make of such a time, are passed over.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (text, fraction) = text.split_once('.').unwrap_or((text, "0"));
        if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let bytes: &[u8; 19] = text.as_bytes().try_into().ok()?;
        let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b' ' | b'T', h1, h2, b':', mi1, mi2, b':', s1, s2] =
            *bytes
        else {
            return None;
        };
        let year = i16::from(two(y1, y2)?) * 100 + i16::from(two(y3, y4)?);
        let wall =
            DateTime::new(year, two(mo1, mo2)?, two(d1, d2)?, two(h1, h2)?, two(mi1, mi2)?, two(s1, s2)?, 0)
                .ok()?;
        Self::of(moment::from_wall(wall)?)
    }

    /// The moment.
    pub fn at(self) -> Timestamp {
        self.at
    }
}

/// The days on which the calendars of languages and databases begin: what an unset date of C#, SQL Server, MySQL, Delphi
/// or Unix is written as.
const UNSET_DAYS: [&str; 6] =
    ["0001-01-01", "1900-01-01", "1970-01-01", "0000-00-00", "1899-12-30", "1753-01-01"];

/// Whether a wall clock, or a date alone, is one that nobody has set: such a one says nothing.
pub(crate) fn is_unset(text: &str) -> bool {
    let text = text.trim();
    UNSET_DAYS
        .iter()
        .any(|day| text.strip_prefix(day).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', 'T'])))
}

/// What is doubted where a time that could be done without was never set.
pub(crate) fn unset_doubt(field: &str) -> Doubt {
    Facts::FieldUnset { field: field.to_owned() }.into()
}

fn two(tens: u8, ones: u8) -> Option<i8> {
    if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
        return None;
    }
    i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok()
}

impl std::fmt::Display for WallClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let wall = self.wall;
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            wall.year(),
            wall.month(),
            wall.day(),
            wall.hour(),
            wall.minute(),
            wall.second()
        )
    }
}

impl Serialize for WallClock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_is_utc_plus_eight_and_reads_as_it_is_written() {
        let clock = WallClock::read("2026-04-01 08:15:30").unwrap();
        assert_eq!(clock.at().as_second(), 1_775_002_530);
        assert_eq!(clock.to_string(), "2026-04-01 08:15:30");
        assert_eq!(WallClock::of(clock.at()), Some(clock));
    }

    #[test]
    fn what_databases_and_serialisers_add_is_passed_over() {
        let clock = WallClock::read("2026-04-01 08:15:30");
        for text in [
            " 2026-04-01 08:15:30\t",
            "2026-04-01T08:15:30",
            "2026-04-01 08:15:30.0",
            "2026-04-01 08:15:30.000",
            "2026-04-01T08:15:30.1234567 ",
        ] {
            assert_eq!(WallClock::read(text), clock, "{text}");
        }
    }

    #[test]
    fn the_first_day_of_a_calendar_is_no_date() {
        for text in [
            "0001-01-01 00:00:00",
            " 0001-01-01T00:00:00 ",
            "1970-01-01 08:00:00",
            "1900-01-01",
            "0000-00-00 00:00:00",
        ] {
            assert!(is_unset(text), "{text}");
        }
        for text in ["2026-04-01 08:15:30", "0001-01-02 00:00:00", "1970-01-011", "", "1970"] {
            assert!(!is_unset(text), "{text}");
        }
    }

    #[test]
    fn only_the_form_itself_and_real_dates_are_read() {
        for wrong in [
            "2026-4-1 08:15:30",
            "2026-04-01_08:15:30",
            "2026-04-01 08:15",
            "2026-04-01 08:15:30.",
            "2026-04-01 08:15:30.0Z",
            "2026-04-01 08:15:30,0",
            "2026-04-01T08:15:30+08:00",
            "2026/04/01 08:15:30",
            " 2026-04-01 08:15:3",
            "2026-02-29 08:15:30",
            "2026-13-01 08:15:30",
            "2026-04-01 24:00:00",
            "2026-04-01 08:15:60",
            "2026-04-01 -8:15:30",
            "0000-04-01 08:15:30",
            "２０26-04-01 08:15",
            "",
        ] {
            assert_eq!(WallClock::read(wrong), None, "{wrong}");
        }
        assert!(WallClock::read("2024-02-29 23:59:59").is_some());
    }
}
