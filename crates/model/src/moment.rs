//! Points in time as the field writes them: wall-clock strings are always UTC+08:00, whatever the machine says.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// The offset of every wall clock in the five texts, in hours.
const OFFSET_HOURS: i8 = 8;

/// The time zone of every wall clock in the five texts: UTC+08:00 without daylight saving.
pub fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(OFFSET_HOURS))
}

/// The moment of a wall clock reading in UTC+08:00; `None` outside the range of representable time.
pub fn from_wall(wall: DateTime) -> Option<Timestamp> {
    Offset::constant(OFFSET_HOURS).to_timestamp(wall).ok()
}

/// What a wall clock in UTC+08:00 shows at `at`.
pub fn to_wall(at: Timestamp) -> DateTime {
    Offset::constant(OFFSET_HOURS).to_datetime(at)
}

/// Whole seconds that a wall clock in UTC+08:00 has gone since the beginning of 1970 by that clock.
pub(crate) fn wall_seconds(at: Timestamp) -> i64 {
    at.as_second() + i64::from(OFFSET_HOURS) * 3_600
}

/// The moment at which a wall clock in UTC+08:00 has gone so many seconds since the beginning of 1970; `None` outside the
/// range of representable time.
pub fn from_wall_seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds.checked_sub(i64::from(OFFSET_HOURS) * 3_600)?).ok()
}

/// RFC 3339 with `+08:00`, to the second (to the millisecond where there are any): the form of every time in the
/// HTTP API.
pub fn rfc3339(at: Timestamp) -> String {
    let wall = to_wall(at);
    let millis = wall.millisecond();
    let base = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        wall.year(),
        wall.month(),
        wall.day(),
        wall.hour(),
        wall.minute(),
        wall.second()
    );
    if millis == 0 { format!("{base}+08:00") } else { format!("{base}.{millis:03}+08:00") }
}

/// The day of `at` in UTC+08:00 as `yyyymmdd`, the number by which photos are filed.
pub fn day(at: Timestamp) -> u32 {
    day_of_date(to_wall(at).date())
}

/// A day as `yyyymmdd`.
pub fn day_of_date(date: Date) -> u32 {
    // A jiff date lies within ±9999; a year before 1 CE cannot come out of a report's time.
    let year = u32::try_from(date.year()).unwrap_or(0);
    year * 10_000 + u32::from(date.month().unsigned_abs()) * 100 + u32::from(date.day().unsigned_abs())
}

/// When a day in UTC+08:00 begins; `None` outside the range of representable time.
pub fn start_of_date(date: Date) -> Option<Timestamp> {
    from_wall(date.to_datetime(Time::midnight()))
}

/// When the day that `at` lies in began, in UTC+08:00.
pub fn start_of_day(at: Timestamp) -> Timestamp {
    start_of_date(to_wall(at).date()).unwrap_or(at)
}

/// When the day `yyyymmdd` in UTC+08:00 begins and when the next one does; `None` where there is no such day.
pub fn span_of_day(day: u32) -> Option<(Timestamp, Timestamp)> {
    let part = |number: u32| i8::try_from(number).ok();
    let year = i16::try_from(day / 10_000).ok()?;
    span_of_date(Date::new(year, part(day / 100 % 100)?, part(day % 100)?).ok()?)
}

/// When a day in UTC+08:00 begins and when the next one does; `None` at the end of time.
pub fn span_of_date(date: Date) -> Option<(Timestamp, Timestamp)> {
    Some((start_of_date(date)?, start_of_date(date.tomorrow().ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_clocks_are_utc_plus_eight() {
        let at = from_wall(jiff::civil::date(2026, 4, 1).at(8, 15, 30, 0)).unwrap();
        assert_eq!(at.as_second(), 1_775_002_530);
        assert_eq!(rfc3339(at), "2026-04-01T08:15:30+08:00");
        assert_eq!(day(at), 20_260_401);
    }

    #[test]
    fn a_day_begins_at_local_midnight() {
        let before = from_wall(jiff::civil::date(2026, 4, 1).at(23, 59, 59, 0)).unwrap();
        let after = from_wall(jiff::civil::date(2026, 4, 2).at(0, 0, 0, 0)).unwrap();
        assert_eq!((day(before), day(after)), (20_260_401, 20_260_402));
        assert_eq!(span_of_day(20_260_401).map(|(_, to)| to), Some(after));
        assert_eq!(span_of_day(20_260_431), None);
    }
}
