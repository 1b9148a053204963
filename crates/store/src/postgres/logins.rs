//! Tokens that standards hand out at login.

use super::PostgresStore;
use super::errors::refused;
use super::readers::ask;
use super::values::{millis, moment, plain, text};
use crate::{LoginRow, Logins, Result};
use async_trait::async_trait;
use deadpool_postgres::Client;
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Row;

#[async_trait]
impl Logins for PostgresStore {
    async fn keep_login(&self, login: LoginRow) -> Result<()> {
        ask!(self.login_sessions, client => keep(client, &login))
    }

    async fn renew_login(&self, standard: &str, token_sha256: &[u8], expires_at: Timestamp) -> Result<()> {
        ask!(self.login_sessions, client => renew(client, standard, token_sha256, expires_at))
    }

    async fn login_by_token(&self, standard: &str, token_sha256: &[u8]) -> Result<Option<LoginRow>> {
        ask!(self.login_sessions, client => by_token(client, standard, token_sha256))
    }

    async fn login_by_account(&self, standard: &str, account: &str) -> Result<Option<LoginRow>> {
        ask!(self.login_sessions, client => by_account(client, standard, account))
    }
}

const COLUMNS: &str = "standard, account, sha256, sealed, issued_at, lives_ms, dies_at";

/// Keeps a login; the account's former one is gone.
async fn keep(client: &Client, login: &LoginRow) -> Result<()> {
    let ttl_ms = i64::try_from(login.ttl.as_millis()).unwrap_or(i64::MAX);
    let replace = client
        .prepare_cached(&format!(
            "INSERT INTO logins ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (standard, account) DO UPDATE
               SET sha256 = excluded.sha256, sealed = excluded.sealed, issued_at = excluded.issued_at,
                   lives_ms = excluded.lives_ms, dies_at = excluded.dies_at"
        ))
        .await
        .map_err(refused)?;
    client
        .execute(
            &replace,
            &[
                &login.standard,
                &text(&login.account),
                &login.token_sha256,
                &login.token_sealed,
                &millis(login.issued_at),
                &ttl_ms,
                &millis(login.expires_at),
            ],
        )
        .await
        .map_err(refused)?;
    Ok(())
}

/// Lets a token live until `expires_at`, unless it lives longer already.
async fn renew(client: &Client, standard: &str, token: &[u8], expires_at: Timestamp) -> Result<()> {
    let renew = client
        .prepare_cached(
            "UPDATE logins SET dies_at = greatest(dies_at, $3) WHERE standard = $1 AND sha256 = $2",
        )
        .await
        .map_err(refused)?;
    client.execute(&renew, &[&standard, &token, &millis(expires_at)]).await.map_err(refused)?;
    Ok(())
}

/// The login of a token.
async fn by_token(client: &Client, standard: &str, token: &[u8]) -> Result<Option<LoginRow>> {
    let sql = format!("SELECT {COLUMNS} FROM logins WHERE standard = $1 AND sha256 = $2");
    let find = client.prepare_cached(&sql).await.map_err(refused)?;
    client.query_opt(&find, &[&standard, &token]).await.map_err(refused)?.map(|row| login(&row)).transpose()
}

/// The login of an account.
async fn by_account(client: &Client, standard: &str, account: &str) -> Result<Option<LoginRow>> {
    let sql = format!("SELECT {COLUMNS} FROM logins WHERE standard = $1 AND account = $2");
    let find = client.prepare_cached(&sql).await.map_err(refused)?;
    let row = client.query_opt(&find, &[&standard, &text(account)]).await.map_err(refused)?;
    row.map(|row| login(&row)).transpose()
}

fn login(row: &Row) -> Result<LoginRow> {
    Ok(LoginRow {
        standard: row.get(0),
        account: plain(row.get(1)).into_owned(),
        token_sha256: row.get(2),
        token_sealed: row.get(3),
        issued_at: moment(row.get(4))?,
        ttl: SignedDuration::from_millis(row.get(5)),
        expires_at: moment(row.get(6))?,
    })
}
