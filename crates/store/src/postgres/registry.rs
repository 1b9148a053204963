//! The registry: providers, lots, credentials, tokens. Changed whole or not at all.

use super::PostgresStore;
use super::conditions::{Conditions, number, text_value};
use super::errors::refused;
use super::readers::{ask, ask_of_a_moment, within};
use super::values::{from_json, millis, moment, plain, text, to_json};
use crate::contract::no_token;
use crate::cursor::{page, page_size};
use crate::{
    CredentialRow, Cursor, HistoryEntry, Page, ProviderRow, RegistryChange, RegistryRows, RegistryStore,
    Result, StoreError, TokenRow, cursor,
};
use async_trait::async_trait;
use bowei_model::{Lot, ProviderCode};
use deadpool_postgres::{Client, Transaction};
use std::collections::BTreeMap;
use tokio_postgres::Row;

#[async_trait]
impl RegistryStore for PostgresStore {
    async fn registry_version(&self) -> Result<i64> {
        ask!(self.readers, client => version(client))
    }

    async fn registry(&self) -> Result<RegistryRows> {
        ask_of_a_moment!(self.readers, client => read(client))
    }

    async fn registry_history(
        &self,
        object: &str,
        limit: usize,
        cursor: Option<Cursor>,
    ) -> Result<Page<HistoryEntry>> {
        ask!(self.readers, client => history(client, object, limit, cursor.as_ref()))
    }

    async fn change_registry(&self, change: RegistryChange) -> Result<i64> {
        let mut session = self.readers.session().await?;
        let changing = change_alone(session.client_mut()?, &change);
        let version = within(self.options.registry_timeout, changing).await?;
        session.done();
        Ok(version)
    }
}

/// The registry's version.
async fn version(client: &Client) -> Result<i64> {
    let find =
        client.prepare_cached("SELECT registry_version FROM marks WHERE id = 1").await.map_err(refused)?;
    Ok(client.query_one(&find, &[]).await.map_err(refused)?.get(0))
}

/// The whole registry, all of it of the moment that `client` is in.
async fn read(client: &Client) -> Result<RegistryRows> {
    let mut registry = RegistryRows { version: version(client).await?, ..RegistryRows::default() };
    let all = |sql: &'static str| async move { client.query(sql, &[]).await.map_err(refused) };
    for row in all("SELECT code, name, contact, doc FROM providers ORDER BY code").await? {
        registry.providers.push(ProviderRow {
            code: provider(&row, 0),
            name: plain(row.get(1)).into_owned(),
            contact: row.get::<_, Option<&str>>(2).map(|contact| plain(contact).into_owned()),
            details: from_json("a provider", row.get(3))?,
        });
    }
    for row in all("SELECT doc FROM lots ORDER BY code").await? {
        registry.lots.push(from_json("a lot", row.get(0))?);
    }
    let credentials =
        "SELECT id, provider, standard, account, sealed, issued_at, expires_at FROM credentials ORDER BY id";
    for row in all(credentials).await? {
        registry.credentials.push(CredentialRow {
            id: row.get(0),
            provider: provider(&row, 1),
            standard: row.get(2),
            account: plain(row.get(3)).into_owned(),
            sealed: row.get(4),
            issued_at: moment(row.get(5))?,
            expires_at: row.get::<_, Option<i64>>(6).map(moment).transpose()?,
        });
    }
    for row in all("SELECT id, sha256, role, district, issued_at, expires_at FROM tokens ORDER BY id").await?
    {
        registry.tokens.push(TokenRow {
            id: row.get(0),
            sha256: row.get(1),
            role: row.get(2),
            district: row.get(3),
            issued_at: moment(row.get(4))?,
            expires_at: row.get::<_, Option<i64>>(5).map(moment).transpose()?,
        });
    }
    Ok(registry)
}

fn provider(row: &Row, column: usize) -> ProviderCode {
    ProviderCode::from(plain(row.get(column)).as_ref())
}

/// Changes the registry in a transaction of its own; returns its new version.
async fn change_alone(client: &mut Client, change: &RegistryChange) -> Result<i64> {
    let transaction = client.transaction().await.map_err(refused)?;
    let version = apply(&transaction, change).await?;
    transaction.commit().await.map_err(refused)?;
    Ok(version)
}

/// Changes the registry; returns its new version. The version's row is locked first: one node changes it at a time.
pub(super) async fn apply(transaction: &Transaction<'_>, change: &RegistryChange) -> Result<i64> {
    let RegistryChange { based_on, providers, lots, credentials, ends, sealed_anew, tokens, history } =
        change;
    let found: i64 = transaction
        .query_one("SELECT registry_version FROM marks WHERE id = 1 FOR UPDATE", &[])
        .await
        .map_err(refused)?
        .get(0);
    if change.is_empty() {
        return Ok(found);
    }
    if let Some(based_on) = based_on.filter(|based_on| *based_on != found) {
        return Err(StoreError::Outdated { based_on, found });
    }
    self::providers(transaction, providers).await?;
    self::lots(transaction, lots).await?;
    for credential in credentials {
        credential_new(transaction, credential).await?;
    }
    for (id, at) in ends {
        let ended = transaction
            .execute("UPDATE credentials SET expires_at = $2 WHERE id = $1", &[id, &millis(*at)])
            .await
            .map_err(refused)?;
        there_was(ended, id, "end")?;
    }
    for (id, sealed) in sealed_anew {
        let changed = transaction
            .execute("UPDATE credentials SET sealed = $2 WHERE id = $1", &[id, sealed])
            .await
            .map_err(refused)?;
        there_was(changed, id, "seal anew")?;
    }
    for token in tokens {
        self::token(transaction, token).await?;
    }
    told(transaction, history).await?;
    grow(transaction).await
}

/// Tells what became of lots and providers. The registry's row is locked: nobody else numbers entries meanwhile.
async fn told(transaction: &Transaction<'_>, history: &[HistoryEntry]) -> Result<()> {
    let objects: Vec<_> = history.iter().map(|entry| text(&entry.object)).collect();
    let docs = history.iter().map(to_json).collect::<Result<Vec<_>>>()?;
    let insert = "INSERT INTO registry_history (seq, object, doc)
         SELECT (SELECT coalesce(max(seq), 0) FROM registry_history) + number, object, doc
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS told (object, doc, number)";
    transaction.execute(insert, &[&objects, &docs]).await.map_err(refused)?;
    Ok(())
}

const HISTORY: &str = "registry-history";

/// What became of an object, the last change first.
async fn history(
    client: &Client,
    object: &str,
    limit: usize,
    cursor: Option<&Cursor>,
) -> Result<Page<HistoryEntry>> {
    let before: i64 = cursor::read(HISTORY, cursor)?.unwrap_or(i64::MAX);
    let size = page_size(limit);
    let mut conditions = Conditions::default();
    conditions.and("object = ?", [text_value(object)]);
    conditions.and("seq < ?", [number(before)]);
    let rows = conditions.rows(client, "seq, doc", "registry_history", "seq DESC", size).await?;
    let found = rows.iter().map(|row| Ok((row.get::<_, i64>(0), from_json("a change", row.get(1))?)));
    page(HISTORY, size, found.collect::<Result<_>>()?)
}

/// Has the version grow, so that every node reads the registry anew; returns it.
async fn grow(transaction: &Transaction<'_>) -> Result<i64> {
    let grow =
        "UPDATE marks SET registry_version = registry_version + 1 WHERE id = 1 RETURNING registry_version";
    Ok(transaction.query_one(grow, &[]).await.map_err(refused)?.get(0))
}

/// Removes a token.
pub(super) async fn remove_token(transaction: &Transaction<'_>, id: &str) -> Result<()> {
    // The version's row is locked first, as it is by every change.
    grow(transaction).await?;
    let removed = transaction.execute("DELETE FROM tokens WHERE id = $1", &[&id]).await.map_err(refused)?;
    if removed == 0 { Err(no_token(id)) } else { Ok(()) }
}

fn there_was(changed: u64, id: &str, to: &str) -> Result<()> {
    if changed > 0 {
        return Ok(());
    }
    Err(StoreError::Conflict(format!(
        "there is no credential {id} to {to}: list the registry's credentials and take an id from there"
    )))
}

async fn providers(transaction: &Transaction<'_>, providers: &[ProviderRow]) -> Result<()> {
    // A statement cannot change a row twice: of two words on one provider the later counts.
    let providers: BTreeMap<_, _> = providers.iter().map(|provider| (&provider.code, provider)).collect();
    let codes: Vec<_> = providers.keys().map(|code| text(code.as_str())).collect();
    let names: Vec<_> = providers.values().map(|provider| text(&provider.name)).collect();
    let contacts: Vec<_> = providers.values().map(|provider| provider.contact.as_deref().map(text)).collect();
    let docs = providers.values().map(|provider| to_json(&provider.details)).collect::<Result<Vec<_>>>()?;
    transaction
        .execute(
            "INSERT INTO providers (code, name, contact, doc)
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
             ON CONFLICT (code) DO UPDATE SET name = excluded.name, contact = excluded.contact, doc = excluded.doc",
            &[&codes, &names, &contacts, &docs],
        )
        .await
        .map_err(refused)?;
    Ok(())
}

async fn lots(transaction: &Transaction<'_>, lots: &[Lot]) -> Result<()> {
    for lot in lots {
        known(transaction, &lot.provider, &format!("lot {}", lot.code)).await?;
    }
    let lots: BTreeMap<_, _> = lots.iter().map(|lot| (&lot.code, lot)).collect();
    let codes: Vec<_> = lots.keys().map(|code| text(code.as_str())).collect();
    let providers: Vec<_> = lots.values().map(|lot| text(lot.provider.as_str())).collect();
    let docs = lots.values().map(to_json).collect::<Result<Vec<_>>>()?;
    transaction
        .execute(
            "INSERT INTO lots (code, provider, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
             ON CONFLICT (code) DO UPDATE SET provider = excluded.provider, doc = excluded.doc",
            &[&codes, &providers, &docs],
        )
        .await
        .map_err(refused)?;
    Ok(())
}

async fn credential_new(transaction: &Transaction<'_>, credential: &CredentialRow) -> Result<()> {
    let CredentialRow { id, provider, standard, account, .. } = credential;
    known(transaction, provider, &format!("credential {id}")).await?;
    let other = transaction
        .query_opt(
            "SELECT provider FROM credentials WHERE standard = $1 AND account = $2 AND provider <> $3 LIMIT 1",
            &[&text(standard), &text(account), &text(provider.as_str())],
        )
        .await
        .map_err(refused)?;
    if let Some(row) = other {
        return Err(StoreError::Conflict(format!(
            "the account {account} of the standard {standard} belongs to provider {}, and cannot be provider \
             {provider}'s: choose another name",
            plain(row.get(0))
        )));
    }
    let taken = transaction.query_opt("SELECT 1 FROM credentials WHERE id = $1", &[&text(id)]).await;
    if taken.map_err(refused)?.is_some() {
        return Err(StoreError::Conflict(format!(
            "there is a credential {id} already: issue it under a new id"
        )));
    }
    transaction
        .execute(
            "INSERT INTO credentials (id, provider, standard, account, sealed, issued_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &text(id),
                &text(provider.as_str()),
                &text(standard),
                &text(account),
                &credential.sealed,
                &millis(credential.issued_at),
                &credential.expires_at.map(millis),
            ],
        )
        .await
        .map_err(refused)?;
    Ok(())
}

async fn token(transaction: &Transaction<'_>, token: &TokenRow) -> Result<()> {
    transaction
        .execute(
            "INSERT INTO tokens (id, sha256, role, district, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, role = excluded.role,
               district = excluded.district, issued_at = excluded.issued_at, expires_at = excluded.expires_at",
            &[
                &token.id,
                &token.sha256,
                &token.role,
                &token.district,
                &millis(token.issued_at),
                &token.expires_at.map(millis),
            ],
        )
        .await
        .map_err(refused)?;
    Ok(())
}

/// Refuses what belongs to a provider that nobody has registered.
async fn known(transaction: &Transaction<'_>, provider: &ProviderCode, what: &str) -> Result<()> {
    let find =
        transaction.prepare_cached("SELECT 1 FROM providers WHERE code = $1").await.map_err(refused)?;
    if transaction.query_opt(&find, &[&text(provider.as_str())]).await.map_err(refused)?.is_some() {
        return Ok(());
    }
    Err(StoreError::Conflict(format!(
        "{what} names provider {provider}, which is not registered: register the provider first, or with it"
    )))
}
