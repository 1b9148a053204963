//! Fields of a camera's JSON by their path. Firmware differs in the case of names and in whether numbers are strings.

use serde_json::Value;
use std::borrow::Cow;

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
