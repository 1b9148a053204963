//! Who may speak, and of which lots. A [`Snapshot`] of the whole registry is held in memory; requests look things
//! up there alone. The store's registry version is asked every second, so that what another process changed is
//! seen within two.

pub mod apply;
pub(crate) mod describe;
pub mod file;
pub mod ids;
pub mod import;
pub mod seal;
mod snapshot;
pub mod token;

pub use snapshot::{AccountBook, Snapshot};

use crate::clock::Clock;
use arc_swap::ArcSwap;
use bowei_store::{Store, StoreError};
use seal::MasterKey;
use std::sync::Arc;

/// The registry of a running platform.
pub struct Registry {
    store: Arc<dyn Store>,
    key: MasterKey,
    clock: Arc<dyn Clock>,
    snapshot: ArcSwap<Snapshot>,
    /// Taken while lots' own words are worked into the registry.
    describing: tokio::sync::Mutex<()>,
}

impl Registry {
    /// Reads the registry for the first time.
    pub async fn open(
        store: Arc<dyn Store>,
        key: MasterKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let rows = store.registry().await?;
        let snapshot = Snapshot::new(&rows, &key, clock.now(), None);
        Ok(Self {
            store,
            key,
            clock,
            snapshot: ArcSwap::from_pointee(snapshot),
            describing: Default::default(),
        })
    }

    /// The registry as it now stands.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Reads the registry again where it has changed, or where a credential or token has run out. Says whether the
    /// snapshot is a new one.
    pub async fn refresh(&self) -> Result<bool, StoreError> {
        let current = self.snapshot();
        let now = self.clock.now();
        let unchanged = self.store.registry_version().await? == current.version;
        if unchanged && current.next_expiry.is_none_or(|expiry| expiry > now) {
            return Ok(false);
        }
        let rows = self.store.registry().await?;
        self.snapshot.store(Arc::new(Snapshot::new(&rows, &self.key, now, Some(&current))));
        Ok(true)
    }

    /// The key that secrets at rest are sealed with.
    pub fn key(&self) -> &MasterKey {
        &self.key
    }

    /// The store behind it.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}
