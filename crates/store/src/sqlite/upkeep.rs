//! The engine itself: whether it can write, by whom else it is written, and its room for the days to come.

use super::SqliteStore;
use super::queue::About;
use crate::{QueueDepth, Result, StoreError, Upkeep};
use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

/// How long a probe of [`Upkeep::ready`] may take before the store counts as not ready: less than a load balancer
/// waits for an answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

#[async_trait]
impl Upkeep for SqliteStore {
    async fn ready(&self) -> Result<()> {
        // A row is written and synced, for a full disk shows in no other way.
        let probe = self.committer.execute(
            About::Upkeep,
            |connection| {
                connection.execute("UPDATE marks SET probe = probe + 1 WHERE id = 1", [])?;
                Ok(())
            },
            self.options.lock_timeout.min(PROBE_TIMEOUT),
        );
        tokio::time::timeout(PROBE_TIMEOUT, probe).await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(format!(
                "a write takes longer than {} s: look at the data directory's disk, and for a process that holds \
                 the database",
                PROBE_TIMEOUT.as_secs()
            )))
        })
    }

    fn queues(&self) -> Vec<QueueDepth> {
        self.committer.queues()
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn prepare_days(&self, _now: Timestamp) -> Result<()> {
        // Nothing is filed by day here.
        Ok(())
    }
}
