//! A field's value, read as what the text says it is: a number may come as a string and a string as a number.

use crate::Fault;
use crate::shared::{Object, Unfit, WallClock, clock};
use bowei_encoding::shown::shown;
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

/// A field that is there with a value.
#[derive(Clone, Debug)]
pub struct Present<'a> {
    field: String,
    expected: &'static str,
    value: &'a RawValue,
}

impl<'a> Present<'a> {
    pub(super) fn new(field: String, expected: &'static str, value: &'a RawValue) -> Self {
        Self { field, expected, value }
    }

    /// The field's name on the wire, with its place.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The value as it stands in the message.
    pub fn raw(&self) -> &'a str {
        self.value.get()
    }

    /// A string of at most `max` characters without the blanks around it, which CHAR columns of lots' databases fill up
    /// with; or a number as it was written.
    pub fn text(&self, max: usize) -> Result<Cow<'a, str>, Fault> {
        let text = match self.any_text()? {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) if text.trim().len() < text.len() => Cow::Owned(text.trim().to_owned()),
            text => text,
        };
        // A character has at least one byte: most strings need no counting.
        let chars = if text.len() > max { text.chars().count() } else { 0 };
        if chars > max {
            return Err(self.too_long(format!("{max} 个字符"), format!("{chars} 个字符")));
        }
        Ok(text)
    }

    /// A string of any length with its blanks, for values whose size is bounded otherwise.
    pub(crate) fn any_text(&self) -> Result<Cow<'a, str>, Fault> {
        let raw = self.raw();
        let text = match raw.as_bytes().first() {
            Some(b'"') if !raw.contains('\\') => raw.get(1..raw.len().saturating_sub(1)).map(Cow::Borrowed),
            Some(b'"') => serde_json::from_str(raw).ok().map(Cow::Owned),
            Some(b'-' | b'0'..=b'9') => Some(Cow::Borrowed(raw)),
            _ => None,
        };
        // U+0000 is refused because databases cannot keep it in a text.
        text.filter(|text| !text.contains('\0')).ok_or_else(|| self.wrong_type())
    }

    /// A whole number: `12`, `"12"`, `12.0`.
    pub fn integer(&self) -> Result<i64, Fault> {
        integer(self.any_text()?.trim()).ok_or_else(|| self.wrong_type())
    }

    /// A whole number within a closed list.
    pub(crate) fn integer_in(&self, range: RangeInclusive<i64>) -> Result<i64, Fault> {
        let number = self.integer()?;
        if range.contains(&number) { Ok(number) } else { Err(self.outside_list(&number.to_string())) }
    }

    /// A truth value: `true`, `"true"`, `1`, `"1"` and their opposites.
    pub fn boolean(&self) -> Result<bool, Fault> {
        let text = self.raw().trim_matches('"').trim();
        match text {
            "1" => Ok(true),
            "0" => Ok(false),
            _ if text.eq_ignore_ascii_case("true") => Ok(true),
            _ if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(self.wrong_type()),
        }
    }

    /// A wall clock `yyyy-MM-dd HH:mm:ss` in UTC+08:00, which must be said.
    pub(crate) fn wall_clock(&self) -> Result<WallClock, Fault> {
        self.clock_if_set()?.ok_or_else(|| self.unset())
    }

    /// The fault of a time that must be said and is a date that nobody has set.
    pub fn unset(&self) -> Fault {
        let received = shown(self.raw().trim_matches('"'));
        let expected = format!("{}，收到的 {received} 是未设置的日期", self.expected);
        Fault::Missing { field: self.field.clone(), expected }
    }

    /// The same where it can be done without; `None` for a date that nobody has set.
    pub(crate) fn clock_if_set(&self) -> Result<Option<WallClock>, Fault> {
        let text = self.any_text()?;
        if clock::is_unset(&text) {
            return Ok(None);
        }
        WallClock::read(&text).map(Some).ok_or_else(|| self.wrong_type())
    }

    /// A list of at most `max` objects, each knowing its place in it.
    pub(crate) fn objects(&self, max: usize) -> Result<Vec<Object<'a>>, Fault> {
        let list = List::read(self.raw()).ok_or_else(|| self.wrong_type())?;
        let count = list.kept.len() + list.more;
        if count > max {
            return Err(self.too_long(format!("{max} 项"), format!("{count} 项")));
        }
        list.objects(&self.field)
    }

    /// The fault of a value that is not of the type or form expected.
    pub(crate) fn wrong_type(&self) -> Fault {
        Fault::WrongType {
            field: self.field.clone(),
            expected: self.expected.to_owned(),
            received: shown(self.raw()),
        }
    }

    /// The fault of a value outside a closed list or range.
    pub(crate) fn outside_list(&self, received: &str) -> Fault {
        Fault::OutsideList {
            field: self.field.clone(),
            expected: self.expected.to_owned(),
            received: shown(received),
        }
    }

    /// The fault of a value that is too long; both lengths with their units.
    pub(crate) fn too_long(&self, max: String, received: String) -> Fault {
        Fault::TooLong { field: self.field.clone(), max, received }
    }
}

/// A whole number as JSON or a string writes it.
pub fn integer(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    // `parse` would also take words such as "nan" and "infinity".
    let looks_like_number = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let number: f64 = text.parse().ok().filter(|_| looks_like_number)?;
    // Beyond 2^53 a floating point number no longer says which whole number was meant.
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

/// The items that stand first, and how many more there are: a list of a million is counted, not held.
pub(super) struct List<'a> {
    pub(super) kept: Vec<&'a RawValue>,
    pub(super) more: usize,
}

impl<'a> List<'a> {
    /// Reads a list; `None` where the text is something else.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        if !text.starts_with('[') {
            return None;
        }
        serde_json::from_str(text).ok()
    }

    /// The items kept, each an object that knows its place in the list called `field`.
    pub(super) fn objects(&self, field: &str) -> Result<Vec<Object<'a>>, Fault> {
        let object = |(place, item): (usize, &&'a RawValue)| {
            let field = format!("{field}[{place}]");
            Object::at(&field, item.get()).map_err(|unfit| Fault::WrongType {
                field: field.clone(),
                expected: "JSON 对象".to_owned(),
                received: match unfit {
                    Unfit::NotAnObject { .. } => shown(item.get()),
                    Unfit::TooManyFields => "字段过多的对象".to_owned(),
                },
            })
        };
        self.kept.iter().enumerate().map(object).collect()
    }
}

/// How many items of a list are held at most, whatever its own limit.
const HELD_MAX: usize = 1_024;

impl<'de> Deserialize<'de> for List<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = List<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = List { kept: Vec::new(), more: 0 };
        while list.kept.len() < HELD_MAX {
            let Some(item) = seq.next_element()? else { return Ok(list) };
            list.kept.push(item);
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            list.more += 1;
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_however_they_are_written() {
        for (text, number) in [
            ("12", 12),
            ("-3", -3),
            ("12.0", 12),
            ("1.2e1", 12),
            ("+7", 7),
            ("9223372036854775807", i64::MAX),
        ] {
            assert_eq!(integer(text), Some(number), "{text}");
        }
        for text in
            ["12.5", "nan", "infinity", "1e300", "9223372036854775808", "", "-", "0x10", "1,000", "１２"]
        {
            assert_eq!(integer(text), None, "{text}");
        }
    }
}
