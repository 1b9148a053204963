//! Plates past their time: pseudonyms take their place.

use super::Result;
use crate::pseudonyms::Pseudonyms;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// Statements of the ledger that are gone through in one transaction: some tens of milliseconds, for which reports of the
/// same lots wait.
pub(crate) const PLATES_AT_ONCE: i64 = 200;

/// What a piece of the work came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlatesPiece {
    /// Statements whose plates are pseudonyms now.
    pub statements: u64,
    /// Sessions that are.
    pub sessions: u64,
    /// Statements that a hold has kept as they are.
    pub held: u64,
    /// Nothing is left to do.
    pub is_last: bool,
}

/// Plates, for as long as they are kept.
#[async_trait]
pub trait Retention {
    /// Goes on through the ledger, in the order of reception, from where the last piece ended: the plates of statements that
    /// were received before `before`, and of what was made of them (sessions, findings, charges, lists, orders), become
    /// pseudonyms, in one transaction. What an open hold covers stays; once it is lifted it is gone through again.
    ///
    /// What is kept is then what it would be, had the statements had the pseudonyms from the first.
    async fn pseudonymise_plates(
        &self,
        before: Timestamp,
        pseudonyms: Arc<dyn Pseudonyms>,
    ) -> Result<PlatesPiece>;

    /// The reception of the last statement that was gone through; `None` before the first.
    async fn plates_gone_through(&self) -> Result<Option<Timestamp>>;

    /// The reception of the oldest statement that is kept with its plates: the first that a hold has kept, or else the first
    /// that was not gone through; `None` without any.
    async fn oldest_plates(&self) -> Result<Option<Timestamp>>;
}
