//! Exports, and the sequence of their numbers.

use super::PostgresStore;
use super::errors::refused;
use super::readers::ask;
use super::values::{from_json, plain, text, to_json};
use crate::{ExportRow, Exports, Result};
use async_trait::async_trait;
use deadpool_postgres::{Client, Transaction};

#[async_trait]
impl Exports for PostgresStore {
    async fn export(&self, id: &str) -> Result<Option<ExportRow>> {
        ask!(self.readers, client => export(client, id))
    }

    async fn exports(&self, requested_by: Option<&str>, limit: usize) -> Result<Vec<ExportRow>> {
        ask!(self.readers, client => exports(client, requested_by, limit))
    }
}

async fn export(client: &Client, id: &str) -> Result<Option<ExportRow>> {
    let find = client.prepare_cached("SELECT doc FROM exports WHERE id = $1").await.map_err(refused)?;
    let row = client.query_opt(&find, &[&text(id)]).await.map_err(refused)?;
    row.map(|row| from_json("an export", row.get(0))).transpose()
}

async fn exports(client: &Client, requested_by: Option<&str>, limit: usize) -> Result<Vec<ExportRow>> {
    let of_one = if requested_by.is_some() { "WHERE requested_by = $1" } else { "WHERE $1::text IS NULL" };
    let newest = format!("SELECT doc FROM exports {of_one} ORDER BY seq DESC LIMIT $2");
    let (requested_by, limit) = (requested_by.map(text), i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = client.query(&newest, &[&requested_by, &limit]).await.map_err(refused)?;
    rows.iter().map(|row| from_json("an export", row.get(0))).collect()
}

/// Creates or replaces an export. No two nodes do it at once: the audit's end is locked, and so the sequence has neither a
/// number twice nor a gap.
pub(super) async fn keep(transaction: &Transaction<'_>, export: &ExportRow) -> Result<()> {
    let id = text(&export.id);
    let find = "SELECT revision, number FROM exports WHERE id = $1";
    let found = transaction.query_opt(find, &[&id]).await.map_err(refused)?;
    let found = found.map(|row| (row.get(0), plain(row.get(1)).into_owned()));
    let is_new = found.is_none();
    let next = "SELECT coalesce(max(seq), 0) + 1 FROM exports";
    let seq: i64 = transaction.query_one(next, &[]).await.map_err(refused)?.get(0);
    let kept = export.kept(found, seq)?;
    let doc = to_json(&kept)?;
    if is_new {
        let insert = "INSERT INTO exports (id, seq, number, requested_by, revision, doc) VALUES ($1, $2, $3, $4, $5, $6)";
        let requested_by = text(&kept.requested_by);
        transaction
            .execute(insert, &[&id, &seq, &kept.number, &requested_by, &kept.revision, &doc])
            .await
            .map_err(refused)?;
    } else {
        let update = "UPDATE exports SET revision = $2, doc = $3 WHERE id = $1";
        transaction.execute(update, &[&id, &kept.revision, &doc]).await.map_err(refused)?;
    }
    Ok(())
}
