//! How each node is: what it says of itself every half minute, for the page on the platform's health.

use super::{Document, Kept};
use bowei_store::{Change, OfficeQuery, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;
use utoipa::ToSchema;

/// How often a node says how it is.
pub(crate) const EVERY: Duration = Duration::from_secs(30);

/// A node that has said nothing for so long is taken to be away.
pub(crate) const AWAY_AFTER: SignedDuration = SignedDuration::from_secs(100);

/// A node that has said nothing for so long is forgotten: it was stopped, and another has its work.
pub(crate) const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Nodes that are shown, and that are forgotten at once.
pub(crate) const NODES_MAX: usize = 100;

/// A node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) version: String,
    pub(crate) started_at: Timestamp,
    pub(crate) seen_at: Timestamp,
    pub(crate) queues: Vec<QueueState>,
    pub(crate) disks: Vec<Disk>,
}

/// What waits in a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct QueueState {
    pub(crate) name: String,
    pub(crate) waiting: u64,
    /// How much may wait.
    pub(crate) max: u64,
}

/// A disk that something is kept on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Disk {
    /// What is kept there.
    pub(crate) what: String,
    pub(crate) path: String,
    pub(crate) free_bytes: u64,
    pub(crate) total_bytes: u64,
}

impl Document for Node {
    const KIND: &'static str = "node";

    fn state(&self) -> String {
        "seen".to_owned()
    }

    fn at(&self) -> Timestamp {
        self.seen_at
    }
}

/// The disk that a folder is on; `None` where the system does not say.
pub(crate) fn disk(what: &str, folder: &Path) -> Option<Disk> {
    let told = rustix::fs::statvfs(folder).ok()?;
    Some(Disk {
        what: what.to_owned(),
        path: folder.display().to_string(),
        free_bytes: told.f_bavail.saturating_mul(told.f_frsize),
        total_bytes: told.f_blocks.saturating_mul(told.f_frsize),
    })
}

/// Keeps what a node says of itself, and forgets those of which nothing was heard for long.
pub(crate) async fn say(store: &dyn Store, id: &str, node: Node) -> Result<(), StoreError> {
    let known: Option<Kept<Node>> = super::one(store, id).await?;
    let kept = Kept { revision: known.map_or(0, |known| known.revision), id: id.to_owned(), document: node };
    let over = kept.document.seen_at.saturating_sub(FORGOTTEN_AFTER).unwrap_or(Timestamp::MIN);
    let query = OfficeQuery { before: Some(over), limit: NODES_MAX, ..OfficeQuery::default() };
    let gone = super::list::<Node>(store, query).await?.items;
    let mut changes: Vec<Change> = gone.iter().map(Kept::removal).collect();
    changes.push(kept.change()?);
    match store.administer(changes, Vec::new()).await {
        // Said twice at once, by two turns of one node: once is enough.
        Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => Ok(()),
        reported => reported,
    }
}
