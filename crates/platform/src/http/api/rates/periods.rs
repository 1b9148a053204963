//! Which days or months are asked for.

use super::By;
use crate::http::problem::Problem;
use bowei_model::moment;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

/// Days and months that are answered where none is named.
const DAYS: i64 = 30;
const MONTHS: i64 = 12;

/// A stretch of days or months.
pub(super) struct Periods {
    pub(super) by: By,
    /// `yyyymmdd` or `yyyymm`.
    pub(super) from: u32,
    pub(super) to: u32,
}

impl Periods {
    /// A period as the API writes it.
    pub(super) fn shown(&self, period: u32) -> String {
        match self.by {
            By::Day => format!("{:04}-{:02}-{:02}", period / 10_000, period / 100 % 100, period % 100),
            By::Month => format!("{:04}-{:02}", period / 100, period % 100),
        }
    }
}

/// The periods that are asked for.
pub(super) fn periods(
    by: By,
    (from, to): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> Result<Periods, Problem> {
    let today = moment::to_wall(now).date();
    let to = to.map(|text| date("to", text)).transpose()?.unwrap_or(today);
    let from = match from {
        Some(text) => date("from", text)?,
        None if by == By::Day => to.saturating_sub((DAYS - 1).days()),
        None => to.saturating_sub((MONTHS - 1).months()),
    };
    let number = |date: Date| {
        let day = moment::day_of_date(date);
        if by == By::Day { day } else { day / 100 }
    };
    Ok(Periods { by, from: number(from), to: number(to) })
}

/// A day, a month (its first day), or the day of a moment.
pub(in crate::http::api) fn date(name: &'static str, text: &str) -> Result<Date, Problem> {
    let of_month =
        || text.split_once('-').filter(|(_, month)| month.len() == 2).map(|_| format!("{text}-01"));
    if let Ok(date) = text.parse().or_else(|error| of_month().map_or(Err(error), |day| day.parse()))
        && !text.contains('T')
    {
        return Ok(date);
    }
    if let Ok(at) = text.replace(' ', "+").parse() {
        return Ok(moment::to_wall(at).date());
    }
    let words = format!(
        "{name}={text} 不是日期，应如 2026-04-01 或 2026-04 {name}={text} is no day such as 2026-04-01, nor a month such as 2026-04"
    );
    Err(Problem::invalid(name, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_months_and_moments_are_read_and_nothing_else() {
        let read = |text| date("from", text).ok().map(|date| date.to_string());
        assert_eq!(read("2026-04-01").as_deref(), Some("2026-04-01"));
        assert_eq!(read("2026-04").as_deref(), Some("2026-04-01"));
        assert_eq!(read("2026-04-01T23:30:00Z").as_deref(), Some("2026-04-02"));
        for text in ["", "2026", "2026-13", "2026-02-30", "04-01", "tomorrow"] {
            assert_eq!(read(text), None, "{text}");
        }
        let now = "2026-04-05T00:10:00+08:00".parse().unwrap();
        let days = periods(By::Day, (None, None), now).unwrap();
        assert_eq!((days.from, days.to), (20_260_307, 20_260_405));
        let months = periods(By::Month, (None, None), now).unwrap();
        assert_eq!((months.from, months.to, months.shown(months.to).as_str()), (202_505, 202_604, "2026-04"));
    }
}
