//! What people change of lots.

use super::history::Told;
use super::ids::{self, IdTaken, Ids};
use super::record::{Beside, record};
use super::{Registry, Snapshot};
use crate::accounts::Source;
use bowei_encoding::sha256_hex;
use bowei_model::{Lot, LotCode, ProviderCode, Standing};
use bowei_store::{Change, ChangeSource, RegistryChange, Store, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashSet;

/// Characters of a revision: nobody but the office makes two of one lot.
const REVISION_DIGITS: usize = 16;

/// Why a change of a lot was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// There is no such lot.
    #[error("没有停车场 {0:?} there is no lot {0:?}")]
    NoSuchLot(LotCode),
    /// A new lot's code is another's.
    #[error("停车场编号 {0:?} 已存在，请另选 there is a lot {0:?} already: choose another code")]
    CodeTaken(LotCode),
    /// Its provider is not registered.
    #[error("没有接入单位 {0:?}，请先登记 there is no provider {0:?}: register it first")]
    NoSuchProvider(ProviderCode),
    /// Two lots would have the same id.
    #[error(transparent)]
    IdTaken(#[from] IdTaken),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a lot is by now, in a word: another after every change.
pub(crate) fn revision(lot: &Lot) -> String {
    revision_of(lot)
}

/// The same of whatever makes something out.
pub(super) fn revision_of(whole: &impl Serialize) -> String {
    let whole = serde_json::to_vec(whole).unwrap_or_default();
    sha256_hex(&whole).chars().take(REVISION_DIGITS).collect()
}

/// A code that no lot has, neither in the registry nor among `taken`: the district's and the first number that is free.
pub(crate) fn free_lot_code(snapshot: &Snapshot, district: &str, taken: &[LotCode]) -> LotCode {
    let mut codes = (1u32..).map(|number| LotCode::from(format!("{district}-{number:03}")));
    let free = codes.find(|code| !snapshot.lots.contains_key(code) && !taken.contains(code));
    free.unwrap_or_else(|| LotCode::from(district))
}

impl Registry {
    /// A person's change of a lot: the lot as it then is.
    pub(crate) async fn change_lot<E: From<NotChanged> + From<StoreError>>(
        &self,
        code: &LotCode,
        told: &Told,
        change: impl Fn(&Lot) -> Result<Lot, E>,
    ) -> Result<Lot, E> {
        self.change_lot_with(code, told, Vec::new(), change).await
    }

    /// The same, with what is done together with it.
    pub(crate) async fn change_lot_with<E: From<NotChanged> + From<StoreError>>(
        &self,
        code: &LotCode,
        told: &Told,
        more: Vec<Change>,
        change: impl Fn(&Lot) -> Result<Lot, E>,
    ) -> Result<Lot, E> {
        self.edit(told, |snapshot| {
            let known = snapshot.lots.get(code).ok_or_else(|| NotChanged::NoSuchLot(code.clone()))?;
            let lot = change(known)?;
            if lot == **known {
                return Ok((RegistryChange::default(), more.clone()));
            }
            Ok::<_, E>((put(snapshot, vec![lot])?, more.clone()))
        })
        .await?;
        let lot = self.snapshot().lots.get(code).map(|lot| Lot::clone(lot));
        lot.ok_or_else(|| NotChanged::NoSuchLot(code.clone()).into())
    }

    /// Makes a lot: as it then is.
    pub(crate) async fn create_lot<E: From<NotChanged> + From<StoreError>>(
        &self,
        told: &Told,
        make: impl Fn(&Snapshot) -> Result<Lot, E>,
    ) -> Result<Lot, E> {
        let made = parking_lot::Mutex::new(LotCode::from(""));
        self.edit(told, |snapshot| {
            let lot = make(snapshot)?;
            if snapshot.lots.contains_key(&lot.code) {
                return Err(NotChanged::CodeTaken(lot.code).into());
            }
            made.lock().clone_from(&lot.code);
            Ok::<_, E>((put(snapshot, vec![lot])?, Vec::new()))
        })
        .await?;
        let code = made.into_inner();
        let lot = self.snapshot().lots.get(&code).map(|lot| Lot::clone(lot));
        lot.ok_or_else(|| NotChanged::NoSuchLot(code).into())
    }
}

/// The change that puts lots into the registry: with the ids that they lack, and those that lose an id to them.
pub(super) fn put(snapshot: &Snapshot, lots: Vec<Lot>) -> Result<RegistryChange, NotChanged> {
    put_beside(snapshot, lots, RegistryChange::default())
}

/// The same, beside providers and credentials that come with them.
pub(crate) fn put_beside(
    snapshot: &Snapshot,
    mut lots: Vec<Lot>,
    mut change: RegistryChange,
) -> Result<RegistryChange, NotChanged> {
    for lot in &lots {
        let is_new = || change.providers.iter().any(|row| row.code == lot.provider);
        if !snapshot.providers.contains_key(&lot.provider) && !is_new() {
            return Err(NotChanged::NoSuchProvider(lot.provider.clone()));
        }
    }
    let rows = || snapshot.lots.values().map(AsRef::as_ref);
    let yielding = ids::yielding(rows(), &lots);
    let all: Vec<_> = lots.iter().chain(&yielding).cloned().collect();
    let taken = Ids::of(ids::after(rows(), &all))?;
    let credentials: Vec<_> = snapshot.credentials.iter().chain(&change.credentials).collect();
    let mut made = HashSet::new();
    for lot in &mut lots {
        let standards = ids::standards_of(&credentials, &lot.provider);
        let missing = ids::missing(lot, &standards, &taken, &mut made);
        lot.ids.extend(missing);
    }
    change.lots.extend(lots);
    change.lots.extend(yielding);
    Ok(change)
}

/// Approves lots of a store, where a platform may be running on it.
pub async fn approve(
    store: &dyn Store,
    codes: &[LotCode],
    by: &Source,
    now: Timestamp,
) -> Result<(), NotChanged> {
    let rows = store.registry().await?;
    let mut lots = Vec::new();
    for code in codes {
        let known = rows.lots.iter().find(|lot| lot.code == *code);
        let known = known.ok_or_else(|| NotChanged::NoSuchLot(code.clone()))?.clone();
        lots.push(Lot { standing: Standing::Registered, ..known });
    }
    let mut change = RegistryChange { based_on: Some(rows.version), lots, ..RegistryChange::default() };
    let told = Told::new(by, ChangeSource::Command, now);
    told.tell(&mut change, |code| rows.lots.iter().find(|lot| lot.code == *code), |_| None);
    record(store, change, &told, Beside::default()).await?;
    Ok(())
}
