//! Legal holds.

use super::SqliteStore;
use super::values::{from_json, millis, text, to_json};
use crate::{HoldRow, Holds, Result};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};

#[async_trait]
impl Holds for SqliteStore {
    async fn hold(&self, id: &str) -> Result<Option<HoldRow>> {
        let id = id.to_owned();
        self.readers
            .ask(move |connection| {
                let mut find = connection.prepare_cached("SELECT doc FROM holds WHERE id = ?1")?;
                let mut rows = find.query([id])?;
                rows.next()?.map(|row| from_json("a hold", text(row, 0)?)).transpose()
            })
            .await
    }

    async fn holds(&self, open: bool, limit: usize) -> Result<Vec<HoldRow>> {
        self.readers.ask(move |connection| holds(connection, open, limit)).await
    }
}

/// Holds, the open ones first.
pub(super) fn holds(connection: &Connection, open: bool, limit: usize) -> Result<Vec<HoldRow>> {
    let mut find = connection.prepare_cached(
        "SELECT doc FROM holds WHERE open OR NOT ?1 ORDER BY open DESC, made_at DESC, id LIMIT ?2",
    )?;
    let mut rows = find.query(params![open, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut holds = Vec::new();
    while let Some(row) = rows.next()? {
        holds.push(from_json("a hold", text(row, 0)?)?);
    }
    Ok(holds)
}

/// Creates or replaces a hold. What a lifted one held is gone through once more.
pub(super) fn keep(connection: &Connection, hold: &HoldRow) -> Result<()> {
    let found = connection
        .prepare_cached("SELECT revision FROM holds WHERE id = ?1")?
        .query_row([&hold.id], |row| row.get(0))
        .optional()?;
    let open = connection
        .prepare_cached("SELECT count(*) FROM holds WHERE open")?
        .query_row([], |row| row.get(0))?;
    let kept = hold.kept(found, open)?;
    connection
        .prepare_cached(
            "INSERT INTO holds (id, open, made_at, lot, from_at, to_at, plate, record_id, revision, doc)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO UPDATE
               SET open = excluded.open, made_at = excluded.made_at, lot = excluded.lot, from_at = excluded.from_at,
                   to_at = excluded.to_at, plate = excluded.plate, record_id = excluded.record_id,
                   revision = excluded.revision, doc = excluded.doc",
        )?
        .execute(params![
            kept.id,
            kept.is_open(),
            millis(kept.made_at),
            kept.lot.as_ref().map(|lot| lot.as_str()),
            kept.from.map(millis),
            kept.to.map(millis),
            kept.plate.as_ref().map(|plate| plate.as_str()),
            kept.record_id,
            kept.revision,
            to_json(&kept)?,
        ])?;
    if !kept.is_open() {
        connection.execute(
            "UPDATE plates_progress
             SET received_at = held_received_at, seq = held_seq - 1, held_received_at = NULL, held_seq = NULL
             WHERE held_received_at IS NOT NULL",
            [],
        )?;
    }
    Ok(())
}
