//! Exports: what somebody takes away as a file, with who asked, for what, and who allowed it.

use super::{Result, StoreError};
use async_trait::async_trait;
use bowei_model::{LotCode, ProviderCode, moment};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportKind {
    /// Parking sessions.
    Sessions,
    /// Findings.
    Findings,
}

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportState {
    /// A second person has to decide.
    Pending,
    /// Its file may be read until `expires_at`.
    Ready,
    /// A second person has refused it.
    Refused,
}

/// An export. Its file is made when it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRow {
    /// Made by whoever asks for it, unique.
    pub id: String,
    /// Such as `D2026-000123`, unique: the year in which it was asked for, and the next of one sequence for all nodes.
    /// The store makes it when the export is created; whatever a row says is left aside.
    pub number: String,
    /// What.
    pub kind: ExportKind,
    /// Of this lot; `None`: of all within the bounds of who asked.
    pub lot: Option<LotCode>,
    /// Prefix of the districts that who asked saw then; `None`: all.
    pub district: Option<String>,
    /// The provider whose lots alone who asked saw then; `None`: all.
    pub provider: Option<ProviderCode>,
    /// From this moment.
    pub from: Timestamp,
    /// To before this one.
    pub to: Timestamp,
    /// What for.
    pub purpose: String,
    /// How many rows there were when it was asked for.
    pub rows: u64,
    /// How far it is.
    pub state: ExportState,
    /// The login of who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: Timestamp,
    /// The login of the second person; `None` where nobody had to decide, or nobody has.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Until when the file may be read, once it is ready.
    pub expires_at: Option<Timestamp>,
    /// Grows with every change, from 1. A new export has 0 until it is kept.
    pub revision: i64,
}

impl ExportRow {
    /// The row as it is kept, as `seq` of the sequence: created where none is `found`, or in place of the one of that
    /// revision and number; refuses a change that contradicts it.
    pub(crate) fn kept(&self, found: Option<(i64, String)>, seq: i64) -> Result<Self> {
        let (based_on, id) = (self.revision, &self.id);
        let number = match found {
            None if based_on == 0 => number(self.requested_at, seq),
            None => return Err(StoreError::Conflict(format!("there is no export {id}: create it first"))),
            Some(_) if based_on == 0 => {
                return Err(StoreError::Conflict(format!("there is an export {id} already")));
            }
            Some((found, number)) if found == based_on => number,
            Some((found, _)) => return Err(StoreError::Outdated { based_on, found }),
        };
        Ok(Self { number, revision: based_on + 1, ..self.clone() })
    }
}

/// A number as people read it; the year is that of the wall clock in UTC+08:00.
fn number(at: Timestamp, seq: i64) -> String {
    format!("D{:04}-{seq:06}", moment::to_wall(at).year())
}

/// Exports. They are changed by [`Administration`](super::Administration) alone.
#[async_trait]
pub trait Exports {
    /// The export of that id.
    async fn export(&self, id: &str) -> Result<Option<ExportRow>>;

    /// Exports, the newest first; those that `requested_by` asked for alone, where one is named.
    async fn exports(&self, requested_by: Option<&str>, limit: usize) -> Result<Vec<ExportRow>>;
}
