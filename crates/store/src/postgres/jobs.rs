//! Jobs that one node does for all, and marks that are made once.

use super::PostgresStore;
use super::errors::refused;
use super::readers::ask;
use super::values::{millis, text};
use crate::{JobClaim, Jobs, Result};
use async_trait::async_trait;
use deadpool_postgres::Client;
use jiff::Timestamp;

#[async_trait]
impl Jobs for PostgresStore {
    async fn claim_job(&self, claim: JobClaim) -> Result<bool> {
        ask!(self.readers, client => grant(client, &claim))
    }

    async fn finish_job(&self, job: &str, period: Timestamp, holder: &str) -> Result<()> {
        ask!(self.readers, client => finish(client, job, period, holder))
    }

    async fn mark_once(&self, name: &str, value: Vec<u8>) -> Result<Vec<u8>> {
        ask!(self.readers, client => mark_once(client, name, &value))
    }
}

/// Grants a claim: a further period once the last one's job is done, a period's own while nobody else holds it.
async fn grant(client: &Client, claim: &JobClaim) -> Result<bool> {
    let ends = claim.now.saturating_add(claim.lives).unwrap_or(Timestamp::MAX);
    let granted = client
        .execute(
            "INSERT INTO jobs AS kept (job, period, holder, lease_ends, done) VALUES ($1, $2, $3, $4, false)
             ON CONFLICT (job) DO UPDATE
               SET period = excluded.period, holder = excluded.holder, lease_ends = excluded.lease_ends, done = false
               WHERE (kept.done AND excluded.period > kept.period)
                  OR (NOT kept.done AND excluded.period >= kept.period
                      AND (kept.holder = excluded.holder OR kept.lease_ends <= $5))",
            &[&claim.job, &millis(claim.period), &claim.holder, &millis(ends), &millis(claim.now)],
        )
        .await
        .map_err(refused)?;
    Ok(granted > 0)
}

/// Notes that a period's job is done.
async fn finish(client: &Client, job: &str, period: Timestamp, holder: &str) -> Result<()> {
    client
        .execute(
            "UPDATE jobs SET done = true WHERE job = $1 AND period = $2 AND holder = $3",
            &[&job, &millis(period), &holder],
        )
        .await
        .map_err(refused)?;
    Ok(())
}

/// Keeps a mark unless there is one; gives the one that is kept.
async fn mark_once(client: &Client, name: &str, value: &[u8]) -> Result<Vec<u8>> {
    let insert = "INSERT INTO kept_marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    client.execute(insert, &[&text(name), &value]).await.map_err(refused)?;
    let kept = client.query_one("SELECT value FROM kept_marks WHERE name = $1", &[&text(name)]).await;
    Ok(kept.map_err(refused)?.get(0))
}
