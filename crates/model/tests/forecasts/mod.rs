//! The forecast of a lot's free spaces.

mod lots;
mod recorded;
mod seeded;

use bowei_model::forecast::{DaySamples, HORIZONS, LotForecast};
use bowei_model::working_days::Calendar;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// A Monday, of a year whose holidays nobody has announced.
const FIRST: Date = date(2027, 1, 4);

/// Free spaces on a day after [`FIRST`], every ten minutes.
fn samples(day: Date, vacant: impl Fn(usize) -> i64) -> DaySamples {
    let from: Timestamp = format!("{day}T00:00:00+08:00").parse().unwrap();
    let at = |index: usize| from + SignedDuration::from_mins(index as i64 * 10);
    DaySamples::new(day, (0..144).map(|index| (at(index), Some(vacant(index)))))
}

fn day(number: i64) -> Date {
    FIRST + number.days()
}
