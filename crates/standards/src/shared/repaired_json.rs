//! Messages whose JSON is as some texts print it: read all the same, and doubted.

use bowei_encoding::json_repair::{is_json, repaired};
use bowei_model::{Doubt, Facts};
use bytes::Bytes;

/// A message's JSON as it was received, or repaired where that alone makes it readable; and whether it was repaired.
pub(crate) fn read(body: &Bytes) -> (Bytes, bool) {
    let Ok(text) = std::str::from_utf8(body) else { return (body.clone(), false) };
    if is_json(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        return (body.clone(), false);
    }
    match repaired(text) {
        Some(repaired) => (Bytes::from(repaired), true),
        None => (body.clone(), false),
    }
}

/// What is doubted about every report of a message that had to be repaired.
pub(crate) fn doubt() -> Doubt {
    Facts::MalformedJson.into()
}
