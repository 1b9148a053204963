//! Statements that are asked time and again: a connection has the server parse and plan each once.

use super::errors::refused;
use crate::Result;
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// The rows that a statement finds.
pub(super) async fn query(
    client: &impl GenericClient,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>> {
    let statement = client.prepare_cached(sql).await.map_err(refused)?;
    client.query(&statement, values).await.map_err(refused)
}

/// The rows that a statement changes.
pub(super) async fn execute(
    client: &impl GenericClient,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<u64> {
    let statement = client.prepare_cached(sql).await.map_err(refused)?;
    client.execute(&statement, values).await.map_err(refused)
}
