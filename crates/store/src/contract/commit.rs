//! Keeping what lots say: a delivery whole or not at all.

use super::{LotRow, Result};
use async_trait::async_trait;
use bowei_model::{Effect, FindingKind, LotCode, PhotosAtMost, Statement};
use std::sync::Arc;

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
    /// Of these lots, the kinds of which the batch changed findings: their cases are to be looked at.
    pub findings_changed: Vec<(LotCode, FindingKind)>,
}

/// Deliveries, kept.
#[async_trait]
pub trait Commit {
    /// Keeps a delivery. Returns once it is on stable storage, together with whatever else had gathered.
    async fn commit(&self, delivery: NewDelivery) -> Result<Committed>;

    /// Waits until everything handed over before is written: for a graceful stop, and for tests.
    async fn flush(&self) -> Result<()>;
}
