//! People who are signed in.

use super::PostgresStore;
use super::errors::refused;
use super::readers::ask;
use super::values::{millis, moment, plain, text};
use crate::{Result, SESSIONS_PER_USER_MAX, SignInMethod, StoreError, UserSessionRow, UserSessions};
use async_trait::async_trait;
use deadpool_postgres::{Client, Transaction};
use jiff::Timestamp;
use tokio_postgres::Row;

#[async_trait]
impl UserSessions for PostgresStore {
    async fn user_session(&self, sha256: &[u8]) -> Result<Option<UserSessionRow>> {
        ask!(self.login_sessions, client => by_digest(client, sha256))
    }

    async fn user_sessions(&self, login: &str) -> Result<Vec<UserSessionRow>> {
        ask!(self.readers, client => by_login(client, login))
    }

    async fn touch_user_session(&self, sha256: &[u8], at: Timestamp) -> Result<()> {
        let touch = "UPDATE user_sessions SET last_seen_at = $2 WHERE sha256 = $1 AND last_seen_at < $2";
        ask!(self.login_sessions, client => async {
            client.execute(touch, &[&sha256, &millis(at)]).await.map(drop).map_err(refused)
        })
    }

    async fn purge_user_sessions(&self, expired: Timestamp, idle: Timestamp) -> Result<u64> {
        let purge = "DELETE FROM user_sessions WHERE expires_at < $1 OR last_seen_at < $2";
        ask!(self.readers, client => async {
            client.execute(purge, &[&millis(expired), &millis(idle)]).await.map_err(refused)
        })
    }
}

const COLUMNS: &str =
    "sha256, id, login, created_at, last_seen_at, expires_at, authenticated_at, address, user_agent, method";

async fn by_digest(client: &Client, sha256: &[u8]) -> Result<Option<UserSessionRow>> {
    let find = format!("SELECT {COLUMNS} FROM user_sessions WHERE sha256 = $1");
    let find = client.prepare_cached(&find).await.map_err(refused)?;
    client.query_opt(&find, &[&sha256]).await.map_err(refused)?.map(|row| session(&row)).transpose()
}

async fn by_login(client: &Client, login: &str) -> Result<Vec<UserSessionRow>> {
    let find = format!(
        "SELECT {COLUMNS} FROM user_sessions WHERE login = $1 ORDER BY last_seen_at DESC, created_at DESC, id DESC"
    );
    client.query(&find, &[&text(login)]).await.map_err(refused)?.iter().map(session).collect()
}

fn session(row: &Row) -> Result<UserSessionRow> {
    let words = |column: usize| plain(row.get(column)).into_owned();
    Ok(UserSessionRow {
        sha256: row.get(0),
        id: words(1),
        login: words(2),
        created_at: moment(row.get(3))?,
        last_seen_at: moment(row.get(4))?,
        expires_at: moment(row.get(5))?,
        authenticated_at: moment(row.get(6))?,
        address: words(7),
        user_agent: words(8),
        method: SignInMethod::of_kept(row.get(9)),
    })
}

/// Begins a session; those of its person that are then too many end.
pub(super) async fn begin(transaction: &Transaction<'_>, session: &UserSessionRow) -> Result<()> {
    let insert = format!(
        "INSERT INTO user_sessions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING"
    );
    let begun = transaction
        .execute(
            &insert,
            &[
                &session.sha256,
                &text(&session.id),
                &text(&session.login),
                &millis(session.created_at),
                &millis(session.last_seen_at),
                &millis(session.expires_at),
                &millis(session.authenticated_at),
                &text(&session.address),
                &text(&session.user_agent),
                &session.method.kept(),
            ],
        )
        .await
        .map_err(refused)?;
    if begun == 0 {
        return Err(StoreError::Conflict(format!(
            "there is a session {} already: begin another",
            session.id
        )));
    }
    let others_max = i64::try_from(SESSIONS_PER_USER_MAX).unwrap_or(i64::MAX) - 1;
    let end = "DELETE FROM user_sessions WHERE sha256 IN
                 (SELECT sha256 FROM user_sessions WHERE login = $1 AND sha256 <> $2
                  ORDER BY last_seen_at DESC, created_at DESC, id DESC OFFSET $3)";
    transaction
        .execute(end, &[&text(&session.login), &session.sha256, &others_max])
        .await
        .map_err(refused)?;
    Ok(())
}

/// Notes that the password was given once more.
pub(super) async fn confirm(transaction: &Transaction<'_>, sha256: &[u8], at: Timestamp) -> Result<()> {
    let confirm =
        "UPDATE user_sessions SET authenticated_at = greatest(authenticated_at, $2) WHERE sha256 = $1";
    transaction.execute(confirm, &[&sha256, &millis(at)]).await.map(drop).map_err(refused)
}

/// Ends a person's session.
pub(super) async fn end(transaction: &Transaction<'_>, login: &str, id: &str) -> Result<()> {
    let end = "DELETE FROM user_sessions WHERE login = $1 AND id = $2";
    transaction.execute(end, &[&text(login), &text(id)]).await.map(drop).map_err(refused)
}

/// Ends a person's sessions but one.
pub(super) async fn end_all(transaction: &Transaction<'_>, login: &str, but: Option<&str>) -> Result<()> {
    let end = "DELETE FROM user_sessions WHERE login = $1 AND id IS DISTINCT FROM $2";
    transaction.execute(end, &[&text(login), &but.map(text)]).await.map(drop).map_err(refused)
}
