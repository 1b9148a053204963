//! The registry: providers, lots, credentials, tokens. Changed whole or not at all.

use super::SqliteStore;
use super::conditions::rows_for;
use super::queue::About;
use super::values::{from_json, millis, moment, text, to_json};
use crate::contract::no_token;
use crate::cursor::{page, page_size};
use crate::{
    CredentialRow, Cursor, HistoryEntry, Page, ProviderRow, RegistryChange, RegistryRows, RegistryStore,
    Result, StoreError, TokenRow, cursor,
};
use async_trait::async_trait;
use bowei_model::ProviderCode;
use rusqlite::{Connection, OptionalExtension, params};

#[async_trait]
impl RegistryStore for SqliteStore {
    async fn registry_version(&self) -> Result<i64> {
        self.readers.ask(version).await
    }

    async fn registry(&self) -> Result<RegistryRows> {
        self.readers.ask(read).await
    }

    async fn registry_history(
        &self,
        object: &str,
        limit: usize,
        cursor: Option<Cursor>,
    ) -> Result<Page<HistoryEntry>> {
        let object = object.to_owned();
        self.readers.ask(move |connection| history(connection, &object, limit, cursor.as_ref())).await
    }

    async fn change_registry(&self, change: RegistryChange) -> Result<i64> {
        let timeout = self.options.registry_lock_timeout;
        self.committer.execute(About::Registry, move |connection| apply(connection, &change), timeout).await
    }
}

/// The registry's version, as the database has it now: other processes change it too.
fn version(connection: &Connection) -> Result<i64> {
    Ok(connection
        .prepare_cached("SELECT registry_version FROM marks WHERE id = 1")?
        .query_row([], |row| row.get(0))?)
}

/// The whole registry.
fn read(connection: &Connection) -> Result<RegistryRows> {
    let mut registry = RegistryRows { version: version(connection)?, ..RegistryRows::default() };
    let mut find =
        connection.prepare_cached("SELECT code, name, contact, doc FROM providers ORDER BY code")?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let code = ProviderCode::from(text(row, 0)?);
        let details = from_json("a provider", text(row, 3)?)?;
        registry.providers.push(ProviderRow { code, name: row.get(1)?, contact: row.get(2)?, details });
    }
    let mut find = connection.prepare_cached("SELECT doc FROM lots ORDER BY code")?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        registry.lots.push(from_json("a lot", text(row, 0)?)?);
    }
    let mut find = connection.prepare_cached(
        "SELECT id, provider, standard, account, sealed, issued_at, expires_at FROM credentials ORDER BY id",
    )?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let expires_at: Option<i64> = row.get(6)?;
        registry.credentials.push(CredentialRow {
            id: row.get(0)?,
            provider: ProviderCode::from(text(row, 1)?),
            standard: row.get(2)?,
            account: row.get(3)?,
            sealed: row.get(4)?,
            issued_at: moment(row.get(5)?)?,
            expires_at: expires_at.map(moment).transpose()?,
        });
    }
    let mut find = connection
        .prepare_cached("SELECT id, sha256, role, district, issued_at, expires_at FROM tokens ORDER BY id")?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let expires_at: Option<i64> = row.get(5)?;
        registry.tokens.push(TokenRow {
            id: row.get(0)?,
            sha256: row.get(1)?,
            role: row.get(2)?,
            district: row.get(3)?,
            issued_at: moment(row.get(4)?)?,
            expires_at: expires_at.map(moment).transpose()?,
        });
    }
    Ok(registry)
}

/// Changes the registry within the transaction that `connection` is in; returns its new version.
pub(super) fn apply(connection: &Connection, change: &RegistryChange) -> Result<i64> {
    let RegistryChange { based_on, providers, lots, credentials, ends, sealed_anew, tokens, history } =
        change;
    let found = version(connection)?;
    if change.is_empty() {
        return Ok(found);
    }
    if let Some(based_on) = based_on.filter(|based_on| *based_on != found) {
        return Err(StoreError::Outdated { based_on, found });
    }
    for provider in providers {
        connection
            .prepare_cached(
                "INSERT INTO providers (code, name, contact, doc) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (code) DO UPDATE SET name = excluded.name, contact = excluded.contact,
                   doc = excluded.doc",
            )?
            .execute(params![
                provider.code.as_str(),
                provider.name,
                provider.contact,
                to_json(&provider.details)?
            ])?;
    }
    for lot in lots {
        known(connection, &lot.provider, &format!("lot {}", lot.code))?;
        connection
            .prepare_cached(
                "INSERT INTO lots (code, provider, doc) VALUES (?1, ?2, ?3)
                 ON CONFLICT (code) DO UPDATE SET provider = excluded.provider, doc = excluded.doc",
            )?
            .execute(params![lot.code.as_str(), lot.provider.as_str(), to_json(lot)?])?;
    }
    for credential in credentials {
        credential_new(connection, credential)?;
    }
    for (id, at) in ends {
        let ended = connection
            .prepare_cached("UPDATE credentials SET expires_at = ?2 WHERE id = ?1")?
            .execute(params![id, millis(*at)])?;
        there_was(ended, id, "end")?;
    }
    for (id, sealed) in sealed_anew {
        let changed = connection
            .prepare_cached("UPDATE credentials SET sealed = ?2 WHERE id = ?1")?
            .execute(params![id, sealed])?;
        there_was(changed, id, "seal anew")?;
    }
    for token in tokens {
        connection
            .prepare_cached(
                "INSERT INTO tokens (id, sha256, role, district, issued_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, role = excluded.role,
                   district = excluded.district, issued_at = excluded.issued_at,
                   expires_at = excluded.expires_at",
            )?
            .execute(params![
                token.id,
                token.sha256,
                token.role,
                token.district,
                millis(token.issued_at),
                token.expires_at.map(millis),
            ])?;
    }
    for entry in history {
        connection
            .prepare_cached("INSERT INTO registry_history (object, doc) VALUES (?1, ?2)")?
            .execute(params![entry.object, to_json(entry)?])?;
    }
    grow(connection)?;
    version(connection)
}

const HISTORY: &str = "registry-history";

/// What became of an object, the last change first.
fn history(
    connection: &Connection,
    object: &str,
    limit: usize,
    cursor: Option<&Cursor>,
) -> Result<Page<HistoryEntry>> {
    let before: i64 = cursor::read(HISTORY, cursor)?.unwrap_or(i64::MAX);
    let size = page_size(limit);
    let mut find = connection.prepare_cached(
        "SELECT seq, doc FROM registry_history WHERE object = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
    )?;
    let mut rows = find.query(params![object, before, rows_for(size)])?;
    let mut found: Vec<(i64, _)> = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get(0)?, from_json("a change", text(row, 1)?)?));
    }
    page(HISTORY, size, found)
}

/// Has the version grow, so that every node reads the registry anew.
fn grow(connection: &Connection) -> Result<()> {
    connection.execute("UPDATE marks SET registry_version = registry_version + 1 WHERE id = 1", [])?;
    Ok(())
}

/// Removes a token.
pub(super) fn remove_token(connection: &Connection, id: &str) -> Result<()> {
    let removed = connection.prepare_cached("DELETE FROM tokens WHERE id = ?1")?.execute([id])?;
    if removed == 0 {
        return Err(no_token(id));
    }
    grow(connection)
}

fn there_was(changed: usize, id: &str, to: &str) -> Result<()> {
    if changed > 0 {
        return Ok(());
    }
    Err(StoreError::Conflict(format!(
        "there is no credential {id} to {to}: list the registry's credentials and take an id from there"
    )))
}

fn credential_new(connection: &Connection, credential: &CredentialRow) -> Result<()> {
    let CredentialRow { id, provider, standard, account, .. } = credential;
    known(connection, provider, &format!("credential {id}"))?;
    let other: Option<String> = connection
        .prepare_cached(
            "SELECT provider FROM credentials WHERE standard = ?1 AND account = ?2 AND provider <> ?3 LIMIT 1",
        )?
        .query_row([standard.as_str(), account.as_str(), provider.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(other) = other {
        return Err(StoreError::Conflict(format!(
            "the account {account} of the standard {standard} belongs to provider {other}, and cannot be provider \
             {provider}'s: choose another name"
        )));
    }
    let taken = connection.prepare_cached("SELECT 1 FROM credentials WHERE id = ?1")?.exists([id])?;
    if taken {
        return Err(StoreError::Conflict(format!(
            "there is a credential {id} already: issue it under a new id"
        )));
    }
    connection
        .prepare_cached(
            "INSERT INTO credentials (id, provider, standard, account, sealed, issued_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            id,
            provider.as_str(),
            standard,
            account,
            credential.sealed,
            millis(credential.issued_at),
            credential.expires_at.map(millis),
        ])?;
    Ok(())
}

/// Refuses what belongs to a provider that nobody has registered.
fn known(connection: &Connection, provider: &ProviderCode, what: &str) -> Result<()> {
    let known =
        connection.prepare_cached("SELECT 1 FROM providers WHERE code = ?1")?.exists([provider.as_str()])?;
    if known {
        return Ok(());
    }
    Err(StoreError::Conflict(format!(
        "{what} names provider {provider}, which is not registered: register the provider first, or with it"
    )))
}
