//! What came on a day.

use super::SqliteStore;
use crate::{Result, Tallies, Tally};
use async_trait::async_trait;
use rusqlite::{Connection, Row};

#[async_trait]
impl Tallies for SqliteStore {
    async fn tallies(&self, day: Option<u32>) -> Result<Vec<Tally>> {
        self.readers.ask(move |connection| tallies(connection, day)).await
    }
}

/// What came on a day, or ever.
fn tallies(connection: &Connection, day: Option<u32>) -> Result<Vec<Tally>> {
    let read = |row: &Row<'_>| {
        Ok(Tally { standard: row.get(0)?, outcome: row.get(1)?, kind: row.get(2)?, count: row.get(3)? })
    };
    let rows = match day {
        Some(day) => connection
            .prepare_cached(
                "SELECT standard, outcome, kind, count FROM tallies WHERE day = ?1 ORDER BY 1, 2, 3",
            )?
            .query_map([day], read)?
            .collect::<rusqlite::Result<_>>()?,
        None => connection
            .prepare_cached(
                "SELECT standard, outcome, kind, sum(count) FROM tallies GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            )?
            .query_map([], read)?
            .collect::<rusqlite::Result<_>>()?,
    };
    Ok(rows)
}
