//! How things stand now: how full each lot is, and when it was heard.

use super::Result;
use async_trait::async_trait;
use bowei_model::{LotCode, LotState, ProviderCode};
use jiff::Timestamp;

/// A lot's state with its revision: of two states of a lot, the one with the higher revision is the later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotRow {
    /// The lot.
    pub lot: LotCode,
    /// How full it is and when it was heard.
    pub state: LotState,
    /// Grows with every change of the lot's state.
    pub revision: i64,
}

/// When an account was last heard: its heartbeats that name no lot speak for all its lots that were heard before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLastSeen {
    /// The provider.
    pub provider: ProviderCode,
    /// The standard's name.
    pub standard: String,
    /// The last sign of life, by the platform's clock.
    pub at: Timestamp,
}

/// Which lots' states may have changed, with how far they were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LotRevisions {
    /// Lots with their revisions.
    pub lots: Vec<(LotCode, i64)>,
    /// Everything that was kept before this is in `lots`, or was in those of an earlier look.
    pub horizon: i64,
}

/// How lots stand, and when accounts were heard.
#[async_trait]
pub trait LotStates {
    /// The revisions of all lots that were kept anew since an earlier look's [`LotRevisions::horizon`], and perhaps of
    /// some more; `None`: of every lot that was ever heard. Asked several times a second by every node.
    async fn lot_revisions(&self, since: Option<i64>) -> Result<LotRevisions>;

    /// The states of those of `lots` that were ever heard.
    async fn lot_states_of(&self, lots: Vec<LotCode>) -> Result<Vec<LotRow>>;

    /// Every lot's state.
    async fn lot_states(&self) -> Result<Vec<LotRow>>;

    /// When each account was last heard.
    async fn accounts_last_seen(&self) -> Result<Vec<AccountLastSeen>>;
}
