//! Jobs that one node does for all, and marks that are made once.

use super::values::millis;
use crate::{JobClaim, Result};
use jiff::Timestamp;
use rusqlite::{Connection, params};

/// Grants a claim: a further period once the last one's job is done, a period's own while nobody else holds it.
pub(super) fn claim(connection: &Connection, claim: &JobClaim) -> Result<bool> {
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
pub(super) fn finish(connection: &Connection, job: &str, period: Timestamp, holder: &str) -> Result<()> {
    connection
        .prepare_cached("UPDATE jobs SET done = 1 WHERE job = ?1 AND period = ?2 AND holder = ?3")?
        .execute(params![job, millis(period), holder])?;
    Ok(())
}

/// Keeps a mark unless there is one; gives the one that is kept.
pub(super) fn mark_once(connection: &Connection, name: &str, value: &[u8]) -> Result<Vec<u8>> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO kept_marks (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value])?;
    Ok(connection
        .prepare_cached("SELECT value FROM kept_marks WHERE name = ?1")?
        .query_row([name], |row| row.get(0))?)
}
