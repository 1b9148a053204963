//! The contract: what the platform needs kept. It asks for durability, for state that is a function of the set of
//! statements, and for answers in pages; it does not ask how.

mod inspector;
mod jobs;
mod lists;
mod logins;
mod registry;

pub use inspector::*;
pub use jobs::*;
pub use lists::*;
pub use logins::*;
pub use registry::*;

use async_trait::async_trait;
use bowei_model::{
    Effect, Finding, LotCode, LotState, ParkingSession, PhotosAtMost, ProviderCode, Statement,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// More waits to be written than may wait: come back later. Nothing was kept.
    #[error("the store's queue of {waiting} deliveries is full")]
    Overloaded {
        /// How many wait.
        waiting: usize,
    },
    /// The engine cannot be reached or cannot write. Whether anything was kept is not known: say it again, which
    /// is harmless.
    #[error("the store cannot be used now: {0}")]
    Unavailable(String),
    /// Somebody else changed the same at the same moment, and nothing was kept: say it again.
    #[error("somebody else changed the same at the same moment: {0}")]
    Contended(String),
    /// The change contradicts what is kept, and nothing of it was done.
    #[error("{0}")]
    Conflict(String),
    /// What a change was worked out from has changed since, and nothing of it was done: read again, and work it out
    /// anew.
    #[error(
        "the registry has changed meanwhile (version {found}, and the change was worked out from version {based_on}): \
         do it again"
    )]
    Outdated {
        /// The version that the change was worked out from.
        based_on: i64,
        /// The version as it is.
        found: i64,
    },
    /// What is kept cannot be read: written by a newer Bowei, or damaged.
    #[error("the store holds something that this version cannot read: {0}")]
    Unreadable(String),
}

impl StoreError {
    /// A fault of ours: work on a thread of its own that did not come to its end.
    pub(crate) fn ours(error: &tokio::task::JoinError) -> Self {
        Self::Unreadable(format!("a fault of Bowei's, please report it: {error}"))
    }
}

/// A short name for the results of this contract.
pub type Result<T> = std::result::Result<T, StoreError>;

/// One delivery to keep: all of it or nothing.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// SHA-256 of the message as it came.
    pub message_sha256: [u8; 32],
    /// What it says. Shared with whoever handed it over, and needs it once it is kept.
    pub statements: Arc<[NewStatement]>,
    /// The condition on which it is kept; decided where it is kept, so that it holds on however many nodes.
    pub condition: Option<PhotosAtMost>,
}

/// One statement of a delivery.
#[derive(Clone, Debug)]
pub struct NewStatement {
    /// The statement, with what intake doubts.
    pub statement: Statement,
    /// Fields the text does not name, as a JSON object.
    pub unnamed_fields: Option<String>,
}

/// What keeping a delivery did.
#[derive(Clone, Debug)]
pub struct Committed {
    /// Whether its condition held. If not, nothing of it was kept.
    pub kept: bool,
    /// For each statement of the delivery, in its order.
    pub effects: Vec<Effect>,
    /// The states of the lots that it touched, as they are after the batch that it was part of.
    pub lots: Vec<LotRow>,
}

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
pub struct AccountHeard {
    /// The provider.
    pub provider: ProviderCode,
    /// The standard's name.
    pub standard: String,
    /// The last sign of life, by the platform's clock.
    pub at: Timestamp,
}

/// A message that was refused, for the message inspector. Secrets and pictures are cut out before it gets here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedMessage {
    /// When it was received.
    pub at: Timestamp,
    /// The standard's name.
    pub standard: String,
    /// The path as requested.
    pub path: String,
    /// Who it says spoke.
    pub account: Option<String>,
    /// The provider, where the account is known.
    pub provider: Option<ProviderCode>,
    /// Nothing proves that it was `account`, or `provider`, who spoke: it was refused before that was found right.
    #[serde(default)]
    pub claimed: bool,
    /// The lot, where it is known.
    pub lot: Option<LotCode>,
    /// The record, as the message gives it.
    pub record_id: Option<String>,
    /// The answer's code.
    pub code: String,
    /// The answer's words.
    pub message: String,
    /// The field at fault.
    pub field: Option<String>,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub came: Option<String>,
    /// The steps of opening it, as a JSON list of `{name, value}`.
    pub steps: String,
    /// What it was read as, as far as reading got.
    pub read_as: Option<String>,
}

/// What the platform needs kept.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Keeps a delivery. Returns once it is on stable storage, together with whatever else had gathered.
    async fn commit(&self, delivery: NewDelivery) -> Result<Committed>;

    /// Notes a refused message, and forgets what is then beyond the bounds. Not waited for: when more than a bounded number
    /// wait, further ones are dropped and counted, for an attacker must not be able to fill the queue that records go
    /// through.
    fn note_refusal(&self, refused: RefusedMessage, bounds: InspectorBounds);

    /// Waits until everything handed over before is written: for a graceful stop, and for tests.
    async fn flush(&self) -> Result<()>;

    /// Whether the store can be written to now.
    async fn ready(&self) -> Result<()>;

    /// Whether other nodes may write to the same store: then a node has to follow what they keep.
    fn is_shared(&self) -> bool;

    /// Makes room for the days around `now`, where the engine files by day. Asked at the start and once a day; asking
    /// more often does nothing more.
    async fn prepare_days(&self, now: Timestamp) -> Result<()>;

    /// The revision of every lot that was ever heard: cheap, asked several times a second by every node.
    async fn lot_revisions(&self) -> Result<Vec<(LotCode, i64)>>;

    /// The states of those of `lots` that were ever heard.
    async fn lot_states_of(&self, lots: Vec<LotCode>) -> Result<Vec<LotRow>>;

    /// Every lot's state.
    async fn lot_states(&self) -> Result<Vec<LotRow>>;

    /// When each account was last heard.
    async fn accounts_heard(&self) -> Result<Vec<AccountHeard>>;

    /// Sessions.
    async fn sessions(&self, query: SessionQuery) -> Result<Page<ParkingSession>>;

    /// One session, parking or not (a photo may come before its record).
    async fn session(&self, lot: &LotCode, record_id: &str) -> Result<Option<ParkingSession>>;

    /// A lot's curve from `from` to `to`, its first point at `from`; no more than `limit` points, thinned evenly.
    async fn counts(
        &self,
        lot: &LotCode,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<CountPoint>>;

    /// Findings.
    async fn findings(&self, query: FindingQuery) -> Result<Page<Finding>>;

    /// How many findings there are. Of the query `limit` and `cursor` are ignored.
    async fn findings_count(&self, query: FindingQuery) -> Result<u64>;

    /// The message inspector.
    async fn reports(&self, query: ReportQuery) -> Result<Page<InspectedReport>>;

    /// Charging records.
    async fn charging_records(&self, query: ChargingQuery) -> Result<Page<ChargingRow>>;

    /// Whether a charging record of that order of that operator is kept.
    async fn is_charged(&self, operator: &ProviderCode, order_no: &str) -> Result<bool>;

    /// Documents of one kind.
    async fn documents(&self, query: DocumentQuery) -> Result<Page<DocumentRow>>;

    /// Those of the documents named, by lot and name, that there are.
    async fn documents_named(&self, kind: &str, names: Vec<(LotCode, String)>) -> Result<Vec<DocumentRow>>;

    /// Where a photo belongs: `day` as in [`bowei_model::moment::day`] of its reception. Several records may show
    /// the same picture.
    async fn photo(&self, day: u32, sha256: &str) -> Result<Vec<PhotoRow>>;

    /// Those of the day's pictures (`sha256`, lower-case hex) that no record shows: what a crash between a picture and
    /// its record leaves, and pictures of records that have not come.
    async fn photos_unshown(&self, day: u32, sha256: Vec<String>) -> Result<Vec<String>>;

    /// What came on the day (`yyyymmdd`, UTC+08:00) and, with `None`, what came ever.
    async fn tallies(&self, day: Option<u32>) -> Result<Vec<Tally>>;

    /// The registry's version: cheap, asked every second.
    async fn registry_version(&self) -> Result<i64>;

    /// The whole registry.
    async fn registry(&self) -> Result<RegistryRows>;

    /// Changes the registry; returns its new version.
    async fn change_registry(&self, change: RegistryChange) -> Result<i64>;

    /// Keeps a login; the account's former one is gone.
    async fn keep_login(&self, login: LoginRow) -> Result<()>;

    /// Lets a token live until `dies_at`, unless it lives longer already. One that is gone stays so.
    async fn renew_login(&self, standard: &str, token_sha256: &[u8], dies_at: Timestamp) -> Result<()>;

    /// The login of a token, dead ones included.
    async fn login_by_token(&self, standard: &str, token_sha256: &[u8]) -> Result<Option<LoginRow>>;

    /// The login of an account, a dead one included.
    async fn login_by_account(&self, standard: &str, account: &str) -> Result<Option<LoginRow>>;

    /// Asks for the right to do a job of a period. Granted to one holder at a time, and to nobody once the period's job
    /// is done: so that of many nodes one does it, and another takes over when that one dies.
    async fn claim_job(&self, claim: JobClaim) -> Result<bool>;

    /// Says what came of a run. A holder that has lost the right changes nothing.
    async fn finish_job(&self, end: JobEnd) -> Result<()>;

    /// How far a job has come; `None` where it was never begun.
    async fn job_progress(&self, job: &str) -> Result<Option<JobProgress>>;

    /// Runs of one job or of all, the latest to begin first; [`RUNS_KEPT_MAX`] of each job are kept.
    async fn job_runs(&self, job: Option<&str>, limit: usize) -> Result<Vec<JobRun>>;

    /// Keeps a mark, unless there is one of that name already; returns the one that is kept.
    async fn mark_once(&self, name: &str, value: Vec<u8>) -> Result<Vec<u8>>;

    /// Forgets what is too old for the inspector or beyond its bounds; returns how many rows went.
    async fn trim_inspector(&self, now: Timestamp, bounds: InspectorBounds) -> Result<u64>;
}
