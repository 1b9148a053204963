//! What sealing a message asks of a report's values: that they are there, and within the limits that reading has.

use crate::lot_side::CannotSeal;
use crate::shared::WallClock;
use jiff::Timestamp;
use std::borrow::Cow;

/// A value that the text requires.
pub(crate) fn needed<T>(field: &'static str, value: Option<T>) -> Result<T, CannotSeal> {
    value.ok_or(CannotSeal::Missing { field })
}

/// A text of one to `max` characters, without the blanks around it: reading takes them away before it counts.
pub(crate) fn text<'a>(field: &'static str, value: &'a str, max: usize) -> Result<Cow<'a, str>, CannotSeal> {
    let value = value.trim();
    if value.is_empty() {
        return Err(CannotSeal::Missing { field });
    }
    if value.chars().count() > max {
        return Err(unfit(field, format!("应不超过 {max} 个字符 at most {max} characters are expected")));
    }
    if value.contains('\0') {
        return Err(unfit(field, "不能含字符 U+0000 the character U+0000 cannot be in it"));
    }
    Ok(Cow::Borrowed(value))
}

/// A wall clock.
pub(crate) fn clock(field: &'static str, at: Timestamp) -> Result<WallClock, CannotSeal> {
    WallClock::of(at).ok_or_else(|| {
        unfit(field, format!("{at} 不在公元 1 至 9999 年之间 it lies outside the years 1 to 9999"))
    })
}

/// The refusal to write a value that is beyond what the text allows.
pub(crate) fn unfit(field: &'static str, problem: impl Into<String>) -> CannotSeal {
    CannotSeal::Unfit { field, problem: problem.into() }
}
