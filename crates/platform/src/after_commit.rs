//! What happens after a commit: a list of steps that intake walks once a delivery is on stable storage, before it is
//! answered. Who has something to do then is a step of its own in the list that `platform.rs` makes.

use async_trait::async_trait;
use bowei_store::{Committed, NewStatement, StoreError};

/// What was just kept. Nothing of it is copied for a step that has no use for it.
pub(crate) struct Commit<'a> {
    /// What was said.
    pub(crate) statements: &'a [NewStatement],
    /// What keeping it did.
    pub(crate) committed: &'a Committed,
}

/// Something that happens after a commit.
#[async_trait]
pub(crate) trait AfterCommit: Send + Sync {
    /// Its name in the log.
    fn name(&self) -> &'static str;

    /// Does it. Where it fails the message is to be said again, and none of the later steps is done: said again, it is known
    /// to the ledger and every step is done all the same.
    async fn after_commit(&self, commit: &Commit<'_>) -> Result<(), StoreError>;
}
