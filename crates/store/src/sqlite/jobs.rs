//! Jobs that one node does for all, and marks that are made once.

use super::SqliteStore;
use super::queue::About;
use super::values::millis;
use crate::{JobClaim, Jobs, Result};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};

#[async_trait]
impl Jobs for SqliteStore {
    async fn claim_job(&self, claim: JobClaim) -> Result<bool> {
        let patience = self.options.lock_patience;
        self.committer.order(About::Upkeep, move |connection| grant(connection, &claim), patience).await
    }

    async fn finish_job(&self, job: &str, period: Timestamp, holder: &str) -> Result<()> {
        let (job, holder) = (job.to_owned(), holder.to_owned());
        let finish = move |connection: &_| finish(connection, &job, period, &holder);
        self.committer.order(About::Upkeep, finish, self.options.lock_patience).await
    }

    async fn mark_once(&self, name: &str, value: Vec<u8>) -> Result<Vec<u8>> {
        let name = name.to_owned();
        let mark = move |connection: &_| mark_once(connection, &name, &value);
        self.committer.order(About::Upkeep, mark, self.options.lock_patience).await
    }
}

/// Grants a claim: a further period once the last one's job is done, a period's own while nobody else holds it.
fn grant(connection: &Connection, claim: &JobClaim) -> Result<bool> {
    let ends = claim.now.saturating_add(claim.lives).unwrap_or(Timestamp::MAX);
    let granted = connection
        .prepare_cached(
            "INSERT INTO jobs AS kept (job, period, holder, lease_ends, done) VALUES (?1, ?2, ?3, ?4, 0)
             ON CONFLICT (job) DO UPDATE
               SET period = excluded.period, holder = excluded.holder, lease_ends = excluded.lease_ends, done = 0
               WHERE (kept.done AND excluded.period > kept.period)
                  OR (NOT kept.done AND excluded.period >= kept.period
                      AND (kept.holder = excluded.holder OR kept.lease_ends <= ?5))",
        )?
        .execute(params![claim.job, millis(claim.period), claim.holder, millis(ends), millis(claim.now)])?;
    Ok(granted > 0)
}

/// Notes that a period's job is done.
fn finish(connection: &Connection, job: &str, period: Timestamp, holder: &str) -> Result<()> {
    connection
        .prepare_cached("UPDATE jobs SET done = 1 WHERE job = ?1 AND period = ?2 AND holder = ?3")?
        .execute(params![job, millis(period), holder])?;
    Ok(())
}

/// Keeps a mark unless there is one; gives the one that is kept.
fn mark_once(connection: &Connection, name: &str, value: &[u8]) -> Result<Vec<u8>> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO kept_marks (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value])?;
    Ok(connection
        .prepare_cached("SELECT value FROM kept_marks WHERE name = ?1")?
        .query_row([name], |row| row.get(0))?)
}
