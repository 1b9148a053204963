//! People's accounts, and how often somebody failed to sign in.

use super::PostgresStore;
use super::errors::refused;
use super::readers::{ask, in_time};
use super::values::{from_json, millis, moment, plain, text, to_json};
use crate::{FailureCount, Identity, LockoutPolicy, Result, USERS_MAX, UserRow, Users};
use async_trait::async_trait;
use deadpool_postgres::{Client, Transaction};
use jiff::Timestamp;
use tokio_postgres::Row;

#[async_trait]
impl Users for PostgresStore {
    async fn user(&self, login: &str) -> Result<Option<UserRow>> {
        ask!(self.login_sessions, client => user_by(client, "login", login))
    }

    async fn user_by_identity(&self, identity: &Identity) -> Result<Option<UserRow>> {
        let key = identity.key();
        ask!(self.login_sessions, client => user_by(client, "identity", &key))
    }

    async fn users(&self) -> Result<Vec<UserRow>> {
        ask!(self.readers, client => users(client))
    }

    async fn failures(&self, key: &str) -> Result<FailureCount> {
        ask!(self.login_sessions, client => failures(client, key))
    }

    async fn count_failure(&self, key: &str, now: Timestamp, policy: LockoutPolicy) -> Result<FailureCount> {
        LockoutPolicy::check_key(key)?;
        let mut session = self.login_sessions.session().await?;
        let count = in_time(count_failure(session.client_mut()?, key, now, policy)).await?;
        session.done();
        Ok(count)
    }

    async fn clear_failures(&self, key: &str) -> Result<()> {
        let key = text(key);
        ask!(self.login_sessions, client => async {
            client.execute(CLEAR_FAILURES, &[&key]).await.map(drop).map_err(refused)
        })
    }

    async fn purge_failures(&self, before: Timestamp) -> Result<u64> {
        let purge =
            "DELETE FROM sign_in_failures WHERE last_at < $1 AND coalesce(locked_until, last_at) < $1";
        ask!(self.readers, client => async {
            client.execute(purge, &[&millis(before)]).await.map_err(refused)
        })
    }
}

const CLEAR_FAILURES: &str = "DELETE FROM sign_in_failures WHERE key = $1";

/// Forgets what is counted under a key.
pub(super) async fn clear_failures(transaction: &Transaction<'_>, key: &str) -> Result<()> {
    transaction.execute(CLEAR_FAILURES, &[&text(key)]).await.map(drop).map_err(refused)
}

/// The account that has that in a column which no two have the same in.
async fn user_by(client: &Client, column: &str, value: &str) -> Result<Option<UserRow>> {
    let find = format!("SELECT doc FROM users WHERE {column} = $1");
    let find = client.prepare_cached(&find).await.map_err(refused)?;
    let row = client.query_opt(&find, &[&text(value)]).await.map_err(refused)?;
    row.map(|row| from_json("an account", row.get(0))).transpose()
}

/// Every account.
async fn users(client: &Client) -> Result<Vec<UserRow>> {
    let all = "SELECT doc FROM users ORDER BY login LIMIT $1";
    let rows = client.query(all, &[&i64::try_from(USERS_MAX).unwrap_or(i64::MAX)]).await.map_err(refused)?;
    rows.iter().map(|row| from_json("an account", row.get(0))).collect()
}

/// Creates or replaces an account. No two do it at once: the audit's end is locked.
pub(super) async fn keep(transaction: &Transaction<'_>, user: &UserRow) -> Result<()> {
    let login = text(&user.login);
    let key = user.identity.as_ref().map(Identity::key);
    let identity = key.as_deref().map(text);
    let owner = "SELECT login FROM users WHERE identity = $1";
    let owner = transaction.query_opt(owner, &[&identity]).await.map_err(refused)?;
    let owner = owner.as_ref().map(|row| plain(row.get(0)));
    Identity::refuse_taken(&user.login, owner.as_deref())?;
    let find = "SELECT revision FROM users WHERE login = $1";
    let found = transaction.query_opt(find, &[&login]).await.map_err(refused)?.map(|row| row.get(0));
    let next = UserRow { revision: user.revision + 1, ..user.clone() };
    let change = if UserRow::is_new(&user.login, user.revision, found)? {
        let count = transaction.query_one("SELECT count(*) FROM users", &[]).await.map_err(refused)?;
        UserRow::refuse_beyond_max(count.get(0))?;
        "INSERT INTO users (login, revision, doc, identity) VALUES ($1, $2, $3, $4)"
    } else {
        "UPDATE users SET revision = $2, doc = $3, identity = $4 WHERE login = $1"
    };
    transaction
        .execute(change, &[&login, &next.revision, &to_json(&next)?, &identity])
        .await
        .map_err(refused)?;
    Ok(())
}

async fn failures(client: &Client, key: &str) -> Result<FailureCount> {
    let find = "SELECT failures, last_at, locked_until FROM sign_in_failures WHERE key = $1";
    let find = client.prepare_cached(find).await.map_err(refused)?;
    let row = client.query_opt(&find, &[&text(key)]).await.map_err(refused)?;
    Ok(row.map(|row| counted(&row)).transpose()?.map(|(count, _)| count).unwrap_or_default())
}

/// What is counted, and when the last failure was.
fn counted(row: &Row) -> Result<(FailureCount, Timestamp)> {
    let locked_until = row.get::<_, Option<i64>>(2).map(moment).transpose()?;
    let failures = u32::try_from(row.get::<_, i64>(0)).unwrap_or(u32::MAX);
    Ok((FailureCount { failures, locked_until }, moment(row.get(1))?))
}

async fn count_failure(
    client: &mut Client,
    key: &str,
    now: Timestamp,
    policy: LockoutPolicy,
) -> Result<FailureCount> {
    let key = text(key);
    let transaction = client.transaction().await.map_err(refused)?;
    // Whether there is a row or not: afterwards there is, and nobody else counts in it.
    let lock = "INSERT INTO sign_in_failures (key, failures, last_at) VALUES ($1, 0, $2)
                ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING failures, last_at, locked_until";
    let kept = transaction.query_one(lock, &[&key, &millis(now)]).await.map_err(refused)?;
    let kept @ (_, last_at) = counted(&kept)?;
    let count = policy.count(Some(kept), now);
    let locked_until = count.locked_until.map(millis);
    let keep = "UPDATE sign_in_failures SET failures = $2, last_at = $3, locked_until = $4 WHERE key = $1";
    transaction
        .execute(keep, &[&key, &i64::from(count.failures), &millis(now.max(last_at)), &locked_until])
        .await
        .map_err(refused)?;
    transaction.commit().await.map_err(refused)?;
    Ok(count)
}
