//! What the registry keeps: providers, lots, credentials and tokens.

use super::{Result, StoreError};
use async_trait::async_trait;
use bowei_model::{Lot, ProviderCode};
use jiff::Timestamp;

/// A provider as the registry keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRow {
    /// Its code.
    pub code: ProviderCode,
    /// Its name.
    pub name: String,
    /// Whom to call.
    pub contact: Option<String>,
}

/// A credential as the registry keeps it: sealed, and unreadable here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRow {
    /// Its id, unique, made by whoever issues it.
    pub id: String,
    /// Whose it is.
    pub provider: ProviderCode,
    /// For which standard.
    pub standard: String,
    /// The account's name in messages. Within a standard, a name belongs to one provider.
    pub account: String,
    /// The fields, sealed.
    pub sealed: Vec<u8>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it stops to be accepted; `None`: not yet decided.
    pub expires_at: Option<Timestamp>,
}

/// An API token as the registry keeps it: by digest alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its public id.
    pub id: String,
    /// SHA-256 of the token.
    pub sha256: Vec<u8>,
    /// `regulator`, `operator`, `viewer` or `provider:CODE`.
    pub role: String,
    /// Prefix of the districts that it sees; `None`: all.
    pub district: Option<String>,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it stops to be accepted.
    pub expires_at: Option<Timestamp>,
}

/// Everything that the registry keeps, at one moment.
#[derive(Clone, Debug, Default)]
pub struct RegistryRows {
    /// Grows with every change.
    pub version: i64,
    /// Providers.
    pub providers: Vec<ProviderRow>,
    /// Lots.
    pub lots: Vec<Lot>,
    /// Credentials, expired ones included until they are swept.
    pub credentials: Vec<CredentialRow>,
    /// Tokens.
    pub tokens: Vec<TokenRow>,
}

/// A change of the registry: done whole or not at all.
#[derive(Clone, Debug, Default)]
pub struct RegistryChange {
    /// The version that the change was worked out from: should another node have changed the registry since, nothing
    /// is done and the answer is [`StoreError::Outdated`](super::StoreError::Outdated). `None`: whatever the version is.
    pub based_on: Option<i64>,
    /// Providers to create or replace.
    pub providers: Vec<ProviderRow>,
    /// Lots to create or replace. That no two have the same id in one standard is for whoever works the change out to see
    /// to, on the version that it names in `based_on`.
    pub lots: Vec<Lot>,
    /// Credentials to add.
    pub credentials: Vec<CredentialRow>,
    /// Credentials to end: id and when.
    pub ends: Vec<(String, Timestamp)>,
    /// Credentials whose secret is sealed anew: id and the sealed fields.
    pub sealed_anew: Vec<(String, Vec<u8>)>,
    /// Tokens to create or replace.
    pub tokens: Vec<TokenRow>,
}

impl RegistryChange {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty()
            && self.lots.is_empty()
            && self.credentials.is_empty()
            && self.ends.is_empty()
            && self.sealed_anew.is_empty()
            && self.tokens.is_empty()
    }
}

/// What it means that there is no token of that id.
pub(crate) fn no_token(id: &str) -> StoreError {
    StoreError::Conflict(format!("there is no token {id}: list the tokens and take an id from there"))
}

/// The registry.
#[async_trait]
pub trait RegistryStore {
    /// The registry's version: cheap, asked twice a second.
    async fn registry_version(&self) -> Result<i64>;

    /// The whole registry.
    async fn registry(&self) -> Result<RegistryRows>;

    /// Changes the registry; returns its new version.
    async fn change_registry(&self, change: RegistryChange) -> Result<i64>;
}
