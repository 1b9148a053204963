//! Exports, and the sequence of their numbers.

use super::SqliteStore;
use super::values::{from_json, text, to_json};
use crate::{ExportRow, Exports, Result};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};

#[async_trait]
impl Exports for SqliteStore {
    async fn export(&self, id: &str) -> Result<Option<ExportRow>> {
        let id = id.to_owned();
        self.readers.ask(move |connection| export(connection, &id)).await
    }

    async fn exports(&self, requested_by: Option<&str>, limit: usize) -> Result<Vec<ExportRow>> {
        let requested_by = requested_by.map(str::to_owned);
        self.readers.ask(move |connection| exports(connection, requested_by.as_deref(), limit)).await
    }
}

fn export(connection: &Connection, id: &str) -> Result<Option<ExportRow>> {
    let mut find = connection.prepare_cached("SELECT doc FROM exports WHERE id = ?1")?;
    let mut rows = find.query([id])?;
    rows.next()?.map(|row| from_json("an export", text(row, 0)?)).transpose()
}

fn exports(connection: &Connection, requested_by: Option<&str>, limit: usize) -> Result<Vec<ExportRow>> {
    let of_one = if requested_by.is_some() { "WHERE requested_by = ?1" } else { "WHERE ?1 IS NULL" };
    let newest = format!("SELECT doc FROM exports {of_one} ORDER BY seq DESC LIMIT ?2");
    let mut find = connection.prepare_cached(&newest)?;
    let mut rows = find.query(params![requested_by, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut exports = Vec::new();
    while let Some(row) = rows.next()? {
        exports.push(from_json("an export", text(row, 0)?)?);
    }
    Ok(exports)
}

/// Creates or replaces an export.
pub(super) fn keep(connection: &Connection, export: &ExportRow) -> Result<()> {
    let mut find = connection.prepare_cached("SELECT revision, number FROM exports WHERE id = ?1")?;
    let found = find.query_row([&export.id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let is_new = found.is_none();
    let mut next = connection.prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM exports")?;
    let seq: i64 = next.query_row([], |row| row.get(0))?;
    let kept = export.kept(found, seq)?;
    let doc = to_json(&kept)?;
    if is_new {
        connection
            .prepare_cached(
                "INSERT INTO exports (id, seq, number, requested_by, revision, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![kept.id, seq, kept.number, kept.requested_by, kept.revision, doc])?;
    } else {
        connection
            .prepare_cached("UPDATE exports SET revision = ?2, doc = ?3 WHERE id = ?1")?
            .execute(params![kept.id, kept.revision, doc])?;
    }
    Ok(())
}
