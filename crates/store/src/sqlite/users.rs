//! People's accounts, and how often somebody failed to sign in.

use super::SqliteStore;
use super::queue::About;
use super::values::{from_json, millis, moment, text, to_json};
use crate::{FailureCount, Identity, LockoutPolicy, Result, USERS_MAX, UserRow, Users};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

#[async_trait]
impl Users for SqliteStore {
    async fn user(&self, login: &str) -> Result<Option<UserRow>> {
        let login = login.to_owned();
        self.login_readers.ask(move |connection| user_by(connection, "login", &login)).await
    }

    async fn user_by_identity(&self, identity: &Identity) -> Result<Option<UserRow>> {
        let key = identity.key();
        self.login_readers.ask(move |connection| user_by(connection, "identity", &key)).await
    }

    async fn users(&self) -> Result<Vec<UserRow>> {
        self.readers.ask(users).await
    }

    async fn failures(&self, key: &str) -> Result<FailureCount> {
        let key = key.to_owned();
        let kept = self.login_readers.ask(move |connection| failures(connection, &key)).await?;
        Ok(kept.map(|(count, _)| count).unwrap_or_default())
    }

    async fn count_failure(&self, key: &str, now: Timestamp, policy: LockoutPolicy) -> Result<FailureCount> {
        LockoutPolicy::check_key(key)?;
        let key = key.to_owned();
        let count = move |connection: &_| count_failure(connection, &key, now, policy);
        self.committer.execute(About::People, count, self.options.lock_timeout).await
    }

    async fn clear_failures(&self, key: &str) -> Result<()> {
        let key = key.to_owned();
        let clear = move |connection: &_| clear_failures(connection, &key);
        self.committer.execute(About::People, clear, self.options.lock_timeout).await
    }

    async fn purge_failures(&self, before: Timestamp) -> Result<u64> {
        let purge = move |connection: &_| purge_failures(connection, before);
        self.committer.execute(About::Upkeep, purge, self.options.lock_timeout).await
    }
}

/// The account that has that in a column which no two have the same in.
fn user_by(connection: &Connection, column: &str, value: &str) -> Result<Option<UserRow>> {
    let mut find = connection.prepare_cached(&format!("SELECT doc FROM users WHERE {column} = ?1"))?;
    let mut rows = find.query([value])?;
    rows.next()?.map(|row| from_json("an account", text(row, 0)?)).transpose()
}

/// Every account.
fn users(connection: &Connection) -> Result<Vec<UserRow>> {
    let mut find = connection.prepare_cached("SELECT doc FROM users ORDER BY login LIMIT ?1")?;
    let mut rows = find.query([i64::try_from(USERS_MAX).unwrap_or(i64::MAX)])?;
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        users.push(from_json("an account", text(row, 0)?)?);
    }
    Ok(users)
}

/// Creates or replaces an account.
pub(super) fn keep(connection: &Connection, mut user: UserRow) -> Result<()> {
    let based_on = user.revision;
    user.revision += 1;
    let doc = to_json(&user)?;
    let identity = user.identity.as_ref().map(Identity::key);
    if let Some(identity) = &identity {
        let owner = user_by(connection, "identity", identity)?;
        Identity::refuse_taken(&user.login, owner.as_ref().map(|owner| owner.login.as_str()))?;
    }
    let mut find = connection.prepare_cached("SELECT revision FROM users WHERE login = ?1")?;
    let found: Option<i64> = find.query_row([&user.login], |row| row.get(0)).optional()?;
    if UserRow::is_new(&user.login, based_on, found)? {
        let mut count = connection.prepare_cached("SELECT count(*) FROM users")?;
        UserRow::refuse_beyond_max(count.query_row([], |row| row.get(0))?)?;
        let mut insert = connection
            .prepare_cached("INSERT INTO users (login, revision, doc, identity) VALUES (?1, ?2, ?3, ?4)")?;
        insert.execute(params![user.login, user.revision, doc, identity])?;
    } else {
        let mut update = connection
            .prepare_cached("UPDATE users SET revision = ?2, doc = ?3, identity = ?4 WHERE login = ?1")?;
        update.execute(params![user.login, user.revision, doc, identity])?;
    }
    Ok(())
}

/// What is counted under a key, and when the last failure was.
fn failures(connection: &Connection, key: &str) -> Result<Option<(FailureCount, Timestamp)>> {
    let mut find = connection
        .prepare_cached("SELECT failures, last_at, locked_until FROM sign_in_failures WHERE key = ?1")?;
    let row = find.query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((failures, last_at, locked_until)) = row else { return Ok(None) };
    let locked_until: Option<i64> = locked_until;
    Ok(Some((
        FailureCount { failures, locked_until: locked_until.map(moment).transpose()? },
        moment(last_at)?,
    )))
}

fn count_failure(
    connection: &Connection,
    key: &str,
    now: Timestamp,
    policy: LockoutPolicy,
) -> Result<FailureCount> {
    let kept = failures(connection, key)?;
    let count = policy.count(kept, now);
    let last_at = kept.map_or(now, |(_, last_at)| now.max(last_at));
    connection
        .prepare_cached(
            "REPLACE INTO sign_in_failures (key, failures, last_at, locked_until) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![key, count.failures, millis(last_at), count.locked_until.map(millis)])?;
    Ok(count)
}

/// Forgets what is counted under a key.
pub(super) fn clear_failures(connection: &Connection, key: &str) -> Result<()> {
    connection.prepare_cached("DELETE FROM sign_in_failures WHERE key = ?1")?.execute([key])?;
    Ok(())
}

fn purge_failures(connection: &Connection, before: Timestamp) -> Result<u64> {
    let mut purge = connection.prepare_cached(
        "DELETE FROM sign_in_failures WHERE last_at < ?1 AND coalesce(locked_until, last_at) < ?1",
    )?;
    Ok(purge.execute([millis(before)])? as u64)
}
