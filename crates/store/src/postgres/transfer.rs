//! This engine's end of a transfer: rows out at one moment of the database, and rows into it by the thousand.

use super::bulk_import::write;
use super::connection::{Address, For, PooledClient};
use super::days;
use super::errors::refused;
use super::findings::WHICH;
use super::values::plain;
use crate::transfer::{
    ARRIVING, Column, Destination, Filed, Kind, MIGRATION, OWN_MARKS, PAGES_WAITING, Pages, Paging, Row,
    Rows, Slice, TABLES, Table, Value,
};
use crate::{Result, StoreError};
use async_trait::async_trait;
use deadpool_postgres::{Client, Pool};
use futures::{StreamExt as _, pin_mut};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio_postgres::types::ToSql;

/// How long a connection may take to be had: a person waits for it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// One end of a transfer.
pub struct PostgresEnd {
    /// Of one connection, which is kept for as long as the transfer goes on.
    _pool: Pool,
    session: Mutex<PooledClient>,
    shown: String,
}

impl PostgresEnd {
    /// What the database holds at this moment, whatever is kept in it afterwards.
    pub async fn moment(url: &str) -> Result<Self> {
        let end = Self::open(url).await?;
        {
            let session = end.session.lock().await;
            let client = session.client()?;
            refuse_arriving(client).await?;
            client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(refused)?;
            // The moment is that of the first look.
            client.query("SELECT probe FROM marks", &[]).await.map_err(refused)?;
        }
        Ok(end)
    }

    /// The database as it is whenever it is looked at.
    pub async fn open(url: &str) -> Result<Self> {
        let address = Address::read(url)?;
        let pool = address.pool(For::Transfers, 1, TIMEOUT)?;
        super::connection::prepare(&pool).await?;
        let session = Mutex::new(PooledClient::from(&pool).await?);
        Ok(Self { _pool: pool, session, shown: address.shown })
    }

    /// Begins a transfer into the database, known by `name`: nobody can open it as a store until
    /// [`PostgresEnd::arrived`]. Says whether the same transfer had begun before. Refuses while nodes are connected.
    pub(crate) async fn begin_arrival(&self, name: &[u8]) -> Result<bool> {
        let session = self.session.lock().await;
        let client = session.client()?;
        let nodes = "SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = 'bowei'";
        let nodes: i64 = client.query_one(nodes, &[]).await.map_err(refused)?.get(0);
        if nodes > 0 {
            return Err(StoreError::Conflict(format!(
                "Bowei runs on {} ({nodes} connections): stop it, for what it keeps would be lost",
                self.shown
            )));
        }
        let find = "SELECT value FROM kept_marks WHERE name = $1";
        let known = client.query_opt(find, &[&ARRIVING]).await.map_err(refused)?;
        Ok(known.is_some_and(|row| row.get::<_, &[u8]>(0) == name))
    }

    /// Marks the database as being filled by the transfer known by `name`.
    pub(crate) async fn mark_arrival(&self, name: &[u8]) -> Result<()> {
        let session = self.session.lock().await;
        let mark = "INSERT INTO kept_marks (name, value) VALUES ($1, $2)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        session.client()?.execute(mark, &[&ARRIVING, &name]).await.map_err(refused)?;
        Ok(())
    }

    /// Ends the transfer known by `name`: from now on the database is a store.
    pub async fn arrived(&self, name: &[u8]) -> Result<()> {
        let session = self.session.lock().await;
        let done = "WITH done AS (DELETE FROM kept_marks WHERE name = $1)
                    INSERT INTO kept_marks (name, value) VALUES ($2, $3)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        session.client()?.execute(done, &[&ARRIVING, &MIGRATION, &name]).await.map_err(refused)?;
        Ok(())
    }

    /// Whether the transfer known by `name` has ended here.
    pub(crate) async fn has_arrived(&self, name: &[u8]) -> Result<bool> {
        let session = self.session.lock().await;
        let find = "SELECT 1 FROM kept_marks WHERE name = $1 AND value = $2";
        let found = session.client()?.query_opt(find, &[&MIGRATION, &name]).await.map_err(refused)?;
        Ok(found.is_some())
    }
}

/// Refuses a database that a transfer is filling.
pub(super) async fn refuse_arriving(client: &Client) -> Result<()> {
    let find = "SELECT 1 FROM kept_marks WHERE name = $1";
    if client.query_opt(find, &[&ARRIVING]).await.map_err(refused)?.is_none() {
        return Ok(());
    }
    Err(StoreError::Unavailable(
        "a city is being moved into this database, or its moving was broken off: let `bowei migrate` or `bowei restore` \
         go on to its end, by running it again"
            .to_owned(),
    ))
}

#[async_trait]
impl Rows for PostgresEnd {
    fn place(&self) -> String {
        self.shown.clone()
    }

    async fn read(&self, table: &'static Table, slice: Slice) -> Result<Pages> {
        let session = self.session.lock().await;
        read(session.client()?, table, &condition(table, slice)).await
    }
}

/// The rows of a table that a condition chooses.
pub(super) async fn read(
    client: &tokio_postgres::Client,
    table: &'static Table,
    condition: &str,
) -> Result<Pages> {
    let columns: Vec<_> = table.columns.iter().map(|column| selected(table, column)).collect();
    let sql = format!("SELECT {} FROM {} WHERE {condition}", columns.join(", "), from(table));
    let none: [&(dyn ToSql + Sync); 0] = [];
    let found = client.query_raw(&sql, none).await.map_err(refused)?;
    let (sender, pages) = mpsc::channel(PAGES_WAITING);
    tokio::spawn(async move {
        pin_mut!(found);
        let mut paging = Paging::default();
        while let Some(row) = found.next().await {
            let page = match row.map_err(refused).and_then(|row| values(&row, table)) {
                Ok(row) => paging.add(row).map(Ok),
                Err(why) => Some(Err(why)),
            };
            if let Some(page) = page {
                let ends = page.is_err();
                // Whoever takes no more rows does not ask why.
                if sender.send(page).await.is_err() || ends {
                    return;
                }
            }
        }
        let _ = sender.send(Ok(paging.rest())).await;
    });
    Ok(pages)
}

/// Where a table's rows are read from. A session counts with its key alone: one that is filed elsewhere than its key
/// says would not be found again.
fn from(table: &Table) -> &'static str {
    match table.name {
        "sessions" => "sessions JOIN session_keys USING (lot, record_id, stands_at)",
        "tallies" => {
            "(SELECT day, standard, outcome, kind, sum(count)::bigint AS count FROM tallies GROUP BY 1, 2, 3, 4)
             AS tallies"
        }
        _ => table.name,
    }
}

fn selected(table: &Table, column: &Column) -> String {
    match (table.name, column.name, column.kind) {
        ("sessions", "begun_at", _) => "CASE WHEN parking THEN stands_at END".to_owned(),
        ("findings", "which", _) => WHICH.to_owned(),
        ("findings", "opened_at", _) => "coalesce(opened_at, at)".to_owned(),
        (_, name, Kind::Int) => format!("{name}::bigint"),
        (_, name, _) => name.to_owned(),
    }
}

/// Which rows of a table are a slice's.
pub(super) fn condition(table: &Table, slice: Slice) -> String {
    let all = match table.name {
        "kept_marks" => {
            format!("name NOT IN ({})", OWN_MARKS.map(|name| format!("'{name}'")).join(", "))
        }
        // A lot that was only locked.
        "lot_states" => "revision > 0".to_owned(),
        _ => "true".to_owned(),
    };
    let Some(filed) = table.filed else { return all };
    let Some((from, to)) = slice.span(filed) else { return all };
    let (Filed::ByMoment(column) | Filed::ByDay(column)) = filed;
    let (column, known, unknown) = match table.name {
        "sessions" => ("stands_at", "parking AND ", "NOT parking OR "),
        _ => (column, "", ""),
    };
    match slice {
        Slice::Odd => format!("({unknown}{column} < {from} OR {column} >= {to})"),
        Slice::All | Slice::Day(_) => format!("{known}{column} >= {from} AND {column} < {to}"),
    }
}

fn values(row: &tokio_postgres::Row, table: &Table) -> Result<Row> {
    let values = table.columns.iter().enumerate().map(|(number, column)| {
        Ok(match column.kind {
            Kind::Int => got(row, number)?.map_or(Value::Null, Value::Int),
            Kind::Bool => got(row, number)?.map_or(Value::Null, Value::Bool),
            Kind::Bytes => got(row, number)?.map_or(Value::Null, Value::Bytes),
            Kind::Clean => got(row, number)?.map_or(Value::Null, Value::Text),
            Kind::Text => {
                let words: Option<&str> = got(row, number)?;
                words.map_or(Value::Null, |words| Value::Text(plain(words).into_owned()))
            }
        })
    });
    values.collect()
}

fn got<'r, T: tokio_postgres::types::FromSql<'r>>(
    row: &'r tokio_postgres::Row,
    number: usize,
) -> Result<Option<T>> {
    row.try_get(number).map_err(refused)
}

#[async_trait]
impl Destination for PostgresEnd {
    async fn make_days(&self, wanted: &BTreeSet<u32>) -> Result<()> {
        days::prepare(self.session.lock().await.client_mut()?, wanted).await
    }

    async fn replace(
        &self,
        table: &'static Table,
        slice: Slice,
        lots: Option<Vec<String>>,
        rows: Pages,
    ) -> Result<()> {
        let session = self.session.lock().await;
        let client = session.client()?;
        client.batch_execute("BEGIN").await.map_err(refused)?;
        let done = write(client, table, slice, lots, rows).await;
        let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = client.batch_execute(end).await.map_err(refused);
        done.and(ended)
    }

    async fn settle(&self) -> Result<()> {
        // A number never goes back, for a broken-off transfer may have counted further.
        let session = self.session.lock().await;
        session
            .client()?
            .batch_execute(
                "SELECT setval('ledger_seq', greatest(nextval('ledger_seq'), (SELECT max(seq) + 1 FROM ledger)), false);
                 SELECT setval(of, greatest(nextval(of), (SELECT max(id) + 1 FROM charging_records)), false)
                   FROM pg_get_serial_sequence('charging_records', 'id') AS of;
                 SELECT setval(of, greatest(nextval(of), (SELECT max(id) + 1 FROM refusals)), false)
                   FROM pg_get_serial_sequence('refusals', 'id') AS of;",
            )
            .await
            .map_err(refused)?;
        // Its own tables by name: of the whole database a user that does not own it is told of each catalogue table.
        let tables: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        session.client()?.batch_execute(&format!("ANALYZE {}", tables.join(", "))).await.map_err(refused)
    }
}
