//! Findings: what is doubted about what lots say.

use super::{Cursor, Page, Result};
use crate::values::hex;
use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use bowei_model::finding::RECORD_AWAITED_FOR;
use bowei_model::{Finding, FindingKind, LotCode};
use jiff::Timestamp;

/// Which findings to list: newest first, by the time that is asked for.
#[derive(Clone, Debug, Default)]
pub struct FindingQuery {
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// Of this kind.
    pub kind: Option<FindingKind>,
    /// Of this cause, see [`bowei_model::Facts::cause`].
    pub cause: Option<String>,
    /// Which of a finding's two times orders the list, and lies within `from` and `to`.
    pub by: FindingTime,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// Those that hold, those that are resolved, or both.
    pub states: FindingStates,
    /// Only those that are due at this moment, see [`bowei_model::Finding::is_due`]; `None`: all.
    pub due_at: Option<Timestamp>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// The two times that a finding has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindingTime {
    /// That of what is doubted, as the lot says it ([`Finding::at`]): where it lies in a lot's day, however wrong a clock is.
    #[default]
    At,
    /// When what it follows from had been received ([`Finding::opened_at`]): what is new to the platform.
    Received,
}

/// Findings by whether they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindingStates {
    /// Those that hold.
    #[default]
    Open,
    /// Those that held, and no longer do.
    Resolved,
    /// Both.
    All,
}

/// What a finding is known by outside: half of the SHA-256 of its lot, subject, kind and which, each with its length before
/// it, in lower-case hex. No word of it depends on what is said about the finding.
pub fn finding_id(finding: &Finding) -> String {
    let Finding { lot, subject, kind, which, .. } = finding;
    let mut identity = Context::new(&SHA256);
    for part in [lot.as_str(), subject.as_str(), kind.name(), which.as_str()] {
        identity.update(format!("{}\n{part}", part.len()).as_bytes());
    }
    hex(identity.finish().as_ref().get(..16).unwrap_or_default())
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
