//! The engine itself: whether it can write, by whom else it is written, and its room for the days to come.

use super::PostgresStore;
use super::days;
use super::errors::refused;
use super::readers::{ask, within};
use crate::{QueueDepth, Result, StoreError, Upkeep};
use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

/// How long a probe of [`Upkeep::ready`] may take before the store counts as not ready: less than a load balancer
/// waits for an answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long making days may take: it waits for whoever reads the day's neighbours.
const DAYS_TIMEOUT: Duration = Duration::from_secs(30);

/// How often making days is tried again that met a lock.
const DAYS_TRIES_MAX: usize = 5;

#[async_trait]
impl Upkeep for PostgresStore {
    async fn ready(&self) -> Result<()> {
        // A row is written, for a full disk or a standby shows in no other way.
        within(PROBE_TIMEOUT, async {
            ask!(self.readers, client => async {
                let probe = "UPDATE marks SET probe = probe + 1 WHERE id = 1";
                client.execute(probe, &[]).await.map(drop).map_err(refused)
            })
        })
        .await
    }

    fn queues(&self) -> Vec<QueueDepth> {
        vec![self.committers.queued(), self.refusals.depth("refusals")]
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn prepare_days(&self, now: Timestamp) -> Result<()> {
        let days = days::around(now);
        let mut tries = 0;
        loop {
            tries += 1;
            let mut session = self.readers.session().await?;
            let made = within(DAYS_TIMEOUT, days::prepare(session.client_mut()?, &days)).await;
            match made {
                Ok(()) => {
                    session.done();
                    return Ok(());
                }
                Err(why @ StoreError::Unreadable(_)) => return Err(why),
                Err(why) if tries == DAYS_TRIES_MAX => return Err(why),
                Err(why) => tracing::debug!(%why, "days are made later"),
            }
        }
    }
}
