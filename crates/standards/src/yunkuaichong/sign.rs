//! 2.1 签名算法: `k1=v1&k2=v2…&key=KEY` in ASCII order of the names, MD5, upper-case hex.
//!
//! 接口可能增加字段，验证签名时必须支持增加的扩展字段: whatever came is signed, as it stands in the text of the body.

use bowei_encoding::md5_hex;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The field that carries the signature and is not signed.
pub(crate) const SIGN: &str = "sign";

/// stringA: every field of the object but `sign` and those without a value, `name=value` in ASCII order of the names,
/// joined with `&`. Strings stand as what they say, numbers and truth values as they are written, nested values as
/// compact JSON; of fields of the same name the last one counts. `trimmed` takes the white space around names away.
/// `None` where it is no JSON object.
pub fn string_a(json: &str, trimmed: bool) -> Option<String> {
    let Values(mut values) = serde_json::from_str(json).ok()?;
    if trimmed {
        // The later of two names that are then the same counts: they are put back in their order.
        let mut all: Vec<_> = values.into_iter().collect();
        all.sort_by_key(|(_, (place, _))| *place);
        values = all.into_iter().map(|(name, value)| (name.trim().to_owned(), value)).collect();
    }
    let pairs: Option<Vec<String>> = values
        .iter()
        .filter(|(name, _)| name.trim() != SIGN)
        .filter_map(|(name, (_, value))| match text(value) {
            Some(text) if text.is_empty() => None,
            Some(text) => Some(Some(format!("{name}={text}"))),
            None => Some(None),
        })
        .collect();
    Some(pairs?.join("&"))
}

/// The field, named as it came, whose `name=value` holds the beginning of one of `fields` in its middle
/// (`deviceName="桩&elecMoney=18.76"`): stringA has no escapes, so that another message, with that field of its own,
/// would bear the same signature. `None` where there is none.
pub fn ambiguous<'f>(json: &str, fields: &[&'f str]) -> Option<(String, &'f str)> {
    let Values(values) = serde_json::from_str(json).ok()?;
    values.iter().filter(|(name, _)| name.trim() != SIGN).find_map(|(name, (_, value))| {
        let pair = format!("{name}={}", text(value)?);
        // What begins the pair is the field's own name, unless that name goes on after the sign.
        let within = pair.match_indices('&').map(|(at, _)| at + 1).chain(name.contains('=').then_some(0));
        let begun = within.filter_map(|at| pair.get(at..)?.split_once('=')).map(|(begun, _)| begun.trim());
        let begun: Vec<_> = begun.collect();
        fields.iter().find(|field| begun.contains(field)).map(|field| (name.clone(), *field))
    })
}

/// stringSignTemp: stringA with the key at its end.
pub fn string_sign_temp(string_a: &str, key: &str) -> String {
    format!("{string_a}&key={key}")
}

/// The MD5 of stringSignTemp, in upper case.
pub fn sign(string_a: &str, key: &str) -> String {
    md5_hex(string_sign_temp(string_a, key).as_bytes()).to_ascii_uppercase()
}

/// A value as it is signed; empty where it is not. `None` where it is a string that stands for no text.
fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    let raw = value.get();
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(raw).ok().map(Cow::Owned),
        Some(b'{' | b'[') => Some(Cow::Owned(compact(raw))),
        _ if raw == "null" => Some(Cow::Borrowed("")),
        _ => Some(Cow::Borrowed(raw)),
    }
}

/// JSON without the white space between its pieces.
fn compact(json: &str) -> String {
    let (mut within, mut escaped) = (false, false);
    json.chars()
        .filter(|c| {
            let kept = within || !matches!(c, ' ' | '\t' | '\r' | '\n');
            if *c == '"' && !escaped {
                within = !within;
            }
            escaped = *c == '\\' && !escaped;
            kept
        })
        .collect()
}

/// The values by name, each with its place.
struct Values<'a>(BTreeMap<String, (usize, &'a RawValue)>);

impl<'de> Deserialize<'de> for Values<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = BTreeMap::new();
        let mut place = 0;
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            values.insert(name, (place, value));
            place += 1;
        }
        Ok(Values(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_s_own_example() {
        let json = r#"{"appid":"wxd930ea5d5a258f4f","mch_id":"10000100","device_info":"1000","body":"test",
            "nonce_str":"ibuaiVcKdpRxkhJA","sign":"9A0A8659F005D6984697E2CA0A9CF3B7"}"#;
        let string_a = string_a(json, false).unwrap();
        assert_eq!(
            string_a,
            "appid=wxd930ea5d5a258f4f&body=test&device_info=1000&mch_id=10000100&nonce_str=ibuaiVcKdpRxkhJA"
        );
        assert_eq!(sign(&string_a, "192006250b4c09247ec02edce69f6a2d"), "9A0A8659F005D6984697E2CA0A9CF3B7");
    }

    #[test]
    fn values_are_signed_as_they_stand_and_empty_ones_are_not() {
        let json = r#"{"b":28.10,"B":1e2,"a":"x\"\u505c","t":true,"n":null,"e":"","blank":" ","o":{ "k" : [1, "a b\" c"] },
            "z":"first","z":"last","sign":"?"}"#;
        assert_eq!(
            string_a(json, false).unwrap(),
            "B=1e2&a=x\"停&b=28.10&blank= &o={\"k\":[1,\"a b\\\" c\"]}&t=true&z=last"
        );
    }

    #[test]
    fn a_value_that_another_field_could_begin_in_is_ambiguous() {
        let fields = ["deviceName", "elecMoney"];
        let of = |json: &str| ambiguous(json, &fields).map(|(name, hides)| format!("{name}/{hides}"));
        for (json, expected) in [
            (r#"{"deviceName":"桩&elecMoney=18.76"}"#, "deviceName/elecMoney"),
            (r#"{"deviceName":"桩&\u0065lecMoney=1"}"#, "deviceName/elecMoney"),
            (r#"{"x":"a& elecMoney =1"}"#, "x/elecMoney"),
            (r#"{"x":{"y":"a&elecMoney=1"}}"#, "x/elecMoney"),
            (r#"{"elecMoney=18.76&x":"y"}"#, "elecMoney=18.76&x/elecMoney"),
            (r#"{"w&elecMoney":"1"}"#, "w&elecMoney/elecMoney"),
        ] {
            assert_eq!(of(json).as_deref(), Some(expected), "{json}");
        }
        for json in [
            r#"{"deviceName":"A&B桩","elecMoney":"1"}"#,
            r#"{"deviceName":"elecMoney=1"}"#,
            r#"{"deviceName":"A&elecMoney 表"}"#,
            r#"{"url":"http://a/?x=1&y=2&elecMoneyX=3"}"#,
            r#"{"sign":"a&elecMoney=1"}"#,
        ] {
            assert_eq!(of(json), None, "{json}");
        }
    }

    #[test]
    fn names_with_blanks_are_signed_as_they_stand_or_trimmed() {
        let json = r#"{"b ":"1"," a":"2","a":"3"," sign ":"?"}"#;
        assert_eq!(string_a(json, false).unwrap(), " a=2&a=3&b =1");
        assert_eq!(string_a(json, true).unwrap(), "a=3&b=1");
        assert_eq!(string_a(r#"{"a":"3"," a":"2"}"#, true).unwrap(), "a=2");
        assert_eq!(string_a(r#"{"a":"1"," a":"2","a":"3","  a":"4"}"#, true).unwrap(), "a=4");
        assert_eq!(string_a("[]", false), None);
        assert_eq!(string_a(r#"{"a":"\ud800"}"#, false), None);
    }
}
