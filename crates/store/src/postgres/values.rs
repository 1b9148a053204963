//! Values as the tables hold them: those of every engine, and what PostgreSQL's own types ask for.

pub(in crate::postgres) use crate::values::{
    HistoryColumns, from_json, hex, kept_facts, millis, moment, read_facts, read_kind, to_json,
};

use std::borrow::Cow;

/// PostgreSQL's text has no NUL, and lots' words may: it goes in as this character and a `0`, and the character itself,
/// which nobody writes, as itself and an `E`.
const ESCAPE: char = '\u{F8FE}';

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
