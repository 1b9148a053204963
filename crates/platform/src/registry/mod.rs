//! Who may speak, and of which lots. A [`Snapshot`] of the whole registry is held in memory; requests look things
//! up there alone. The store's registry version is asked twice a second, so that what another process changed is
//! seen within two seconds.

pub mod apply;
mod describe;
mod file;
mod history;
mod ids;
pub mod import;
mod lots;
pub(crate) mod nearest;
mod new_lots;
mod profile;
pub(crate) mod providers;
mod record;
mod rights;
pub mod secrets;
mod snapshot;

pub use crate::seal;
pub use file::FileError;
pub(crate) use file::{CODE_FORM, is_code};
pub(crate) use history::Told;
pub use history::Undoing;
pub use ids::IdTaken;
pub use lots::{NotChanged, approve};
pub(crate) use lots::{free_lot_code, revision};
pub(crate) use record::Beside;
pub(crate) use rights::{AccountBook, may_say};
pub use snapshot::Snapshot;

use crate::accounts::{Principal, Source};
use crate::clock::Clock;
use crate::config::LotsConfig;
use crate::seal::MasterKey;
use arc_swap::ArcSwap;
use bowei_model::{Lot, ProviderCode};
use bowei_standards::Standard;
use bowei_store::{Change, ChangeSource, RegistryChange, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use std::sync::Arc;

/// How often a change is worked out anew because another node has changed the registry meanwhile.
const TRIES_MAX: usize = 20;

/// For an unknown token the store is asked so often at most, whoever shows how many: as often as it is asked by the clock.
const UNKNOWN_TOKENS_EVERY: SignedDuration = SignedDuration::from_millis(500);

/// The registry of a running platform.
pub struct Registry {
    store: Arc<dyn Store>,
    key: MasterKey,
    clock: Arc<dyn Clock>,
    lots: LotsConfig,
    snapshot: ArcSwap<Snapshot>,
    /// Taken while lots are changed one by one.
    changing: tokio::sync::Mutex<()>,
    /// When the store was asked last because of an unknown token.
    unknown_token_at: Mutex<Timestamp>,
}

impl Registry {
    /// Reads the registry for the first time.
    pub async fn open(
        store: Arc<dyn Store>,
        key: MasterKey,
        clock: Arc<dyn Clock>,
        lots: LotsConfig,
    ) -> Result<Self, StoreError> {
        let rows = store.registry().await?;
        let snapshot = Snapshot::new(&rows, &key, clock.now(), None);
        Ok(Self {
            store,
            key,
            clock,
            lots,
            snapshot: ArcSwap::from_pointee(snapshot),
            changing: Default::default(),
            unknown_token_at: Mutex::new(Timestamp::MIN),
        })
    }

    /// The registry as it now stands.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Who holds this token. One that is unknown may have been made by the command a moment ago, or by another node.
    pub(crate) async fn holder(&self, token: &str) -> Option<Principal> {
        let known = || self.snapshot().holder(token).cloned();
        if let Some(holder) = known() {
            return Some(holder);
        }
        let now = self.clock.now();
        let is_early = {
            let mut last = self.unknown_token_at.lock();
            let since = now.duration_since(*last);
            let is_early = !since.is_negative() && since < UNKNOWN_TOKENS_EVERY;
            if !is_early {
                *last = now;
            }
            is_early
        };
        match !is_early && self.refresh().await.is_ok() {
            true => known(),
            false => None,
        }
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

    /// Changes lots by their own word: `work` gives those that are other than in the snapshot.
    async fn change_lots<E: From<StoreError>>(
        &self,
        work: impl Fn(&Snapshot) -> Result<Vec<Lot>, E>,
    ) -> Result<(), E> {
        let told = Told::new(&Source::default(), ChangeSource::Lot, self.clock.now());
        let change = |snapshot: &Snapshot| {
            let change = RegistryChange { lots: work(snapshot)?, ..RegistryChange::default() };
            Ok((change, Vec::new()))
        };
        self.edit(&told, change).await
    }

    /// Changes the registry: `work` gives the change and what is done with it, and is asked again where somebody else has
    /// changed the registry meanwhile, so that what it looks at is what the change is made on. On return the change is
    /// durable, and the snapshot has it. What somebody is answerable for is in the audit.
    pub(crate) async fn edit<E: From<StoreError>>(
        &self,
        told: &Told,
        work: impl Fn(&Snapshot) -> Result<(RegistryChange, Vec<Change>), E>,
    ) -> Result<(), E> {
        self.edit_beside(told, |snapshot| work(snapshot).map(|(change, more)| (change, more.into()))).await
    }

    /// The same, with entries of the audit beside. Where what is done with it is what has changed meanwhile, the answer is
    /// [`StoreError::Outdated`].
    pub(crate) async fn edit_beside<E: From<StoreError>>(
        &self,
        told: &Told,
        work: impl Fn(&Snapshot) -> Result<(RegistryChange, Beside), E>,
    ) -> Result<(), E> {
        // One at a time, each on the registry as the one before left it; and as other nodes left it, who may be faster.
        let _turn = self.changing.lock().await;
        for _ in 0..TRIES_MAX {
            self.refresh().await?;
            let snapshot = self.snapshot();
            let (mut change, more) = work(&snapshot)?;
            if change.is_empty() && more.changes.is_empty() {
                return Ok(());
            }
            change.based_on = Some(snapshot.version);
            told.tell(
                &mut change,
                |code| snapshot.lots.get(code).map(AsRef::as_ref),
                |code| snapshot.providers.get(code),
            );
            let changed = match told.source {
                // Nobody is answerable for what a lot says of itself: the ledger has it.
                ChangeSource::Lot => self.store.change_registry(change).await.map(drop),
                _ => record::record(self.store.as_ref(), change, told, more).await,
            };
            match changed {
                Err(StoreError::Outdated { .. })
                    if self.store.registry_version().await? != snapshot.version => {}
                changed => {
                    changed?;
                    self.refresh().await?;
                    return Ok(());
                }
            }
        }
        Err(StoreError::Contended("the registry: other nodes were always faster".to_owned()).into())
    }

    /// The lots as a provider that speaks under a standard sees them, for one message.
    pub(crate) fn book(&self, provider: &ProviderCode, standard: &dyn Standard) -> AccountBook {
        AccountBook::new(self.snapshot(), provider.clone(), standard, self.lots.self_described_max)
    }

    /// The key that secrets at rest are sealed with.
    pub fn key(&self) -> &MasterKey {
        &self.key
    }
}
