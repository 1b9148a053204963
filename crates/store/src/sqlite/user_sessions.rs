//! People who are signed in.

use super::SqliteStore;
use super::queue::About;
use super::values::{millis, moment};
use crate::{Result, SESSIONS_PER_USER_MAX, SignInMethod, StoreError, UserSessionRow, UserSessions};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, params};

#[async_trait]
impl UserSessions for SqliteStore {
    async fn user_session(&self, sha256: &[u8]) -> Result<Option<UserSessionRow>> {
        let sha256 = sha256.to_vec();
        let find = move |connection: &_| sessions(connection, "sha256 = ?1", [sha256]);
        Ok(self.login_readers.ask(find).await?.pop())
    }

    async fn user_sessions(&self, login: &str) -> Result<Vec<UserSessionRow>> {
        let login = login.to_owned();
        let of_login = "login = ?1 ORDER BY last_seen_at DESC, created_at DESC, id DESC";
        self.readers.ask(move |connection| sessions(connection, of_login, [login])).await
    }

    async fn touch_user_session(&self, sha256: &[u8], at: Timestamp) -> Result<()> {
        let sha256 = sha256.to_vec();
        let touch = move |connection: &_| touch(connection, &sha256, at);
        self.committer.execute(About::People, touch, self.options.lock_timeout).await
    }

    async fn purge_user_sessions(&self, expired: Timestamp, idle: Timestamp) -> Result<u64> {
        let purge = move |connection: &_| purge(connection, expired, idle);
        self.committer.execute(About::Upkeep, purge, self.options.lock_timeout).await
    }
}

const COLUMNS: &str =
    "sha256, id, login, created_at, last_seen_at, expires_at, authenticated_at, address, user_agent, method";

fn sessions(connection: &Connection, condition: &str, values: impl Params) -> Result<Vec<UserSessionRow>> {
    let mut find =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM user_sessions WHERE {condition}"))?;
    let mut rows = find.query(values)?;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next()? {
        sessions.push(session(row)?);
    }
    Ok(sessions)
}

fn session(row: &Row<'_>) -> Result<UserSessionRow> {
    Ok(UserSessionRow {
        sha256: row.get(0)?,
        id: row.get(1)?,
        login: row.get(2)?,
        created_at: moment(row.get(3)?)?,
        last_seen_at: moment(row.get(4)?)?,
        expires_at: moment(row.get(5)?)?,
        authenticated_at: moment(row.get(6)?)?,
        address: row.get(7)?,
        user_agent: row.get(8)?,
        method: SignInMethod::of_kept(row.get::<_, Option<String>>(9)?.as_deref()),
    })
}

fn touch(connection: &Connection, sha256: &[u8], at: Timestamp) -> Result<()> {
    connection
        .prepare_cached("UPDATE user_sessions SET last_seen_at = ?2 WHERE sha256 = ?1 AND last_seen_at < ?2")?
        .execute(params![sha256, millis(at)])?;
    Ok(())
}

fn purge(connection: &Connection, expired: Timestamp, idle: Timestamp) -> Result<u64> {
    let mut purge =
        connection.prepare_cached("DELETE FROM user_sessions WHERE expires_at < ?1 OR last_seen_at < ?2")?;
    Ok(purge.execute([millis(expired), millis(idle)])? as u64)
}

/// Begins a session; those of its person that are then too many end.
pub(super) fn begin(connection: &Connection, session: &UserSessionRow) -> Result<()> {
    let begun = connection
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO user_sessions ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        ))?
        .execute(params![
            session.sha256,
            session.id,
            session.login,
            millis(session.created_at),
            millis(session.last_seen_at),
            millis(session.expires_at),
            millis(session.authenticated_at),
            session.address,
            session.user_agent,
            session.method.kept(),
        ])?;
    if begun == 0 {
        return Err(StoreError::Conflict(format!(
            "there is a session {} already: begin another",
            session.id
        )));
    }
    let others_max = i64::try_from(SESSIONS_PER_USER_MAX).unwrap_or(i64::MAX) - 1;
    connection
        .prepare_cached(
            "DELETE FROM user_sessions WHERE sha256 IN
               (SELECT sha256 FROM user_sessions WHERE login = ?1 AND sha256 <> ?2
                ORDER BY last_seen_at DESC, created_at DESC, id DESC LIMIT -1 OFFSET ?3)",
        )?
        .execute(params![session.login, session.sha256, others_max])?;
    Ok(())
}

/// Notes that the password was given once more.
pub(super) fn confirm(connection: &Connection, sha256: &[u8], at: Timestamp) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE user_sessions SET authenticated_at = max(authenticated_at, ?2) WHERE sha256 = ?1",
        )?
        .execute(params![sha256, millis(at)])?;
    Ok(())
}

/// Ends a person's session.
pub(super) fn end(connection: &Connection, login: &str, id: &str) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM user_sessions WHERE login = ?1 AND id = ?2")?
        .execute([login, id])?;
    Ok(())
}

/// Ends a person's sessions but one.
pub(super) fn end_all(connection: &Connection, login: &str, but: Option<&str>) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM user_sessions WHERE login = ?1 AND id IS NOT ?2")?
        .execute(params![login, but])?;
    Ok(())
}
