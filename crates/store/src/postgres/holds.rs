//! Legal holds.

use super::PostgresStore;
use super::errors::refused;
use super::readers::ask;
use super::values::{from_json, millis, text, to_json};
use crate::{HoldRow, Holds, Result};
use async_trait::async_trait;
use deadpool_postgres::{Client, Transaction};

#[async_trait]
impl Holds for PostgresStore {
    async fn hold(&self, id: &str) -> Result<Option<HoldRow>> {
        ask!(self.readers, client => hold(client, id))
    }

    async fn holds(&self, open: bool, limit: usize) -> Result<Vec<HoldRow>> {
        ask!(self.readers, client => holds(client, open, limit))
    }
}

async fn hold(client: &Client, id: &str) -> Result<Option<HoldRow>> {
    let find = client.prepare_cached("SELECT doc FROM holds WHERE id = $1").await.map_err(refused)?;
    let row = client.query_opt(&find, &[&text(id)]).await.map_err(refused)?;
    row.map(|row| from_json("a hold", row.get(0))).transpose()
}

/// Holds, the open ones first.
pub(super) async fn holds(client: &Client, open: bool, limit: usize) -> Result<Vec<HoldRow>> {
    let find = "SELECT doc FROM holds WHERE open OR NOT $1 ORDER BY open DESC, made_at DESC, id LIMIT $2";
    let find = client.prepare_cached(find).await.map_err(refused)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = client.query(&find, &[&open, &limit]).await.map_err(refused)?;
    rows.iter().map(|row| from_json("a hold", row.get(0))).collect()
}

/// What makes a hold wait for whoever deletes, and who deletes for a hold: the table, for as long as a transaction takes.
/// Those who delete do not wait for one another.
pub(super) const KEEP_OUT_NEW_ONES: &str = "LOCK TABLE holds IN SHARE MODE";

/// Creates or replaces a hold. What a lifted one held is gone through once more.
pub(super) async fn keep(transaction: &Transaction<'_>, hold: &HoldRow) -> Result<()> {
    let id = text(&hold.id);
    // Before anything is looked at: whoever deletes has looked at the holds that there are.
    transaction.batch_execute("LOCK TABLE holds IN ROW EXCLUSIVE MODE").await.map_err(refused)?;
    let find = "SELECT revision FROM holds WHERE id = $1";
    let found = transaction.query_opt(find, &[&id]).await.map_err(refused)?.map(|row| row.get(0));
    let open = "SELECT count(*) FROM holds WHERE open";
    let open = transaction.query_one(open, &[]).await.map_err(refused)?.get(0);
    let kept = hold.kept(found, open)?;
    let replace = "
        INSERT INTO holds (id, open, made_at, lot, from_at, to_at, plate, record_id, revision, doc)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE
          SET open = excluded.open, made_at = excluded.made_at, lot = excluded.lot, from_at = excluded.from_at,
              to_at = excluded.to_at, plate = excluded.plate, record_id = excluded.record_id,
              revision = excluded.revision, doc = excluded.doc";
    let (lot, plate) = (kept.lot.as_ref(), kept.plate.as_ref());
    transaction
        .execute(
            replace,
            &[
                &id,
                &kept.is_open(),
                &millis(kept.made_at),
                &lot.map(|lot| text(lot.as_str())),
                &kept.from.map(millis),
                &kept.to.map(millis),
                &plate.map(|plate| text(plate.as_str())),
                &kept.record_id.as_deref().map(text),
                &kept.revision,
                &to_json(&kept)?,
            ],
        )
        .await
        .map_err(refused)?;
    if !kept.is_open() {
        let again = "
            UPDATE plates_progress
            SET received_at = held_received_at, seq = held_seq - 1, held_received_at = NULL, held_seq = NULL
            WHERE held_received_at IS NOT NULL";
        transaction.execute(again, &[]).await.map_err(refused)?;
    }
    Ok(())
}
