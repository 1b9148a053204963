//! Values as every engine's tables hold them: moments in milliseconds, whole values as JSON.

use crate::{Result, StoreError};
use bowei_model::{Facts, FindingKind, Interval, PassageHistory};
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

/// When a record had a passage, as columns have it.
#[derive(Clone, Debug, Default)]
pub(crate) struct HistoryColumns {
    pub(crate) number: Option<i64>,
    /// The last time.
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
    /// The times before as JSON, where there were any.
    pub(crate) earlier: Option<String>,
}

impl HistoryColumns {
    pub(crate) fn of(had: &PassageHistory) -> Result<Self> {
        let Some((last, earlier)) = had.intervals.split_last() else { return Ok(Self::default()) };
        let earlier: Vec<_> =
            earlier.iter().map(|interval| (millis(interval.since), interval.until.map(millis))).collect();
        Ok(Self {
            number: Some(had.number.into()),
            since: Some(millis(last.since)),
            until: last.until.map(millis),
            earlier: if earlier.is_empty() { None } else { Some(to_json(&earlier)?) },
        })
    }

    /// What they say of the passage of that second. Where it was kept before they were there, or by a node of an older
    /// version, it is not known when it was received: it is taken to be had since the car passed.
    pub(crate) fn read(self, second: Timestamp) -> Result<PassageHistory> {
        let mut all: Vec<(i64, Option<i64>)> = match &self.earlier {
            Some(earlier) => from_json("the times of a passage", earlier)?,
            None => Vec::new(),
        };
        all.push((self.since.unwrap_or_else(|| millis(second)), self.until));
        let read = |(since, until): (i64, Option<i64>)| {
            Ok(Interval { since: moment(since)?, until: until.map(moment).transpose()? })
        };
        let number = self.number.and_then(|number| u32::try_from(number).ok()).unwrap_or(1);
        Ok(PassageHistory { number, intervals: all.into_iter().map(read).collect::<Result<_>>()? })
    }
}
