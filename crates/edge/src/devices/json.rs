//! Fields of a camera's JSON by their path. Firmware differs in the case of names and in whether numbers are strings.

use bowei_encoding::json_repair::repaired;
use serde_json::Value;
use std::borrow::Cow;

/// A message's JSON. Where it is none: without the slips of firmware that writes JSON by `printf`, and then mended as
/// printed examples are, since firmware is written after those.
pub(super) fn read(text: &str) -> Option<Value> {
    let text = text.trim_matches(['\u{feff}', '\0']).trim();
    serde_json::from_str(text).ok().or_else(|| {
        let plain = without_slips(text);
        serde_json::from_str(&plain).ok().or_else(|| serde_json::from_str(&repaired(&plain)?).ok())
    })
}

/// What C's `printf` writes for numbers that are none.
const NO_NUMBERS: [&str; 4] = ["nan", "inf", "infinity", "undefined"];

/// The text without commas before an end (`"a":1,}`) or twice, with `null` for numbers that are none, and with the
/// control characters in strings escaped. One pass; nothing else is touched. Not by a JSON5 reader: none that is kept
/// up bounds how deep it goes, and single quotes and comments no camera has been seen to write.
fn without_slips(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    // A comma is written once it is known what follows.
    let mut comma = false;
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '"' => string_end(rest),
            c if c.is_ascii_alphabetic() || matches!(c, '-' | '+') => rest
                .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '+' | '.'))
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        if piece == "," {
            comma = true;
            continue;
        }
        if comma && !piece.trim().is_empty() {
            if !matches!(c, '}' | ']') {
                plain.push(',');
            }
            comma = false;
        }
        let word = piece.trim_start_matches(['-', '+']);
        if NO_NUMBERS.iter().any(|none| word.eq_ignore_ascii_case(none)) {
            plain.push_str("null");
        } else if c == '"' {
            for c in piece.chars() {
                match c {
                    c if c < ' ' => plain.push_str(&format!("\\u{:04x}", u32::from(c))),
                    c => plain.push(c),
                }
            }
        } else {
            plain.push_str(piece);
        }
    }
    plain
}

/// The length of the string that `rest` begins with, both quotes in it; all of it where it does not end.
fn string_end(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    rest.len()
}

/// The value at `path`, in any letter case; `None` where a step is missing or null.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    let found = path.iter().try_fold(value, |value, name| {
        let object = value.as_object()?;
        object.get(*name).or_else(|| {
            object.iter().find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
    })?;
    (!found.is_null()).then_some(found)
}

/// The string or number at `path` as text; `None` where it is empty.
pub(super) fn text<'a>(value: &'a Value, path: &[&str]) -> Option<Cow<'a, str>> {
    let text = match at(value, path)? {
        Value::String(text) => Cow::Borrowed(text.trim()),
        Value::Number(number) => Cow::Owned(number.to_string()),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The whole number at `path`: `3`, `"3"`, `3.0`.
pub(super) fn whole(value: &Value, path: &[&str]) -> Option<i64> {
    match at(value, path)? {
        Value::String(text) => text.trim().parse().ok(),
        #[allow(
            clippy::cast_possible_truncation,
            reason = "checked to be whole and within the range of exact floats"
        )]
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
        }),
        Value::Bool(flag) => Some(i64::from(*flag)),
        _ => None,
    }
}

/// The truth value at `path`: `true`, `1`, `"1"`, `"true"`.
pub(super) fn flag(value: &Value, path: &[&str]) -> Option<bool> {
    match at(value, path)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => whole(value, path).map(|number| number != 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_slips_of_firmware_cost_nothing() {
        for (text, expected) in [
            (r#"{"a": 1, "b": [1, 2,], }"#, json!({"a": 1, "b": [1, 2]})),
            (r#"{"a": 1,, "b": 2}"#, json!({"a": 1, "b": 2})),
            (
                r#"{"a": nan, "b": -NaN, "c": -inf, "d": Infinity}"#,
                json!({"a": null, "b": null, "c": null, "d": null}),
            ),
            ("{\"a\": \"x\ty\r\nz\u{1}\",}", json!({"a": "x\ty\r\nz\u{1}"})),
            ("\u{feff}{\"a\": 1}\0\0", json!({"a": 1})),
            (r#"{"a": "1,}", "b": "nan, \"],",}"#, json!({"a": "1,}", "b": "nan, \"],"})),
            (r#"{"a": 1, "a": 2}"#, json!({"a": 2})),
            (r#"{"decmon": 04, "n": "浙",}"#, json!({"decmon": "04", "n": "浙"})),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
        for text in ["{,", "{\"a\": ", "}", "{'a': 1}", "{\"a\": nanometre}"] {
            let read = read(text);
            assert!(read.as_ref().is_none_or(|value| value["a"] == "nanometre"), "{text}: {read:?}");
        }
        assert_eq!(read(&"[".repeat(1_000_000)), None);
    }
}
