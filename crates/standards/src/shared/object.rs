//! A JSON object read leniently and without copying: white space around keys is trimmed, of keys that are then the
//! same the last one counts, `null` and `""` mean absent, and what nobody asked for is kept as it stood.
//!
//! Values stay the text they are until a field is asked for: a record id of thirty digits loses none of them to a
//! floating point number, and a picture is not copied before it is wanted.

use crate::Fault;
use crate::shared::UNNAMED_MAX_BYTES;
use crate::shared::value::{List, Present};
use bowei_encoding::shown::shown;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// More fields than any text's object has by far; the bound on what a hostile body can make us hold.
const FIELDS_MAX: usize = 256;

/// A JSON object, as far as its first level.
#[derive(Debug)]
pub struct Object<'a> {
    /// Where it stands, to put before its fields' names: empty, or `imgList[2].`.
    place: String,
    entries: Vec<Entry<'a>>,
}

#[derive(Debug)]
struct Entry<'a> {
    name: Cow<'a, str>,
    value: &'a RawValue,
    /// A text names it: someone asked for a field of this name.
    named: Cell<bool>,
}

/// Why some text is not an object that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is no JSON, or no object.
    NotAnObject {
        /// What it is instead, in Chinese.
        received: String,
    },
    /// It has more fields than anything honest.
    TooManyFields,
}

impl Unfit {
    /// The fault of a message whose body this is.
    pub fn fault(self) -> Fault {
        match self {
            Self::NotAnObject { received } => {
                Fault::Unreadable { expected: "UTF-8 编码的 JSON 对象".to_owned(), received }
            }
            Self::TooManyFields => Fault::Unreadable {
                expected: format!("不超过 {FIELDS_MAX} 个字段的 JSON 对象"),
                received: "更多字段".to_owned(),
            },
        }
    }
}

impl<'a> Object<'a> {
    /// Reads an object from a message's bytes. A byte order mark in front, which some editors leave, is passed over.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Unfit> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Unfit::NotAnObject { received: "不是 UTF-8 编码的内容".to_owned() })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_ascii().is_empty() {
            return Err(Unfit::NotAnObject { received: "空内容".to_owned() });
        }
        Self::at("", text)
    }

    /// Reads an object that stands at `place` of a larger message.
    pub fn at(place: &str, text: &'a str) -> Result<Self, Unfit> {
        let Entries(entries) = serde_json::from_str(text)
            .map_err(|error| Unfit::NotAnObject { received: describe(&error, text) })?;
        let entries = entries.ok_or(Unfit::TooManyFields)?;
        let place = if place.is_empty() { String::new() } else { format!("{place}.") };
        Ok(Self { place, entries })
    }

    /// Reads a message that is a list of 1 to `max` objects, each knowing its place in it (`[2].`).
    pub fn list(text: &'a str, max: usize) -> Result<Vec<Self>, Fault> {
        let expected = || format!("1 至 {max} 项的 JSON 数组");
        let list = List::read(text.trim_ascii()).ok_or_else(|| Fault::Unreadable {
            expected: expected(),
            received: format!("不是数组：{}", shown(text)),
        })?;
        match list.kept.len() + list.more {
            0 => Err(Fault::Unreadable { expected: expected(), received: "空数组".to_owned() }),
            count if count > max => {
                Err(Fault::Unreadable { expected: expected(), received: format!("{count} 项") })
            }
            _ => list.objects(""),
        }
    }

    /// The field, if it is there with a value. `expected` says in Chinese what it should be.
    pub fn optional(&self, name: &str, expected: &'static str) -> Option<Present<'a>> {
        self.optional_of(&[name], expected)
    }

    /// The field under the first of its names that has a value: texts do not always agree with themselves.
    pub(crate) fn optional_of(&self, names: &[&str], expected: &'static str) -> Option<Present<'a>> {
        // Every name is asked for, so that none of them counts as unnamed by the text.
        let found: Vec<_> = names.iter().map(|name| (name, self.value(name))).collect();
        let (name, value) = found.into_iter().find_map(|(name, value)| Some((name, value?)))?;
        Some(Present::new(format!("{}{name}", self.place), expected, value))
    }

    /// The field, which must be there with a value.
    pub fn required(&self, name: &str, expected: &'static str) -> Result<Present<'a>, Fault> {
        self.required_of(&[name], expected)
    }

    /// The field under the first of its names that has a value; the first name is the one it is missed by.
    pub(crate) fn required_of(&self, names: &[&str], expected: &'static str) -> Result<Present<'a>, Fault> {
        self.optional_of(names, expected).ok_or_else(|| Fault::Missing {
            field: format!("{}{}", self.place, names.first().unwrap_or(&"")),
            expected: expected.to_owned(),
        })
    }

    /// Whether the field is there as a string with nothing in it. That is absent for every other purpose; where a
    /// list is written as a string, it is the empty list.
    pub(crate) fn is_blank_text(&self, name: &str) -> bool {
        self.value(name);
        let last = self.entries.iter().rfind(|entry| entry.name == name);
        last.is_some_and(|entry| entry.value.get().starts_with('"') && is_absent(entry.value))
    }

    /// Keeps the field among those that the text does not name: its value is none of the text's.
    pub fn keep(&self, name: &str) {
        for entry in self.entries.iter().filter(|entry| entry.name == name) {
            entry.named.set(false);
        }
    }

    fn value(&self, name: &str) -> Option<&'a RawValue> {
        let mut last = None;
        for entry in self.entries.iter().filter(|entry| entry.name == name) {
            entry.named.set(true);
            last = Some(entry.value);
        }
        last.filter(|value| !is_absent(value))
    }

    /// The fields that nobody has asked for by now, added to `kept` as long as that stays within its bound. Fails
    /// where such a value cannot be read at all (nested too deep).
    pub(crate) fn add_unnamed_to(&self, kept: &mut Unnamed) -> Result<(), Fault> {
        for entry in self.entries.iter().filter(|entry| !entry.named.get()) {
            kept.add(&entry.name, entry.value).map_err(|_| Fault::WrongType {
                field: format!("{}{}", self.place, shown(&entry.name)),
                expected: "可读取的 JSON 值".to_owned(),
                received: shown(entry.value.get()),
            })?;
        }
        Ok(())
    }
}

/// Fields that a text does not name, up to a bound.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unnamed {
    fields: Map<String, Value>,
    bytes: usize,
}

impl Unnamed {
    fn add(&mut self, name: &str, value: &RawValue) -> Result<(), serde_json::Error> {
        if name.len() + value.get().len() > UNNAMED_MAX_BYTES {
            return Ok(());
        }
        let value: Value = serde_json::from_str(value.get())?;
        // As it will be written: colon, comma, and the whole's two braces. Escapes may be written otherwise than read.
        let bytes = self.bytes + serde_json::to_string(name)?.len() + value.to_string().len() + 2;
        if bytes + 2 <= UNNAMED_MAX_BYTES {
            self.fields.insert(name.to_owned(), value);
            self.bytes = bytes;
        }
        Ok(())
    }

    /// The fields as a JSON object; `None` where there are none.
    pub(crate) fn into_json(self) -> Option<String> {
        (!self.fields.is_empty()).then(|| Value::Object(self.fields).to_string())
    }
}

/// `null`, `""` or a string of blanks.
fn is_absent(value: &RawValue) -> bool {
    let text = value.get();
    text == "null"
        || text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).is_some_and(|s| s.trim().is_empty())
}

fn describe(error: &serde_json::Error, text: &str) -> String {
    let place = format!("第 {} 行第 {} 列", error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Eof => format!("不完整的 JSON（在{place}中断）：{}", shown(text)),
        serde_json::error::Category::Data => format!("不是对象：{}", shown(text)),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
            format!("JSON 语法错误（{place}）：{}", shown(text))
        }
    }
}

/// The entries in their order; `None` where there are too many.
struct Entries<'a>(Option<Vec<Entry<'a>>>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Some(Vec::new());
        while let Some(Key(name)) = map.next_key()? {
            let value = map.next_value()?;
            match &mut entries {
                Some(kept) if kept.len() < FIELDS_MAX => {
                    kept.push(Entry { name, value, named: Cell::new(false) });
                }
                _ => entries = None,
            }
        }
        Ok(Entries(entries))
    }
}

/// A key without the white space around it.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(key.trim())))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(key.trim().to_owned())))
    }
}
