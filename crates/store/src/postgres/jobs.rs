//! Jobs that one node does for all, what came of them, and marks that are made once.

use super::PostgresStore;
use super::errors::refused;
use super::readers::ask;
use super::values::{millis, moment, plain, text};
use crate::{
    JobClaim, JobEnd, JobOutcome, JobProgress, JobResult, JobRun, Jobs, RUNS_KEPT_MAX, Result, StoreError,
};
use async_trait::async_trait;
use deadpool_postgres::Client;
use jiff::Timestamp;

#[async_trait]
impl Jobs for PostgresStore {
    async fn claim_job(&self, claim: JobClaim) -> Result<bool> {
        ask!(self.readers, client => grant(client, &claim))
    }

    async fn finish_job(&self, end: JobEnd) -> Result<()> {
        ask!(self.readers, client => finish(client, &end))
    }

    async fn job_progress(&self, job: &str) -> Result<Option<JobProgress>> {
        ask!(self.readers, client => progress(client, job))
    }

    async fn job_runs(&self, job: Option<&str>, limit: usize) -> Result<Vec<JobRun>> {
        ask!(self.readers, client => runs(client, job, limit))
    }

    async fn mark(&self, name: &str) -> Result<Option<Vec<u8>>> {
        ask!(self.readers, client => mark(client, name))
    }

    async fn mark_once(&self, name: &str, value: Vec<u8>) -> Result<Vec<u8>> {
        ask!(self.readers, client => mark_once(client, name, &value))
    }
}

/// Grants a claim: a further period once the last one's job is done, a period's own while nobody else holds it. A claim
/// that is not a holder's own once more begins a run.
async fn grant(client: &Client, claim: &JobClaim) -> Result<bool> {
    let ends = millis(claim.now.saturating_add(claim.ttl).unwrap_or(Timestamp::MAX));
    let (period, now) = (millis(claim.period), millis(claim.now));
    let granted = client
        .query_opt(
            "INSERT INTO jobs AS kept (job, period, holder, lease_ends, done, attempts)
               VALUES ($1, $2, $3, $4, false, 1)
             ON CONFLICT (job) DO UPDATE
               SET period = excluded.period, holder = excluded.holder, lease_ends = excluded.lease_ends, done = false,
                   attempts = CASE WHEN kept.period <> excluded.period THEN 1
                                   WHEN kept.holder = excluded.holder THEN kept.attempts
                                   ELSE kept.attempts + 1 END
               WHERE (kept.done AND excluded.period > kept.period)
                  OR (NOT kept.done AND excluded.period >= kept.period
                      AND (kept.holder = excluded.holder OR kept.lease_ends <= $5))
             RETURNING attempts",
            &[&claim.job, &period, &claim.holder, &ends, &now],
        )
        .await
        .map_err(refused)?;
    let Some(row) = granted else { return Ok(false) };
    let attempt: i32 = row.get(0);
    // No transaction around it: whoever holds the job is alone with its runs.
    let begun = client
        .execute(
            "INSERT INTO job_runs (job, period, attempt, holder, started_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            &[&claim.job, &period, &attempt, &claim.holder, &now],
        )
        .await
        .map_err(refused)?;
    if begun > 0 {
        client
            .execute(
                "UPDATE job_runs SET ended_at = $4, outcome = 'abandoned'
                 WHERE job = $1 AND outcome IS NULL AND (period, attempt) <> ($2, $3)",
                &[&claim.job, &period, &attempt, &now],
            )
            .await
            .map_err(refused)?;
        client
            .execute(
                "DELETE FROM job_runs WHERE job = $1 AND (period, attempt) IN
                   (SELECT period, attempt FROM job_runs WHERE job = $1
                    ORDER BY started_at DESC, period DESC, attempt DESC OFFSET $2)",
                &[&claim.job, &i64::try_from(RUNS_KEPT_MAX).unwrap_or(i64::MAX)],
            )
            .await
            .map_err(refused)?;
    }
    Ok(true)
}

/// Notes what came of a run, if its holder still has the right.
async fn finish(client: &Client, end: &JobEnd) -> Result<()> {
    let (outcome, message, retry_at) = match &end.result {
        JobResult::Done { message } => (JobOutcome::Done, message, None),
        JobResult::Failed { message, retry_at } => (JobOutcome::Failed, message, Some(millis(*retry_at))),
    };
    // Who failed lets go: whichever node comes first then tries again.
    client
        .execute(
            "WITH ended AS (
               UPDATE jobs SET done = $4::bigint IS NULL,
                               holder = CASE WHEN $4::bigint IS NULL THEN holder ELSE '' END,
                               lease_ends = coalesce($4, lease_ends)
               WHERE job = $1 AND period = $2 AND holder = $3 AND NOT done RETURNING attempts
             )
             UPDATE job_runs SET ended_at = $5, outcome = $6, message = $7
             FROM ended WHERE job = $1 AND period = $2 AND attempt = ended.attempts",
            &[
                &end.job,
                &millis(end.period),
                &end.holder,
                &retry_at,
                &millis(end.ended_at),
                &outcome.name(),
                &text(message),
            ],
        )
        .await
        .map_err(refused)?;
    Ok(())
}

/// How far a job has come; `None` where it was never begun.
async fn progress(client: &Client, job: &str) -> Result<Option<JobProgress>> {
    let find = "SELECT period, done, attempts FROM jobs WHERE job = $1";
    let Some(row) = client.query_opt(find, &[&job]).await.map_err(refused)? else { return Ok(None) };
    Ok(Some(JobProgress { period: moment(row.get(0))?, done: row.get(1), attempts: count(row.get(2))? }))
}

/// Runs of one job or of all, the latest to begin first.
async fn runs(client: &Client, job: Option<&str>, limit: usize) -> Result<Vec<JobRun>> {
    let rows = client
        .query(
            "SELECT job, period, attempt, holder, started_at, ended_at, outcome, message FROM job_runs
             WHERE $1::text IS NULL OR job = $1
             ORDER BY started_at DESC, job, period DESC, attempt DESC LIMIT $2",
            &[&job, &i64::try_from(limit).unwrap_or(i64::MAX)],
        )
        .await
        .map_err(refused)?;
    let run = |row: &tokio_postgres::Row| {
        Ok(JobRun {
            job: row.get(0),
            period: moment(row.get(1))?,
            attempt: count(row.get(2))?,
            holder: row.get(3),
            started_at: moment(row.get(4))?,
            ended_at: row.get::<_, Option<i64>>(5).map(moment).transpose()?,
            outcome: JobOutcome::of_column(row.get(6))?,
            message: row.get::<_, Option<&str>>(7).map(|text| plain(text).into_owned()).unwrap_or_default(),
        })
    };
    rows.iter().map(run).collect()
}

fn count(column: i32) -> Result<u32> {
    u32::try_from(column).map_err(|_| StoreError::Unreadable(format!("{column} is no count of attempts")))
}

/// Keeps a mark unless there is one; gives the one that is kept.
async fn mark_once(client: &Client, name: &str, value: &[u8]) -> Result<Vec<u8>> {
    let insert = "INSERT INTO kept_marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    client.execute(insert, &[&text(name), &value]).await.map_err(refused)?;
    let kept = mark(client, name).await?;
    kept.ok_or_else(|| StoreError::Unreadable(format!("the mark {name} that was just kept")))
}

async fn mark(client: &Client, name: &str) -> Result<Option<Vec<u8>>> {
    let kept = client.query_opt("SELECT value FROM kept_marks WHERE name = $1", &[&text(name)]).await;
    Ok(kept.map_err(refused)?.map(|row| row.get(0)))
}
