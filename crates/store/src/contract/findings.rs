//! Findings: what is doubted about what lots say.

use super::{Cursor, Page, Result};
use async_trait::async_trait;
use bowei_model::finding::RECORD_AWAITED_FOR;
use bowei_model::{Finding, FindingKind, LotCode};
use jiff::Timestamp;

/// Which findings to list: newest first.
#[derive(Clone, Debug, Default)]
pub struct FindingQuery {
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// Of this kind.
    pub kind: Option<FindingKind>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// Only those that are due at this moment, see [`bowei_model::Finding::is_due`]; `None`: all.
    pub due_at: Option<Timestamp>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

impl FindingQuery {
    /// The kind of finding that is due only some time after its moment, with the latest moment that is due: what
    /// [`bowei_model::Finding::is_due`] says of one finding, for a list.
    pub(crate) fn not_yet_due(&self) -> Option<(FindingKind, Timestamp)> {
        let due = self.due_at?.saturating_sub(RECORD_AWAITED_FOR).unwrap_or(Timestamp::MIN);
        Some((FindingKind::PhotoWithoutRecord, due))
    }
}

/// What is doubted.
#[async_trait]
pub trait Findings {
    /// Findings.
    async fn findings(&self, query: FindingQuery) -> Result<Page<Finding>>;

    /// How many findings there are. Of the query `limit` and `cursor` are ignored.
    async fn findings_count(&self, query: FindingQuery) -> Result<u64>;
}
