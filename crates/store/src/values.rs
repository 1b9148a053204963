//! Values as every engine's tables hold them: moments in milliseconds, whole values as JSON.

use crate::{Result, StoreError};
use bowei_model::{Facts, FindingKind};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A moment as a column has it.
pub(crate) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The moment of a column.
pub(crate) fn moment(millis: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(millis)
        .map_err(|error| StoreError::Unreadable(format!("{millis} is no moment: {error}")))
}

/// A whole value as a column has it.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Conflict(format!("a value that has no JSON form: {error}")))
}

/// The whole value of a column; `what` it is goes into the error.
pub(crate) fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| {
        StoreError::Unreadable(format!(
            "{what}: {error}; was it written by a newer version? If not, restore the database from a copy"
        ))
    })
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A finding's facts as columns have them: as JSON, or the sentence where that is all there is.
pub(crate) fn kept_facts(facts: &Facts) -> Result<(Option<String>, &str)> {
    match facts {
        Facts::Sentence { text } => Ok((None, text)),
        facts => Ok((Some(to_json(facts)?), "")),
    }
}

/// The facts of the columns.
pub(crate) fn read_facts(facts: Option<&str>, sentence: &str) -> Result<Facts> {
    match facts {
        Some(facts) => from_json("the facts of a finding", facts),
        None => Ok(Facts::Sentence { text: sentence.to_owned() }),
    }
}

/// The kind of a finding's column.
pub(crate) fn read_kind(name: &str) -> Result<FindingKind> {
    FindingKind::from_name(name).ok_or_else(|| {
        StoreError::Unreadable(format!("a finding of the unknown kind {name:?}: start a newer Bowei"))
    })
}
