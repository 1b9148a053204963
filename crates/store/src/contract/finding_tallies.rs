//! How many findings there are, by lot, kind, cause and hour: what a case's condition follows from.

use super::Result;
use async_trait::async_trait;
use bowei_model::supervision::Minutes;
use bowei_model::{Finding, FindingKind, LotCode};
use jiff::Timestamp;

/// How many findings of one lot, kind and cause were opened in an hour. They change in the transaction that changes the
/// findings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourTally {
    /// The lot.
    pub lot: LotCode,
    /// The kind.
    pub kind: FindingKind,
    /// [`Facts::cause`](bowei_model::Facts::cause).
    pub cause: String,
    /// The hour since 1970 by the wall clock in which they were opened, see [`finding_hour`].
    pub hour: i64,
    /// How many, those that are resolved included.
    pub found: i64,
    /// How many of them hold.
    pub open: i64,
}

/// A lot's findings of one kind, which have changed since its cases were last judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangedFindings {
    /// The lot.
    pub lot: LotCode,
    /// The kind.
    pub kind: FindingKind,
    /// Grows with every change. Handed to [`write_conditions`](super::Cases::write_conditions), it tells whether they have
    /// changed meanwhile.
    pub seq: i64,
}

/// The hour that a finding is tallied in.
pub fn finding_hour(finding: &Finding) -> i64 {
    hour_of(finding.opened_at)
}

/// The hour since 1970 by the wall clock that a moment is in.
pub(crate) fn hour_of(at: Timestamp) -> i64 {
    Minutes::hour_and_bit(at).0
}

/// How many findings.
#[async_trait]
pub trait FindingTallies {
    /// The tallies of those lots and kinds, of the hours from `from_hour` on and of earlier ones in which a finding was
    /// opened that still holds; in the order of [`HourTally`].
    async fn finding_tallies(
        &self,
        of: Vec<(LotCode, FindingKind)>,
        from_hour: i64,
    ) -> Result<Vec<HourTally>>;

    /// Lots and kinds whose findings have changed since they were last judged, those that changed first first; `limit` at
    /// most. A change that a node was told of and died over is among them.
    async fn changed_findings(&self, limit: usize) -> Result<Vec<ChangedFindings>>;
}
