//! JSON for eyes that may not see plates: written as it is read, with every text within masked.

use bowei_model::mask_plates;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// What the API itself goes by: sealed or made here or by an operator, and asked for again to the letter. What is under
/// such a name is left as it is.
const NAMES: [&str; 6] = ["next", "code", "lot", "provider", "standard", "ids"];

/// Writes what is read. Nothing is kept in between: each person's every answer goes through here.
pub(super) fn masked<'de, D, S>(from: D, to: S) -> Result<S::Ok, S::Error>
where
    D: Deserializer<'de>,
    S: Serializer,
{
    Read::new(from, false).serialize(to)
}

/// The same of JSON's text; `None`: it is no JSON.
pub(super) fn masked_json(json: &[u8]) -> Option<Vec<u8>> {
    let mut written = Vec::with_capacity(json.len());
    let mut read = serde_json::Deserializer::from_slice(json);
    masked(&mut read, &mut serde_json::Serializer::new(&mut written)).ok()?;
    read.end().ok().map(|()| written)
}

/// A value that is still to be read.
struct Read<D> {
    from: Cell<Option<D>>,
    is_named: bool,
}

impl<D> Read<D> {
    fn new(from: D, is_named: bool) -> Self {
        Self { from: Cell::new(Some(from)), is_named }
    }
}

impl<'de, D: Deserializer<'de>> Serialize for Read<D> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let from = self.from.take().ok_or_else(|| S::Error::custom("it was read before"))?;
        from.deserialize_any(Write { to, is_named: self.is_named }).map_err(S::Error::custom)
    }
}

/// Writes a value as it is read.
struct Write<S> {
    to: S,
    is_named: bool,
}

impl<'de, S: Serializer> Visitor<'de> for Write<S> {
    type Value = S::Ok;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<S::Ok, E> {
        self.to.serialize_bool(value).map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<S::Ok, E> {
        self.to.serialize_u64(value).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<S::Ok, E> {
        self.to.serialize_i64(value).map_err(E::custom)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<S::Ok, E> {
        self.to.serialize_f64(value).map_err(E::custom)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<S::Ok, E> {
        self.to.serialize_unit().map_err(E::custom)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<S::Ok, E> {
        let shown = if self.is_named { Cow::Borrowed(text) } else { mask_plates(text) };
        self.to.serialize_str(&shown).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<S::Ok, A::Error> {
        let mut to = self.to.serialize_seq(items.size_hint()).map_err(A::Error::custom)?;
        let is_named = self.is_named;
        while items.next_element_seed(Item { to: &mut to, is_named })?.is_some() {}
        to.end().map_err(A::Error::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<S::Ok, A::Error> {
        let mut to = self.to.serialize_map(fields.size_hint()).map_err(A::Error::custom)?;
        while let Some(name) = fields.next_key::<Name<'de>>()? {
            to.serialize_key(&name.0).map_err(A::Error::custom)?;
            let is_named = self.is_named || NAMES.contains(&name.0.as_ref());
            fields.next_value_seed(Field { to: &mut to, is_named })?;
        }
        to.end().map_err(A::Error::custom)
    }
}

/// A field's name, not copied where it needs no reading.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);

/// Where the next item goes.
struct Item<'s, S> {
    to: &'s mut S,
    is_named: bool,
}

impl<'de, S: SerializeSeq> DeserializeSeed<'de> for Item<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        self.to.serialize_element(&Read::new(from, self.is_named)).map_err(D::Error::custom)
    }
}

/// Where the next field's value goes.
struct Field<'s, S> {
    to: &'s mut S,
    is_named: bool,
}

impl<'de, S: SerializeMap> DeserializeSeed<'de> for Field<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        self.to.serialize_value(&Read::new(from, self.is_named)).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_text_is_masked_but_under_names_that_are_asked_for_again() {
        let answer = json!({
            "items": [{"memo": "浙E12345 \"出\"", "lot": "浙E12345", "plates": ["浙E12345", 1, null]}],
            "ids": {"huzhou": "浙E12345", "others": ["浙E12345"]},
            "code": "AB12345", "kept": {"next": "AB12345", "deep": [[{"at": "AB12345"}]]},
            "count": 18_446_744_073_709_551_615u64, "below": -7, "part": 0.125, "large": 1e300, "is": true, "none": null,
            "": "",
        });
        let expected = json!({
            "items": [{"memo": "浙E·**345 \"出\"", "lot": "浙E12345", "plates": ["浙E·**345", 1, null]}],
            "ids": {"huzhou": "浙E12345", "others": ["浙E12345"]},
            "code": "AB12345", "kept": {"next": "AB12345", "deep": [[{"at": "AB·**345"}]]},
            "count": 18_446_744_073_709_551_615u64, "below": -7, "part": 0.125, "large": 1e300, "is": true, "none": null,
            "": "",
        });
        let written = masked_json(answer.to_string().as_bytes()).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), expected.to_string());
        assert_eq!(masked(answer, serde_json::value::Serializer).unwrap(), expected);
    }

    #[test]
    fn an_escaped_plate_is_masked_and_what_is_no_json_is_not_shown() {
        let written = masked_json(br#"{"a":"\u6d59E12345\n"}"#).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), json!({"a": "浙E·**345\n"}));
        for spoilt in [&b"{\"a\":"[..], b"", b"{} {}"] {
            assert_eq!(masked_json(spoilt), None);
        }
    }
}
