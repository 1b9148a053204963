//! Tokens that standards hand out at login.

use super::SqliteStore;
use super::queue::About;
use super::values::{millis, moment};
use crate::{LoginRow, Logins, Result};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

#[async_trait]
impl Logins for SqliteStore {
    async fn keep_login(&self, login: LoginRow) -> Result<()> {
        let timeout = self.options.lock_timeout;
        self.committer.execute(About::Login, move |connection| keep(connection, &login), timeout).await
    }

    async fn renew_login(&self, standard: &str, token_sha256: &[u8], expires_at: Timestamp) -> Result<()> {
        let (standard, token) = (standard.to_owned(), token_sha256.to_vec());
        let renew = move |connection: &_| renew(connection, &standard, &token, expires_at);
        self.committer.execute(About::Login, renew, self.options.lock_timeout).await
    }

    async fn login_by_token(&self, standard: &str, token_sha256: &[u8]) -> Result<Option<LoginRow>> {
        let (standard, token) = (standard.to_owned(), token_sha256.to_vec());
        self.login_readers.ask(move |connection| by_token(connection, &standard, &token)).await
    }

    async fn login_by_account(&self, standard: &str, account: &str) -> Result<Option<LoginRow>> {
        let (standard, account) = (standard.to_owned(), account.to_owned());
        self.login_readers.ask(move |connection| by_account(connection, &standard, &account)).await
    }
}

const COLUMNS: &str = "standard, account, sha256, sealed, issued_at, lives_ms, dies_at";

/// Keeps a login; the account's former one is gone.
fn keep(connection: &Connection, login: &LoginRow) -> Result<()> {
    let ttl_ms = i64::try_from(login.ttl.as_millis()).unwrap_or(i64::MAX);
    connection
        .prepare_cached(&format!("REPLACE INTO logins ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"))?
        .execute(params![
            login.standard,
            login.account,
            login.token_sha256,
            login.token_sealed,
            millis(login.issued_at),
            ttl_ms,
            millis(login.expires_at),
        ])?;
    Ok(())
}

/// Lets a token live until `expires_at`, unless it lives longer already.
fn renew(connection: &Connection, standard: &str, token: &[u8], expires_at: Timestamp) -> Result<()> {
    connection
        .prepare_cached("UPDATE logins SET dies_at = max(dies_at, ?3) WHERE standard = ?1 AND sha256 = ?2")?
        .execute(params![standard, token, millis(expires_at)])?;
    Ok(())
}

/// The login of a token.
fn by_token(connection: &Connection, standard: &str, token: &[u8]) -> Result<Option<LoginRow>> {
    let sql = format!("SELECT {COLUMNS} FROM logins WHERE standard = ?1 AND sha256 = ?2");
    let row = connection.prepare_cached(&sql)?.query_row(params![standard, token], columns).optional()?;
    row.map(login).transpose()
}

/// The login of an account.
fn by_account(connection: &Connection, standard: &str, account: &str) -> Result<Option<LoginRow>> {
    let sql = format!("SELECT {COLUMNS} FROM logins WHERE standard = ?1 AND account = ?2");
    let row = connection.prepare_cached(&sql)?.query_row(params![standard, account], columns).optional()?;
    row.map(login).transpose()
}

type Columns = (String, String, Vec<u8>, Vec<u8>, i64, i64, i64);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
}

fn login((standard, account, token_sha256, token_sealed, issued, ttl_ms, dies): Columns) -> Result<LoginRow> {
    Ok(LoginRow {
        standard,
        account,
        token_sha256,
        token_sealed,
        issued_at: moment(issued)?,
        ttl: SignedDuration::from_millis(ttl_ms),
        expires_at: moment(dies)?,
    })
}
