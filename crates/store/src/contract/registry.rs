//! What the registry keeps: providers, lots, credentials and tokens.

use super::{Cursor, Page, Result, StoreError};
use async_trait::async_trait;
use bowei_model::{Edit, Lot, LotCode, ProviderCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A provider as the registry keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRow {
    /// Its code.
    pub code: ProviderCode,
    /// Its name.
    pub name: String,
    /// Whom to call.
    pub contact: Option<String>,
    /// What else the office knows of it.
    pub details: ProviderDetails,
}

/// What the office knows of a provider beyond its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderDetails {
    /// 统一社会信用代码 (GB 32100-2015), 18 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_code: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// When it was told to be connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notified_at: Option<Timestamp>,
    /// When it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<Timestamp>,
    /// When it was first given keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_at: Option<Timestamp>,
    /// When the first passage of a lot of its was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_at: Option<Timestamp>,
    /// Fields that a person changed last, as [`Lot::edited`] has them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub edited: BTreeMap<String, Edit>,
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

/// Where a change of the registry was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeSource {
    /// In the console, or over the API.
    Console,
    /// A registry file.
    File,
    /// A table of lots.
    Import,
    /// The lot itself, in a message.
    Lot,
    /// Another command.
    Command,
}

/// What became of one lot or provider by a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// `lot:CODE` or `provider:CODE`.
    pub object: String,
    /// When it was changed.
    pub at: Timestamp,
    /// A login, a token's id, or the name of whoever ran a command; a provider's code where the lot itself said so.
    pub user: String,
    /// Where.
    pub source: ChangeSource,
    /// Since when it is so, where that was said.
    pub effective_at: Option<Timestamp>,
    /// Words beside it.
    pub note: Option<String>,
    /// What was changed. A new object has `from` null in each.
    pub changes: Vec<FieldChange>,
}

impl HistoryEntry {
    /// What a lot's entries go by.
    pub fn of_lot(code: &LotCode) -> String {
        format!("lot:{code}")
    }

    /// What a provider's entries go by.
    pub fn of_provider(code: &ProviderCode) -> String {
        format!("provider:{code}")
    }
}

/// A field that was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What it was.
    pub from: Value,
    /// What it is.
    pub to: Value,
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
    /// What is told of it afterwards.
    pub history: Vec<HistoryEntry>,
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

    /// What became of an object ([`HistoryEntry::object`]), the last change first.
    async fn registry_history(
        &self,
        object: &str,
        limit: usize,
        cursor: Option<Cursor>,
    ) -> Result<Page<HistoryEntry>>;
}
