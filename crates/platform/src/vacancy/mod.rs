//! The view that answers the public: how full each lot is and whether it is heard from, in memory, rebuilt from
//! the store at the start and told of every commit after it.

pub(crate) mod follow;
mod presence;
pub(crate) mod publisher;

pub use presence::Status;
pub(crate) use publisher::{Publisher, VacancyChange};

use crate::after_commit::{AfterCommit, Commit};
use crate::registry::Snapshot;
use async_trait::async_trait;
use bowei_model::{Heartbeat, Lot, LotCode, LotState, ProviderCode, Report, Statement};
use bowei_store::{AccountLastSeen, LotRow, Store, StoreError};
use jiff::Timestamp;
use parking_lot::{Mutex, RwLock};
use std::collections::{HashMap, HashSet};

/// Everything the view knows of a lot.
#[derive(Clone, Debug)]
pub struct LotView {
    /// Counts and signs of life of the lot itself.
    pub state: LotState,
    /// The last sign of life of the lot or, once the lot has spoken itself, of its provider's account.
    pub last_heard_at: Option<Timestamp>,
    /// What follows from it now.
    pub status: Status,
}

impl LotView {
    /// Free spaces to show: nothing before the lot has ever been heard of, nor while it says that more are free than it
    /// has.
    pub fn vacant(&self, lot: &Lot) -> Option<i64> {
        let known = self.state.reported.is_some() || self.last_heard_at.is_some();
        self.state.vacant(lot.spaces_total).filter(|_| known)
    }

    /// When that was right.
    pub(crate) fn as_of(&self) -> Option<Timestamp> {
        self.state.reported.map(|word| word.as_of).or(self.last_heard_at)
    }
}

/// The view.
#[derive(Default)]
pub struct Vacancy {
    lots: RwLock<HashMap<LotCode, LotRow>>,
    /// By standard: a question for a lot makes no key of its own.
    accounts: RwLock<HashMap<ProviderCode, HashMap<String, Timestamp>>>,
    changed: Mutex<HashSet<LotCode>>,
}

#[async_trait]
impl AfterCommit for Vacancy {
    fn name(&self) -> &'static str {
        "vacancy"
    }

    async fn after_commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        self.apply(&commit.committed.lots);
        commit.statements.iter().for_each(|new| self.observe(&new.statement));
        Ok(())
    }
}

impl Vacancy {
    /// Reads the view from the store.
    pub async fn open(store: &dyn Store) -> Result<Self, StoreError> {
        let vacancy = Self::default();
        vacancy.apply(&store.lot_states().await?);
        vacancy.apply_last_seen(store.accounts_last_seen().await?);
        Ok(vacancy)
    }

    /// Takes in when accounts were heard.
    pub(crate) fn apply_last_seen(&self, heard: Vec<AccountLastSeen>) {
        let mut accounts = self.accounts.write();
        for AccountLastSeen { provider, standard, at } in heard {
            let last = accounts.entry(provider).or_default().entry(standard).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// Those of the lots whose state is known here in an earlier revision, or not at all.
    pub(crate) fn behind(&self, revisions: &[(LotCode, i64)]) -> Vec<LotCode> {
        let lots = self.lots.read();
        let later =
            |(lot, revision): &&(LotCode, i64)| lots.get(lot).is_none_or(|known| known.revision < *revision);
        revisions.iter().filter(later).map(|(lot, _)| lot.clone()).collect()
    }

    /// Takes in lots' states, where they are later than what is known: commits may be told of in any order.
    fn apply(&self, rows: &[LotRow]) {
        let mut lots = self.lots.write();
        let mut changed = self.changed.lock();
        for row in rows {
            let known = lots.get(&row.lot);
            if known.is_some_and(|known| known.revision >= row.revision) {
                continue;
            }
            // A sign of life alone changes nothing that watchers are told.
            let counts_moved = known.is_none_or(|known| {
                (known.state.reported, known.state.charging, known.state.inside)
                    != (row.state.reported, row.state.charging, row.state.inside)
            });
            if counts_moved {
                changed.insert(row.lot.clone());
            }
            lots.insert(row.lot.clone(), row.clone());
        }
    }

    /// Takes in that an account was heard, where the statement is a sign of life of all its lots that have spoken before.
    /// One that names a lot speaks for that lot alone, and is in the lot's own state.
    fn observe(&self, statement: &Statement) {
        if let Report::Heartbeat(Heartbeat { lot: None }) = statement.report {
            let mut accounts = self.accounts.write();
            let of_provider = accounts.entry(statement.provider.clone()).or_default();
            let last = of_provider.entry(statement.standard.clone()).or_insert(statement.received_at);
            *last = statement.received_at.max(*last);
        }
    }

    /// What is known of a lot now.
    pub fn of(&self, lot: &Lot, now: Timestamp) -> LotView {
        let state = self.read(lot, LotState::clone);
        let last_heard_at = self.last_heard_at(lot);
        LotView { state, last_heard_at, status: Status::of(lot, last_heard_at, now) }
    }

    /// One thing of a lot's state: who goes through every lot need not copy them all.
    pub(crate) fn read<T>(&self, lot: &Lot, read: impl FnOnce(&LotState) -> T) -> T {
        let lots = self.lots.read();
        match lots.get(&lot.code) {
            Some(row) => read(&row.state),
            None => read(&LotState::default()),
        }
    }

    /// The last sign of life of a lot or, once it has spoken itself, of its provider's account.
    pub(crate) fn last_heard_at(&self, lot: &Lot) -> Option<Timestamp> {
        let own = self.read(lot, |state| state.last_heard_at)?;
        // A heartbeat that names no lot keeps those online that have spoken themselves; it makes none known.
        let accounts = self.accounts.read();
        let of_provider = accounts.get(&lot.provider);
        let heard =
            of_provider.into_iter().flat_map(|of| lot.ids.keys().filter_map(|standard| of.get(standard)));
        Some(heard.copied().fold(own, Timestamp::max))
    }

    /// Whether a lot is heard from now.
    pub(crate) fn status(&self, lot: &Lot, now: Timestamp) -> Status {
        Status::of(lot, self.last_heard_at(lot), now)
    }

    /// The lots whose counts moved since this was last asked.
    fn take_changed(&self) -> HashSet<LotCode> {
        std::mem::take(&mut *self.changed.lock())
    }

    /// The status of every lot of the registry.
    pub fn statuses(&self, snapshot: &Snapshot, now: Timestamp) -> HashMap<LotCode, Status> {
        snapshot.lots.values().map(|lot| (lot.code.clone(), self.status(lot, now))).collect()
    }
}
