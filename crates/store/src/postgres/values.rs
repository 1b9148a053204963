//! Values as the tables hold them: moments in milliseconds, whole values as JSON.

use crate::{Result, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// PostgreSQL's text has no NUL, and lots' words may: it goes in as this character and a `0`, and the character itself,
/// which nobody writes, as itself and an `E`.
const ESCAPE: char = '\u{F8FE}';

/// A moment as a column has it.
pub(in crate::postgres) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The moment of a column.
pub(in crate::postgres) fn moment(millis: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(millis)
        .map_err(|error| StoreError::Unreadable(format!("{millis} is no moment: {error}")))
}

/// A day, `yyyymmdd`, as a column has it.
pub(in crate::postgres) fn day(day: u32) -> i32 {
    i32::try_from(day).unwrap_or(i32::MAX)
}

/// A text as a column has it.
pub(in crate::postgres) fn text(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => out.extend([ESCAPE, '0']),
            ESCAPE => out.extend([ESCAPE, 'E']),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

/// The text of a column.
pub(in crate::postgres) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(ESCAPE) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ESCAPE if characters.next() == Some('0') => out.push('\0'),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

/// A whole value as a column has it. JSON writes a NUL as an escape of its own.
pub(in crate::postgres) fn document(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Conflict(format!("a value that has no JSON form: {error}")))
}

/// The whole value of a column; `what` it is goes into the error.
pub(in crate::postgres) fn read_document<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| {
        StoreError::Unreadable(format!(
            "{what}: {error}; was it written by a newer version? If not, restore the database from a copy"
        ))
    })
}

/// Bytes in lower-case hex.
pub(in crate::postgres) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_as_it_went_in_and_never_carries_a_nul() {
        for words in ["浙E12345", "", "a\0b", "\u{F8FE}", "\u{F8FE}0\0\0E\u{F8FE}E"] {
            let column = text(words);
            assert!(!column.contains('\0'));
            assert_eq!(plain(&column), words);
        }
        assert_ne!(text("a\0"), text("a\u{F8FE}0"));
    }
}
