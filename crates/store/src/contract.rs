//! The contract: what the platform needs kept. It asks for durability, for state that is a function of the set of
//! statements, and for answers in pages; it does not ask how.

use async_trait::async_trait;
use bowei_model::{
    ChargingRecord, Effect, Finding, FindingKind, Lot, LotCode, LotState, ParkingSession, ProviderCode,
    Statement,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

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
    /// The change contradicts what is kept, and nothing of it was done.
    #[error("{0}")]
    Conflict(String),
    /// What is kept cannot be read: written by a newer Bowei, or damaged.
    #[error("the store holds something that this version cannot read: {0}")]
    Unreadable(String),
}

/// A short name for the results of this contract.
pub type Result<T> = std::result::Result<T, StoreError>;

/// One delivery to keep: all of it or nothing.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// SHA-256 of the message as it came.
    pub message_sha256: [u8; 32],
    /// What it says.
    pub statements: Vec<NewStatement>,
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

/// When an account was last heard: its heartbeats speak for all its lots.
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
    /// Who it says spoke; whether that is true is what may have been refused.
    pub account: Option<String>,
    /// The provider, where the account is known.
    pub provider: Option<ProviderCode>,
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

/// A row of the message inspector.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectedReport {
    /// Its id, unique in the inspector.
    pub id: String,
    /// When it was received.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: InspectedOutcome,
}

/// What became of an inspected message.
#[derive(Clone, Debug, PartialEq)]
pub enum InspectedOutcome {
    /// It is in the ledger.
    Accepted {
        /// The statement as kept.
        statement: Box<Statement>,
        /// Fields the text does not name, as a JSON object.
        unnamed_fields: Option<String>,
        /// Whether it was the first of its record and kind.
        amended: bool,
        /// SHA-256 of the message it came in, lower-case hex.
        message_sha256: String,
    },
    /// It was refused.
    Refused(Box<RefusedMessage>),
}

/// A place in a list, opaque outside the store: hand it back to get the next page.
pub type Cursor = String;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
}

/// Which sessions to list: newest entry (or, without one, exit) first.
#[derive(Clone, Debug, Default)]
pub struct SessionQuery {
    /// The lot.
    pub lot: Option<LotCode>,
    /// Exactly this plate, as [`bowei_model::Plate`] writes it.
    pub plate: Option<String>,
    /// Open sessions.
    pub open: bool,
    /// Closed sessions. Neither `open` nor `closed` means both.
    pub closed: bool,
    /// Begun at this moment or later.
    pub from: Option<Timestamp>,
    /// Begun before this moment.
    pub to: Option<Timestamp>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

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
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// Which messages to inspect: newest first.
#[derive(Clone, Debug, Default)]
pub struct ReportQuery {
    /// Of this provider.
    pub provider: Option<ProviderCode>,
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// Accepted ones.
    pub accepted: bool,
    /// Refused ones. Neither means both.
    pub refused: bool,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// Which charging records to list: latest end first.
#[derive(Clone, Debug, Default)]
pub struct ChargingQuery {
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// Of this order.
    pub order_no: Option<String>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// A charging record with the parking it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargingRow {
    /// The record.
    pub record: ChargingRecord,
    /// The session of the same lot and plate whose span covers most of the charge.
    pub session: Option<String>,
}

/// A point of a lot's curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountPoint {
    /// When.
    pub at: Timestamp,
    /// Free spaces as the lot had last said; `None` before its first word.
    pub reported: Option<i64>,
    /// Cars known inside.
    pub inside: i64,
}

/// Where a photo belongs, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoRow {
    /// The lot.
    pub lot: LotCode,
    /// The record.
    pub record_id: String,
    /// The media type of its bytes.
    pub media_type: String,
}

/// How many of something came on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The standard's name.
    pub standard: String,
    /// `accepted`, `repeated`, `amended` or `refused`.
    pub outcome: String,
    /// The report's kind; for what was refused, the answer's code.
    pub kind: String,
    /// How many.
    pub count: i64,
}

/// A provider as the registry keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRow {
    /// Its code.
    pub code: ProviderCode,
    /// Its name.
    pub name: String,
    /// Whom to call.
    pub contact: Option<String>,
}

/// A credential as the registry keeps it: sealed, and unreadable here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRow {
    /// Its id, unique, made by whoever issues it.
    pub id: String,
    /// Whose it is.
    pub provider: ProviderCode,
    /// For which standard.
    pub standard: String,
    /// The account's name in messages. Within a standard, a name belongs to one provider.
    pub account: String,
    /// The fields, sealed.
    pub sealed: Vec<u8>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it stops to be accepted; `None`: not yet decided.
    pub expires_at: Option<Timestamp>,
}

/// An API token as the registry keeps it: by digest alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its public id.
    pub id: String,
    /// SHA-256 of the token.
    pub sha256: Vec<u8>,
    /// `regulator`, `operator`, `viewer` or `provider:CODE`.
    pub role: String,
    /// Prefix of the districts that it sees; `None`: all.
    pub district: Option<String>,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it stops to be accepted.
    pub expires_at: Option<Timestamp>,
}

/// Everything that the registry keeps, at one moment.
#[derive(Clone, Debug, Default)]
pub struct RegistryRows {
    /// Grows with every change.
    pub version: i64,
    /// Providers.
    pub providers: Vec<ProviderRow>,
    /// Lots.
    pub lots: Vec<Lot>,
    /// Credentials, expired ones included until they are swept.
    pub credentials: Vec<CredentialRow>,
    /// Tokens.
    pub tokens: Vec<TokenRow>,
}

/// A change of the registry: done whole or not at all.
#[derive(Clone, Debug, Default)]
pub struct RegistryChange {
    /// Providers to create or replace.
    pub providers: Vec<ProviderRow>,
    /// Lots to create or replace. Two lots cannot have the same id in one standard: [`StoreError::Conflict`],
    /// which names both.
    pub lots: Vec<Lot>,
    /// Credentials to add.
    pub credentials: Vec<CredentialRow>,
    /// Credentials to end: id and when.
    pub ends: Vec<(String, Timestamp)>,
    /// Tokens to create or replace.
    pub tokens: Vec<TokenRow>,
}

impl RegistryChange {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty()
            && self.lots.is_empty()
            && self.credentials.is_empty()
            && self.ends.is_empty()
            && self.tokens.is_empty()
    }
}

/// Bounds of what is kept for the message inspector.
#[derive(Clone, Copy, Debug)]
pub struct InspectorBounds {
    /// Refused messages older than this go.
    pub age_max: Duration,
    /// Of the rest, only this many of the newest stay.
    pub rows_max: u64,
}

/// What the platform needs kept.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Keeps a delivery. Returns once it is on stable storage, together with whatever else had gathered.
    async fn commit(&self, delivery: NewDelivery) -> Result<Committed>;

    /// Notes a refused message. Not waited for: when more than a bounded number wait, further ones are dropped and
    /// counted, for an attacker must not be able to fill the queue that records go through.
    fn note_refusal(&self, refused: RefusedMessage);

    /// Waits until everything handed over before is written: for a graceful stop, and for tests.
    async fn flush(&self) -> Result<()>;

    /// Whether the store can be written to now.
    async fn ready(&self) -> Result<()>;

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

    /// How many findings are dated `from` or later, of these lots alone or (`None`) of all.
    async fn findings_since(&self, from: Timestamp, lots: Option<Vec<LotCode>>) -> Result<u64>;

    /// The message inspector.
    async fn reports(&self, query: ReportQuery) -> Result<Page<InspectedReport>>;

    /// Charging records.
    async fn charging_records(&self, query: ChargingQuery) -> Result<Page<ChargingRow>>;

    /// Where a photo belongs: `day` as in [`bowei_model::moment::day`] of its reception. Several records may show
    /// the same picture.
    async fn photo(&self, day: u32, sha256: &str) -> Result<Vec<PhotoRow>>;

    /// What came on the day (`yyyymmdd`, UTC+08:00) and, with `None`, what came ever.
    async fn tallies(&self, day: Option<u32>) -> Result<Vec<Tally>>;

    /// The registry's version: cheap, asked every second.
    async fn registry_version(&self) -> Result<i64>;

    /// The whole registry.
    async fn registry(&self) -> Result<RegistryRows>;

    /// Changes the registry; returns its new version.
    async fn change_registry(&self, change: RegistryChange) -> Result<i64>;

    /// Forgets what the inspector need not keep; returns how many rows went.
    async fn trim_inspector(&self, now: Timestamp, bounds: InspectorBounds) -> Result<u64>;
}
