//! Applying a registry file: what it creates and changes, and what is handed out.
//!
//! Applying the same file again changes nothing and hands nothing out. A secret in the file that differs from the
//! one kept starts a rotation: both are accepted until the overlap is over.

use super::file::{FileError, RegistryFile};
use super::history::{Told, Undoing};
use super::ids::{self, IdTaken, Ids};
use super::record::{Beside, record};
use super::seal::{MasterKey, SealError};
use super::secrets;
use crate::accounts::Source;
use bowei_model::{Lot, LotCode, ProviderCode, Standing};
use bowei_standards::platform_side::{CredentialFault, Fields};
use bowei_store::{
    ChangeSource, CredentialRow, ProviderDetails, ProviderRow, RegistryChange, Store, StoreError,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How long an old credential is accepted beside the new one, unless said otherwise: lots change their settings
/// one by one, over days.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is handed out after applying, printed once as JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct HandedOut {
    /// Providers for which a credential was made or changed.
    pub providers: Vec<ProviderHandedOut>,
    /// Lots for which ids were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<LotHandedOut>,
}

/// What a new lot is called, for those who set its system up.
#[derive(Debug, Serialize, Deserialize)]
pub struct LotHandedOut {
    /// Its code.
    pub code: String,
    /// By standard, the ids that were made for it.
    pub ids: BTreeMap<String, String>,
}

/// What one provider is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProviderHandedOut {
    /// Its code.
    pub code: String,
    /// By standard, the credential's fields as the provider needs them.
    #[serde(flatten)]
    pub standards: BTreeMap<String, Fields>,
}

/// Why a file was not applied. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The file is wrong.
    #[error(transparent)]
    File(#[from] FileError),
    /// A credential in it is wrong.
    #[error("provider {provider:?}, {standard}: {fault}")]
    Credential {
        /// The provider.
        provider: String,
        /// The standard.
        standard: String,
        /// What is wrong.
        fault: CredentialFault,
    },
    /// A lot's provider is not registered.
    #[error(
        "lot {lot:?} names provider {provider:?}, which is neither in the file nor registered: add a [[provider]]"
    )]
    NoSuchProvider {
        /// The lot.
        lot: String,
        /// The provider.
        provider: String,
    },
    /// An account is somebody else's.
    #[error("account {account:?} of {standard} belongs to provider {owner:?}: choose another name")]
    AccountTaken {
        /// The standard.
        standard: String,
        /// The account.
        account: String,
        /// Whose it is.
        owner: String,
    },
    /// There is nothing to rotate.
    #[error("provider {provider:?} has no {standard} credential: give it one with `bowei registry apply`")]
    NothingToRotate {
        /// The provider.
        provider: String,
        /// The standard.
        standard: String,
    },
    /// Two lots would have the same id.
    #[error(transparent)]
    IdTaken(#[from] IdTaken),
    /// A secret cannot be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It would undo what persons have changed.
    #[error("nothing was applied: {0}")]
    Undoes(Undoing),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a file is applied.
#[derive(Clone, Copy, Debug)]
pub struct ApplyOptions {
    /// How long a replaced credential is still accepted.
    pub overlap: SignedDuration,
    /// Whether it may undo what persons have changed in the console.
    pub force: bool,
}

impl From<SignedDuration> for ApplyOptions {
    fn from(overlap: SignedDuration) -> Self {
        Self { overlap, force: false }
    }
}

/// Applies a registry file's text.
pub async fn apply(
    store: &dyn Store,
    key: &MasterKey,
    text: &str,
    options: impl Into<ApplyOptions>,
    now: Timestamp,
    by: &Source,
) -> Result<HandedOut, ApplyError> {
    let ApplyOptions { overlap, force } = options.into();
    let file = RegistryFile::read(text)?;
    secrets::bind(store, key).await?;
    let rows = store.registry().await?;
    let mut change = RegistryChange { based_on: Some(rows.version), ..RegistryChange::default() };
    let mut handed_out = HandedOut::default();
    let known_providers: HashMap<_, _> = rows.providers.iter().map(|row| (&row.code, row)).collect();
    let known_lots: HashMap<_, _> = rows.lots.iter().map(|lot| (&lot.code, lot)).collect();
    let provider = |code: &ProviderCode| known_providers.get(code).copied();
    let known = |code: &LotCode| known_lots.get(code).copied();
    let mut providers: HashSet<ProviderCode> = rows.providers.iter().map(|p| p.code.clone()).collect();
    for entry in file.provider {
        let code = ProviderCode::from(entry.code);
        providers.insert(code.clone());
        let registered = || ProviderDetails { registered_at: Some(now), ..ProviderDetails::default() };
        let details = provider(&code).map_or_else(registered, |known| known.details.clone());
        let row = ProviderRow { code: code.clone(), name: entry.name, contact: entry.contact, details };
        if provider(&code) != Some(&row) {
            change.providers.push(row);
        }
        let mut standards = BTreeMap::new();
        for (standard, given) in entry.standards {
            let issuing = Issuing {
                credentials: &rows.credentials,
                key,
                provider: &code,
                standard: &standard,
                overlap,
                now,
            };
            if let Some(fields) = issuing.issue(given, &mut change)? {
                standards.insert(standard, fields);
            }
        }
        if !standards.is_empty() {
            handed_out.providers.push(ProviderHandedOut { code: code.to_string(), standards });
        }
    }
    let mut lots = Vec::new();
    for entry in file.lot {
        let lot = entry.into_lot()?;
        if !providers.contains(&lot.provider) {
            let (lot, provider) = (lot.code.to_string(), lot.provider.to_string());
            return Err(ApplyError::NoSuchProvider { lot, provider });
        }
        let before = known(&lot.code);
        lots.push(as_described(lot, before));
    }
    let credentials: Vec<_> = rows.credentials.iter().chain(&change.credentials).collect();
    let yielding = ids::yielding(rows.lots.iter(), &lots);
    let all: Vec<_> = lots.iter().chain(&yielding).cloned().collect();
    let taken = Ids::of(ids::after(rows.lots.iter(), &all))?;
    let mut made = HashSet::new();
    let new: Vec<_> = lots
        .iter()
        .map(|lot| ids::missing(lot, &ids::standards_of(&credentials, &lot.provider), &taken, &mut made))
        .collect();
    for (mut lot, ids) in lots.into_iter().zip(new) {
        if !ids.is_empty() {
            handed_out.lots.push(LotHandedOut { code: lot.code.to_string(), ids: ids.clone() });
            lot.ids.extend(ids);
        }
        if known(&lot.code) != Some(&lot) {
            change.lots.push(lot);
        }
    }
    change.lots.extend(yielding);
    keys_given(&mut change, provider, now);
    if let Some(undoing) = Undoing::of(&change, known, provider).filter(|_| !force) {
        return Err(ApplyError::Undoes(undoing));
    }
    if !change.is_empty() {
        let told = Told::new(by, ChangeSource::File, now);
        told.tell(&mut change, known, provider);
        record(store, change, &told, Beside::default()).await?;
    }
    Ok(handed_out)
}

/// Notes of each provider that is given its first credential when that was.
pub(super) fn keys_given<'a>(
    change: &mut RegistryChange,
    provider: impl Fn(&ProviderCode) -> Option<&'a ProviderRow>,
    now: Timestamp,
) {
    let receivers: BTreeSet<_> = change.credentials.iter().map(|row| row.provider.clone()).collect();
    for code in receivers {
        if let Some(row) = change.providers.iter_mut().find(|row| row.code == code) {
            row.details.keys_at.get_or_insert(now);
        } else if let Some(known) = provider(&code).filter(|known| known.details.keys_at.is_none()) {
            let mut row = known.clone();
            row.details.keys_at = Some(now);
            change.providers.push(row);
        }
    }
}

/// What the lot has said of itself beyond the file's fields stays.
fn as_described(lot: Lot, known: Option<&Lot>) -> Lot {
    let Some(known) = known else { return lot };
    let mut ids = lot.ids;
    // An id that the file leaves out stays: lots' own systems are set up with it.
    for (standard, id) in &known.ids {
        ids.entry(standard.clone()).or_insert_with(|| id.clone());
    }
    let on_trial = known.standing == Standing::Trial;
    Lot {
        described_at: known.described_at,
        details: known.details.clone(),
        edited: known.edited.clone(),
        tariff_pictures: known.tariff_pictures.clone(),
        charging_relief: known.charging_relief.clone(),
        standing: if on_trial { Standing::Trial } else { lot.standing },
        ids,
        ..lot
    }
}

/// Gives a provider's account a new credential; the old one is accepted until the overlap is over.
pub async fn rotate(
    store: &dyn Store,
    key: &MasterKey,
    provider: &ProviderCode,
    standard: &str,
    overlap: SignedDuration,
    now: Timestamp,
    by: &Source,
) -> Result<HandedOut, ApplyError> {
    secrets::bind(store, key).await?;
    let rows = store.registry().await?;
    let issuing = Issuing { credentials: &rows.credentials, key, provider, standard, overlap, now };
    let mut change = RegistryChange { based_on: Some(rows.version), ..RegistryChange::default() };
    let fields = issuing.rotate(&mut change)?;
    let told = Told::new(by, ChangeSource::Command, now);
    let provider_row = |code: &ProviderCode| rows.providers.iter().find(|row| row.code == *code);
    keys_given(&mut change, provider_row, now);
    told.tell(&mut change, |_| None, provider_row);
    record(store, change, &told, Beside::default()).await?;
    let standards = BTreeMap::from([(standard.to_owned(), fields)]);
    let providers = vec![ProviderHandedOut { code: provider.to_string(), standards }];
    Ok(HandedOut { providers, ..HandedOut::default() })
}

/// Issuing a provider's credential of one standard.
pub(super) struct Issuing<'a> {
    /// Every credential there is.
    pub(super) credentials: &'a [CredentialRow],
    pub(super) key: &'a MasterKey,
    pub(super) provider: &'a ProviderCode,
    pub(super) standard: &'a str,
    /// How long the present credential of the account is accepted beside the new one.
    pub(super) overlap: SignedDuration,
    pub(super) now: Timestamp,
}

impl Issuing<'_> {
    fn known(&self) -> Result<&'static dyn bowei_standards::Standard, ApplyError> {
        bowei_standards::by_name(self.standard).ok_or_else(|| {
            let known: Vec<_> = bowei_standards::all().iter().map(|s| s.card().name).collect();
            let problem = format!("this version knows no such standard; it knows {}", known.join(", "));
            ApplyError::File(FileError::Entry { what: format!("standard {:?}", self.standard), problem })
        })
    }

    fn account_field(&self) -> Result<&'static str, ApplyError> {
        Ok(self.known()?.card().account_field)
    }

    /// The newest credential that does not end, of the named account or of any.
    pub(super) fn current(&self, account: Option<&str>) -> Option<&CredentialRow> {
        self.credentials
            .iter()
            .filter(|row| row.provider == *self.provider && row.standard == self.standard)
            .filter(|row| row.expires_at.is_none() && account.is_none_or(|name| row.account == name))
            .max_by_key(|row| (row.issued_at, &row.id))
    }

    /// Takes what the file gives: nothing to do where the kept credential has it all, a new credential otherwise.
    fn issue(&self, mut given: Fields, change: &mut RegistryChange) -> Result<Option<Fields>, ApplyError> {
        let account_field = self.account_field()?;
        if let Some(current) = self.current(given.get(account_field).map(String::as_str)) {
            let kept = self.kept(current)?;
            if self.known()?.same_credential(&given, &kept) {
                return Ok(None);
            }
            // What the file leaves out stays as it is.
            for (field, value) in kept {
                given.entry(field).or_insert(value);
            }
        }
        self.add(&given, change).map(Some)
    }

    /// Gives the account a new credential in place of the present one; what is handed out.
    pub(super) fn rotate(&self, change: &mut RegistryChange) -> Result<Fields, ApplyError> {
        self.known()?;
        let current = self.current(None).ok_or_else(|| ApplyError::NothingToRotate {
            provider: self.provider.to_string(),
            standard: self.standard.to_owned(),
        })?;
        self.add(&self.renewed(current)?, change)
    }

    /// What a new credential in place of `current` is made from: the account keeps its name, and so does whatever
    /// is not made anew with every credential (an address, an agreed key).
    fn renewed(&self, current: &CredentialRow) -> Result<Fields, ApplyError> {
        let name = Fields::from([(self.account_field()?.to_owned(), current.account.clone())]);
        let anew = self.known()?.issue(&name).map_err(|fault| self.unusable(fault))?;
        let carried = self.kept(current)?.into_iter().filter(|(field, _)| !anew.kept.contains_key(field));
        Ok(carried.chain(name).collect())
    }

    /// A credential's fields as they are kept.
    fn kept(&self, row: &CredentialRow) -> Result<Fields, ApplyError> {
        let bytes = secrets::open(self.key, row)?;
        let unreadable = |error| StoreError::Unreadable(format!("credential {}: {error}", row.id));
        Ok(serde_json::from_slice(&bytes).map_err(unreadable)?)
    }

    fn unusable(&self, fault: CredentialFault) -> ApplyError {
        ApplyError::Credential {
            provider: self.provider.to_string(),
            standard: self.standard.to_owned(),
            fault,
        }
    }

    /// Makes a credential of what is given, the rest is generated; what is handed out.
    pub(super) fn add(&self, given: &Fields, change: &mut RegistryChange) -> Result<Fields, ApplyError> {
        let standard = self.known()?;
        if let Some(problem) = standard.card().unknown_field(given) {
            let what = format!("provider {:?}", self.provider);
            return Err(FileError::Entry { what, problem }.into());
        }
        let issued = standard.issue(given).map_err(|fault| self.unusable(fault))?;
        // Prepared once now, so that what cannot be used is refused here and not left out later.
        standard.credential(&issued.kept).map_err(|fault| self.unusable(fault))?;
        let account = issued.kept.get(standard.card().account_field).cloned().unwrap_or_default();
        let taken = |row: &&CredentialRow| {
            row.standard == self.standard && row.account == account && row.provider != *self.provider
        };
        if let Some(row) = self.credentials.iter().chain(&change.credentials).find(taken) {
            return Err(ApplyError::AccountTaken {
                standard: self.standard.to_owned(),
                account,
                owner: row.provider.to_string(),
            });
        }
        if let Some(current) = self.current(Some(&account)) {
            change.ends.push((current.id.clone(), self.now + self.overlap));
        }
        let mut random = [0u8; 16];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| SealError::Cipher)?;
        let id = format!("cr-{:032x}", u128::from_be_bytes(random));
        let plain = serde_json::to_vec(&issued.kept).map_err(|_| SealError::Cipher)?;
        let row = CredentialRow {
            sealed: Vec::new(),
            id,
            provider: self.provider.clone(),
            standard: self.standard.to_owned(),
            account,
            issued_at: self.now,
            expires_at: None,
        };
        change.credentials.push(secrets::seal(self.key, row, &plain)?);
        Ok(issued.handed_out)
    }
}
