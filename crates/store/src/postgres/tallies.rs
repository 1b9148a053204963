//! What came on a day.

use super::PostgresStore;
use super::errors::refused;
use super::readers::ask;
use super::values::{day as column, plain};
use crate::{Result, Tallies, Tally};
use async_trait::async_trait;
use deadpool_postgres::Client;
use tokio_postgres::Row;

#[async_trait]
impl Tallies for PostgresStore {
    async fn tallies(&self, day: Option<u32>) -> Result<Vec<Tally>> {
        ask!(self.readers, client => tallies(client, day))
    }
}

/// What came on a day, or ever.
async fn tallies(client: &Client, day: Option<u32>) -> Result<Vec<Tally>> {
    let rows = client
        .query(
            "SELECT standard, outcome, kind, sum(count)::bigint FROM tallies WHERE $1::integer IS NULL OR day = $1
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            &[&day.map(column)],
        )
        .await
        .map_err(refused)?;
    let tally = |row: &Row| Tally {
        standard: row.get(0),
        outcome: row.get(1),
        kind: plain(row.get(2)).into_owned(),
        count: row.get(3),
    };
    Ok(rows.iter().map(tally).collect())
}
