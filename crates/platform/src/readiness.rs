//! Whether reports can be taken.

use bowei_store::{Store, StoreError};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// How often the store is asked for a write. `/readyz` answers from the last time: whoever asks costs nothing.
pub(crate) const PROBE_EVERY: Duration = Duration::from_secs(1);

/// Whether the store could be written to when it was last asked.
pub(crate) struct Readiness(AtomicBool);

impl Readiness {
    /// Asks the store for the first time.
    pub(crate) async fn of(store: &dyn Store) -> Self {
        Self(AtomicBool::new(store.ready().await.is_ok()))
    }

    /// Asks the store again.
    pub(crate) async fn probe(&self, store: &dyn Store) -> Result<(), StoreError> {
        let ready = store.ready().await;
        self.0.store(ready.is_ok(), Relaxed);
        ready
    }

    /// What it said.
    pub(crate) fn is_ready(&self) -> bool {
        self.0.load(Relaxed)
    }
}
