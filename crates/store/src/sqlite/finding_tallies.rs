//! Tallies of findings, and which have changed.

use super::SqliteStore;
use super::values::read_kind;
use crate::plan::TallyChanges;
use crate::{ChangedFindings, FindingTallies, HourTally, Result};
use async_trait::async_trait;
use bowei_model::{FindingKind, LotCode};
use rusqlite::{Connection, params};

#[async_trait]
impl FindingTallies for SqliteStore {
    async fn finding_tallies(
        &self,
        of: Vec<(LotCode, FindingKind)>,
        from_hour: i64,
    ) -> Result<Vec<HourTally>> {
        self.readers.ask(move |connection| tallies(connection, &of, from_hour)).await
    }

    async fn changed_findings(&self, limit: usize) -> Result<Vec<ChangedFindings>> {
        self.readers.ask(move |connection| changed(connection, limit)).await
    }
}

fn tallies(connection: &Connection, of: &[(LotCode, FindingKind)], from: i64) -> Result<Vec<HourTally>> {
    let mut find = connection.prepare_cached(
        "SELECT cause, hour, found, open FROM finding_tallies
         WHERE lot = ?1 AND kind = ?2 AND (hour >= ?3 OR open > 0) AND found > 0",
    )?;
    let mut found = Vec::new();
    for (lot, kind) in of {
        let mut rows = find.query(params![lot.as_str(), kind.name(), from])?;
        while let Some(row) = rows.next()? {
            found.push(HourTally {
                lot: lot.clone(),
                kind: *kind,
                cause: row.get(0)?,
                hour: row.get(1)?,
                found: row.get(2)?,
                open: row.get(3)?,
            });
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn changed(connection: &Connection, limit: usize) -> Result<Vec<ChangedFindings>> {
    let mut find = connection
        .prepare_cached("SELECT lot, kind, seq FROM changed_findings ORDER BY seq, lot, kind LIMIT ?1")?;
    let mut rows = find.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (lot, kind): (String, String) = (row.get(0)?, row.get(1)?);
        found.push(ChangedFindings { lot: LotCode::from(lot), kind: read_kind(&kind)?, seq: row.get(2)? });
    }
    Ok(found)
}

/// Adds to tallies what changes about findings.
pub(super) fn write(connection: &Connection, changes: &TallyChanges) -> Result<()> {
    let mut add = connection.prepare_cached(
        "INSERT INTO finding_tallies (lot, kind, cause, hour, found, open) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (lot, kind, cause, hour) DO UPDATE SET found = found + excluded.found, open = open + excluded.open",
    )?;
    for (key, by) in changes.tallies() {
        add.execute(params![key.lot, key.kind, key.cause, key.hour, by.found, by.open])?;
    }
    let mut change = connection.prepare_cached(
        "INSERT INTO changed_findings (lot, kind, seq) VALUES (?1, ?2, ?3)
         ON CONFLICT (lot, kind) DO UPDATE SET seq = max(seq + 1, excluded.seq)",
    )?;
    for (lot, kind) in changes.pairs() {
        change.execute(params![lot, kind, changes.seq()])?;
    }
    Ok(())
}
