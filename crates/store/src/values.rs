//! Values as every engine's tables hold them: moments in milliseconds, whole values as JSON.

use crate::{Result, StoreError};
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
pub(crate) fn document(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Conflict(format!("a value that has no JSON form: {error}")))
}

/// The whole value of a column; `what` it is goes into the error.
pub(crate) fn read_document<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
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
