//! Jobs that one node does for all, what came of them, and marks that are made once.

use super::SqliteStore;
use super::queue::About;
use super::values::{millis, moment, text};
use crate::{
    JobClaim, JobEnd, JobOutcome, JobProgress, JobResult, JobRun, Jobs, RUNS_KEPT_MAX, Result, StoreError,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

#[async_trait]
impl Jobs for SqliteStore {
    async fn claim_job(&self, claim: JobClaim) -> Result<bool> {
        let timeout = self.options.lock_timeout;
        self.committer.execute(About::Upkeep, move |connection| grant(connection, &claim), timeout).await
    }

    async fn finish_job(&self, end: JobEnd) -> Result<()> {
        let timeout = self.options.lock_timeout;
        self.committer.execute(About::Upkeep, move |connection| finish(connection, &end), timeout).await
    }

    async fn job_progress(&self, job: &str) -> Result<Option<JobProgress>> {
        let job = job.to_owned();
        self.readers.ask(move |connection| progress(connection, &job)).await
    }

    async fn job_runs(&self, job: Option<&str>, limit: usize) -> Result<Vec<JobRun>> {
        let job = job.map(str::to_owned);
        self.readers.ask(move |connection| runs(connection, job.as_deref(), limit)).await
    }

    async fn mark(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let name = name.to_owned();
        self.readers.ask(move |connection| mark(connection, &name)).await
    }

    async fn mark_once(&self, name: &str, value: Vec<u8>) -> Result<Vec<u8>> {
        let name = name.to_owned();
        let mark = move |connection: &_| mark_once(connection, &name, &value);
        self.committer.execute(About::Upkeep, mark, self.options.lock_timeout).await
    }
}

/// Grants a claim: a further period once the last one's job is done, a period's own while nobody else holds it. A claim
/// that is not a holder's own once more begins a run.
fn grant(connection: &Connection, claim: &JobClaim) -> Result<bool> {
    let ends = millis(claim.now.saturating_add(claim.ttl).unwrap_or(Timestamp::MAX));
    let (period, now) = (millis(claim.period), millis(claim.now));
    let granted: Option<u32> = connection
        .prepare_cached(
            "INSERT INTO jobs AS kept (job, period, holder, lease_ends, done, attempts) VALUES (?1, ?2, ?3, ?4, 0, 1)
             ON CONFLICT (job) DO UPDATE
               SET period = excluded.period, holder = excluded.holder, lease_ends = excluded.lease_ends, done = 0,
                   attempts = CASE WHEN kept.period <> excluded.period THEN 1
                                   WHEN kept.holder = excluded.holder THEN kept.attempts
                                   ELSE kept.attempts + 1 END
               WHERE (kept.done AND excluded.period > kept.period)
                  OR (NOT kept.done AND excluded.period >= kept.period
                      AND (kept.holder = excluded.holder OR kept.lease_ends <= ?5))
             RETURNING attempts",
        )?
        .query_row(params![claim.job, period, claim.holder, ends, now], |row| row.get(0))
        .optional()?;
    let Some(attempt) = granted else { return Ok(false) };
    let begun = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO job_runs (job, period, attempt, holder, started_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![claim.job, period, attempt, claim.holder, now])?;
    if begun > 0 {
        connection
            .prepare_cached(
                "UPDATE job_runs SET ended_at = ?4, outcome = 'abandoned'
                 WHERE job = ?1 AND outcome IS NULL AND (period, attempt) <> (?2, ?3)",
            )?
            .execute(params![claim.job, period, attempt, now])?;
        connection
            .prepare_cached(
                "DELETE FROM job_runs WHERE job = ?1 AND (period, attempt) IN
                   (SELECT period, attempt FROM job_runs WHERE job = ?1
                    ORDER BY started_at DESC, period DESC, attempt DESC LIMIT -1 OFFSET ?2)",
            )?
            .execute(params![claim.job, i64::try_from(RUNS_KEPT_MAX).unwrap_or(i64::MAX)])?;
    }
    Ok(true)
}

/// Notes what came of a run, if its holder still has the right.
fn finish(connection: &Connection, end: &JobEnd) -> Result<()> {
    let (outcome, message, retry_at) = match &end.result {
        JobResult::Done { message } => (JobOutcome::Done, message, None),
        JobResult::Failed { message, retry_at } => (JobOutcome::Failed, message, Some(millis(*retry_at))),
    };
    // Who failed lets go: whichever node comes first then tries again.
    let attempt: Option<u32> = connection
        .prepare_cached(
            "UPDATE jobs SET done = ?4 IS NULL, holder = iif(?4 IS NULL, holder, ''),
                             lease_ends = coalesce(?4, lease_ends)
             WHERE job = ?1 AND period = ?2 AND holder = ?3 AND NOT done RETURNING attempts",
        )?
        .query_row(params![end.job, millis(end.period), end.holder, retry_at], |row| row.get(0))
        .optional()?;
    let Some(attempt) = attempt else { return Ok(()) };
    connection
        .prepare_cached(
            "UPDATE job_runs SET ended_at = ?4, outcome = ?5, message = ?6
             WHERE job = ?1 AND period = ?2 AND attempt = ?3",
        )?
        .execute(params![
            end.job,
            millis(end.period),
            attempt,
            millis(end.ended_at),
            outcome.name(),
            message
        ])?;
    Ok(())
}

/// How far a job has come; `None` where it was never begun.
fn progress(connection: &Connection, job: &str) -> Result<Option<JobProgress>> {
    let mut find = connection.prepare_cached("SELECT period, done, attempts FROM jobs WHERE job = ?1")?;
    let mut rows = find.query([job])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(JobProgress { period: moment(row.get(0)?)?, done: row.get(1)?, attempts: row.get(2)? }))
}

/// Runs of one job or of all, the latest to begin first.
fn runs(connection: &Connection, job: Option<&str>, limit: usize) -> Result<Vec<JobRun>> {
    let mut find = connection.prepare_cached(
        "SELECT job, period, attempt, holder, started_at, ended_at, outcome, message FROM job_runs
         WHERE ?1 IS NULL OR job = ?1 ORDER BY started_at DESC, job, period DESC, attempt DESC LIMIT ?2",
    )?;
    let mut rows = find.query(params![job, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        let ended_at: Option<i64> = row.get(5)?;
        let outcome: Option<String> = row.get(6)?;
        runs.push(JobRun {
            job: text(row, 0)?.to_owned(),
            period: moment(row.get(1)?)?,
            attempt: row.get(2)?,
            holder: text(row, 3)?.to_owned(),
            started_at: moment(row.get(4)?)?,
            ended_at: ended_at.map(moment).transpose()?,
            outcome: JobOutcome::of_column(outcome.as_deref())?,
            message: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
        });
    }
    Ok(runs)
}

/// Keeps a mark unless there is one; gives the one that is kept.
fn mark_once(connection: &Connection, name: &str, value: &[u8]) -> Result<Vec<u8>> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO kept_marks (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value])?;
    mark(connection, name)?
        .ok_or_else(|| StoreError::Unreadable(format!("the mark {name} that was just kept")))
}

fn mark(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    let mut select = connection.prepare_cached("SELECT value FROM kept_marks WHERE name = ?1")?;
    Ok(select.query_row([name], |row| row.get(0)).optional()?)
}
