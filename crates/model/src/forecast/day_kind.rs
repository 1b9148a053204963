//! Days that are alike.

use crate::working_days::Calendar;
use jiff::civil::{Date, Weekday};

/// What kind of day it is: days of one kind have the same usual course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DayKind {
    /// A day of the week that is as the week says.
    Weekday(Weekday),
    /// A Saturday or Sunday that is worked (调休).
    Worked,
    /// A weekday that is not.
    Holiday,
}

impl DayKind {
    /// How many kinds have a course of their own.
    pub(super) const COUNT: usize = 8;
    /// A working day in the middle of the week: what a worked Saturday or Sunday, too rare for a course of its own, goes by.
    const WORKED: usize = 2;

    /// The kind of a day.
    pub fn of(day: Date, calendar: &Calendar) -> Self {
        let weekday = day.weekday();
        let is_weekend = matches!(weekday, Weekday::Saturday | Weekday::Sunday);
        match calendar.is_worked(day) {
            true if is_weekend => Self::Worked,
            false if !is_weekend => Self::Holiday,
            _ => Self::Weekday(weekday),
        }
    }

    /// Which of the courses it goes by.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Weekday(weekday) => usize::try_from(weekday.to_monday_zero_offset()).unwrap_or(0),
            Self::Worked => Self::WORKED,
            Self::Holiday => Self::COUNT - 1,
        }
    }
}

/// The courses of days that are much alike: while one of them is little known, the others speak for it.
pub(super) fn relatives(index: usize) -> std::ops::Range<usize> {
    if index < 5 { 0..5 } else { 5..DayKind::COUNT }
}
