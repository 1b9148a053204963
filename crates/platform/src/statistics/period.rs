//! A day, a week or a month, as one names it.

use bowei_model::moment;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PeriodKind {
    /// 日.
    Day,
    /// 周, from Monday on.
    Week,
    /// 月.
    Month,
}

/// A day, a week or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) kind: PeriodKind,
    /// Its first day.
    pub(crate) from: Date,
    /// Its last.
    pub(crate) to: Date,
}

/// What is no period.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} 不是时段，应如 2026-04-01、2026-W14 或 2026-04 {0:?} is no day such as 2026-04-01, week such as 2026-W14 or month such as 2026-04"
)]
pub(crate) struct UnfitPeriod(String);

impl Period {
    /// The one of that kind that a day is in.
    pub(crate) fn of(kind: PeriodKind, day: Date) -> Self {
        let (from, to) = match kind {
            PeriodKind::Day => (day, day),
            PeriodKind::Week => {
                let from = day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days());
                (from, from.saturating_add(6.days()))
            }
            PeriodKind::Month => (day.first_of_month(), day.last_of_month()),
        };
        Self { kind, from, to }
    }

    /// The one before.
    pub(crate) fn before(self) -> Self {
        Self::of(self.kind, self.from.saturating_sub(1.days()))
    }

    /// As a paper writes it: 2026年4月, 2026年第14周, 2026年4月1日.
    pub(crate) fn chinese(self) -> String {
        let (week, from) = (self.from.iso_week_date(), self.from);
        match self.kind {
            PeriodKind::Day => format!("{}年{}月{}日", from.year(), from.month(), from.day()),
            PeriodKind::Week => format!("{}年第{}周", week.year(), week.week()),
            PeriodKind::Month => format!("{}年{}月", from.year(), from.month()),
        }
    }

    /// Its days as the store has them.
    pub(crate) fn span(self) -> (u32, u32) {
        (moment::day_of_date(self.from), moment::day_of_date(self.to))
    }

    /// Its first moment, and the one after its last.
    pub(crate) fn moments(self) -> (Timestamp, Timestamp) {
        let to = self.to.tomorrow().ok().and_then(moment::start_of_date).unwrap_or(Timestamp::MAX);
        (moment::start_of_date(self.from).unwrap_or(Timestamp::MIN), to)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PeriodKind::Day => write!(f, "{}", self.from),
            PeriodKind::Week => {
                let week = self.from.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            PeriodKind::Month => write!(f, "{:04}-{:02}", self.from.year(), self.from.month()),
        }
    }
}

impl FromStr for Period {
    type Err = UnfitPeriod;

    fn from_str(text: &str) -> Result<Self, UnfitPeriod> {
        let unfit = || UnfitPeriod(text.chars().take(40).collect());
        if let Some((year, week)) = text.split_once("-W") {
            let (year, week) = (year.parse().map_err(|_| unfit())?, week.parse().map_err(|_| unfit())?);
            let monday = ISOWeekDate::new(year, week, Weekday::Monday).map_err(|_| unfit())?;
            return Ok(Self::of(PeriodKind::Week, monday.date()));
        }
        let is_month = text.len() == 7;
        let day = if is_month { format!("{text}-01") } else { text.to_owned() };
        let day: Date = day.parse().map_err(|_| unfit())?;
        if !is_month && text.len() != 10 {
            return Err(unfit());
        }
        Ok(Self::of(if is_month { PeriodKind::Month } else { PeriodKind::Day }, day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_weeks_and_months_are_read_as_they_are_written() {
        for (text, before, chinese) in [
            ("2026-04-01", "2026-03-31", "2026年4月1日"),
            ("2026-W01", "2025-W52", "2026年第1周"),
            ("2026-03", "2026-02", "2026年3月"),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!((period.to_string(), period.chinese()), (text.to_owned(), chinese.to_owned()));
            assert_eq!(period.before().to_string(), before);
        }
        let week: Period = "2026-W14".parse().unwrap();
        assert_eq!((week.from.to_string(), week.span()), ("2026-03-30".to_owned(), (20_260_330, 20_260_405)));
        for text in
            ["", "2026", "2026-W54", "2026-13", "2026-02-30", "2026-4-1", "2026-04-01T00:00:00Z", "-W1"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
