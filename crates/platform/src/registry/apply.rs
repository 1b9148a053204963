//! Applying a registry file: what it creates and changes, and what is handed out.
//!
//! Applying the same file again changes nothing and hands nothing out. A secret in the file that differs from the
//! one kept starts a rotation: both are accepted until the overlap is over.

use super::file::{FileError, RegistryFile};
use super::ids::{self, IdTaken, Ids};
use super::record::record;
use super::seal::{MasterKey, SealError};
use super::secrets;
use crate::accounts::Source;
use bowei_model::{Lot, ProviderCode};
use bowei_standards::platform_side::{CredentialFault, Fields};
use bowei_store::{CredentialRow, ProviderRow, RegistryChange, RegistryRows, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

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
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Applies a registry file's text.
pub async fn apply(
    store: &dyn Store,
    key: &MasterKey,
    text: &str,
    overlap: SignedDuration,
    now: Timestamp,
    by: &Source,
) -> Result<HandedOut, ApplyError> {
    let file = RegistryFile::read(text)?;
    secrets::bind(store, key).await?;
    let rows = store.registry().await?;
    let mut change = RegistryChange { based_on: Some(rows.version), ..RegistryChange::default() };
    let mut handed_out = HandedOut::default();
    let mut providers: HashSet<ProviderCode> = rows.providers.iter().map(|p| p.code.clone()).collect();
    for entry in file.provider {
        let code = ProviderCode::from(entry.code);
        providers.insert(code.clone());
        let row = ProviderRow { code: code.clone(), name: entry.name, contact: entry.contact };
        if !rows.providers.contains(&row) {
            change.providers.push(row);
        }
        let mut standards = BTreeMap::new();
        for (standard, given) in entry.standards {
            let issuing = Issuing { rows: &rows, key, provider: &code, standard: &standard, overlap, now };
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
        let known = rows.lots.iter().find(|known| known.code == lot.code);
        lots.push(as_described(lot, known));
    }
    let credentials: Vec<_> = rows.credentials.iter().chain(&change.credentials).collect();
    let yielding = ids::yielding(&rows.lots, &lots);
    let all: Vec<_> = lots.iter().chain(&yielding).cloned().collect();
    let taken = Ids::of(ids::after(&rows.lots, &all))?;
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
        if !rows.lots.contains(&lot) {
            change.lots.push(lot);
        }
    }
    change.lots.extend(yielding);
    if !change.is_empty() {
        record(store, change, by, now).await?;
    }
    Ok(handed_out)
}

/// What the lot has said of itself beyond the file's fields stays.
fn as_described(lot: Lot, known: Option<&Lot>) -> Lot {
    let Some(known) = known else { return lot };
    let mut ids = lot.ids;
    // An id that the file leaves out stays: lots' own systems are set up with it.
    for (standard, id) in &known.ids {
        ids.entry(standard.clone()).or_insert_with(|| id.clone());
    }
    Lot { described_at: known.described_at, details: known.details.clone(), ids, ..lot }
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
    let issuing = Issuing { rows: &rows, key, provider, standard, overlap, now };
    let current = issuing.current(None).ok_or_else(|| ApplyError::NothingToRotate {
        provider: provider.to_string(),
        standard: standard.to_owned(),
    })?;
    let given = issuing.renewed(current)?;
    let mut change = RegistryChange { based_on: Some(rows.version), ..RegistryChange::default() };
    let fields = issuing.add(&given, &mut change)?;
    record(store, change, by, now).await?;
    let standards = BTreeMap::from([(standard.to_owned(), fields)]);
    let providers = vec![ProviderHandedOut { code: provider.to_string(), standards }];
    Ok(HandedOut { providers, ..HandedOut::default() })
}

struct Issuing<'a> {
    rows: &'a RegistryRows,
    key: &'a MasterKey,
    provider: &'a ProviderCode,
    standard: &'a str,
    overlap: SignedDuration,
    now: Timestamp,
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
    fn current(&self, account: Option<&str>) -> Option<&CredentialRow> {
        self.rows
            .credentials
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

    fn add(&self, given: &Fields, change: &mut RegistryChange) -> Result<Fields, ApplyError> {
        let standard = self.known()?;
        let issued = standard.issue(given).map_err(|fault| self.unusable(fault))?;
        // Prepared once now, so that what cannot be used is refused here and not left out later.
        standard.credential(&issued.kept).map_err(|fault| self.unusable(fault))?;
        let account = issued.kept.get(standard.card().account_field).cloned().unwrap_or_default();
        let taken = |row: &&CredentialRow| {
            row.standard == self.standard && row.account == account && row.provider != *self.provider
        };
        if let Some(row) = self.rows.credentials.iter().chain(&change.credentials).find(taken) {
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
