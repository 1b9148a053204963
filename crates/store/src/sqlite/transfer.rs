//! This engine's end of a transfer: rows out of a database that others may be writing to, and rows into a new one.

use super::DATABASE;
use super::committer::{in_transaction, retry_while_busy};
use super::connection;
use super::files;
use super::moved;
use crate::transfer::{
    Column, Destination, Filed, Kind, MIGRATION, MOVED, OWN_MARKS, PAGES_WAITING, Pages, Paging, Row, Rows,
    Slice, Table, Value,
};
use crate::{Result, StoreError};
use async_trait::async_trait;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the right to write is asked for: a busy platform leaves it free many times a second.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// One end of a transfer.
pub struct SqliteEnd {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

impl SqliteEnd {
    /// What the store in `dir` holds at this moment, whatever is kept in it afterwards.
    pub fn moment(dir: &Path) -> Result<Self> {
        let path = existing(dir)?;
        let connection = reader(&path)?;
        moved::refuse(&connection)?;
        Ok(Self::new(path, connection))
    }

    /// The store in `dir`, in which nobody else can keep anything until this is dropped. A store that has moved is
    /// given too, for a migration may have been broken off at its end.
    pub(crate) fn open_exclusive(dir: &Path) -> Result<Self> {
        let path = existing(dir)?;
        let connection = connection::writer(&path)?;
        retry_while_busy(LOCK_TIMEOUT, || connection.execute_batch("BEGIN IMMEDIATE"))?;
        Ok(Self::new(path, connection))
    }

    /// An empty database at `path`, to be filled. It is no store before [`SqliteEnd::finish`].
    pub fn empty(path: &Path) -> Result<Self> {
        remove(path)?;
        let connection = connection::writer(path)?;
        // Nothing is promised before the end, where all of it is synced.
        connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;")?;
        Ok(Self::new(path.to_owned(), connection))
    }

    /// What a file holds that nobody writes to.
    pub fn file(path: &Path) -> Result<Self> {
        Ok(Self::new(path.to_owned(), at_moment(path)?))
    }

    fn new(path: PathBuf, connection: Connection) -> Self {
        Self { path, connection: Arc::new(Mutex::new(connection)) }
    }

    /// What a migration of the store is known by: what it was known by before, or `fresh`.
    pub fn migration(dir: &Path, fresh: &[u8]) -> Result<Vec<u8>> {
        let path = existing(dir)?;
        let connection = connection::writer(&path)?;
        let find = "SELECT value FROM kept_marks WHERE name = ?1";
        let known = connection.query_row(find, [MIGRATION], |row| row.get(0)).optional()?;
        if let Some(known) = known {
            return Ok(known);
        }
        in_transaction(&connection, LOCK_TIMEOUT, |connection| {
            let insert = "INSERT OR IGNORE INTO kept_marks (name, value) VALUES (?1, ?2)";
            connection.execute(insert, params![MIGRATION, fresh])?;
            Ok(connection.query_row(find, [MIGRATION], |row| row.get(0))?)
        })
    }

    /// Where the store in `dir` has moved, if it has.
    pub(crate) fn moved_to(dir: &Path) -> Result<Option<String>> {
        moved::moved_to(&reader(&existing(dir)?)?)
    }

    /// Marks a store that stands still as moved to `place`, for good, and lets go of it.
    pub(crate) fn leave_for(self, place: &str) -> Result<()> {
        let connection = self.lock();
        connection.execute(
            "INSERT INTO kept_marks (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![MOVED, place.as_bytes()],
        )?;
        Ok(connection.execute_batch("COMMIT")?)
    }

    /// Makes a whole database of what was filled, on stable storage: one file alone, sound by SQLite's own check.
    pub fn finish(self) -> Result<()> {
        {
            let connection = self.lock();
            let own = own_marks();
            connection.execute_batch(&format!(
                "DELETE FROM kept_marks WHERE name IN ({own}); PRAGMA journal_mode = DELETE;"
            ))?;
            sound(&connection, &self.path)?;
        }
        let path = self.path.clone();
        drop(self);
        std::fs::File::open(&path)
            .and_then(|file| file.sync_all())
            .map_err(|error| StoreError::Unavailable(format!("{} cannot be synced: {error}", path.display())))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// SQLite's own check of a database.
pub(super) fn sound(connection: &Connection, path: &Path) -> Result<()> {
    let reported: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if reported == "ok" {
        return Ok(());
    }
    Err(StoreError::Unreadable(format!("{} is damaged: {reported}", path.display())))
}

/// The database of a data folder in which there is one, with this version's schema.
pub(super) fn existing(dir: &Path) -> Result<PathBuf> {
    let path = dir.join(DATABASE);
    if !path.is_file() {
        return Err(StoreError::Unavailable(format!(
            "there is no {DATABASE} in {}: name the data folder of a store",
            dir.display()
        )));
    }
    Ok(path)
}

/// Removes a database that was not finished.
pub(super) fn remove(path: &Path) -> Result<()> {
    files::delete(path).map_err(|(file, error)| {
        StoreError::Unavailable(format!("{} cannot be removed: {error}", file.display()))
    })
}

/// A connection that sees one moment of the database from here on.
pub(super) fn reader(path: &Path) -> Result<Connection> {
    // Whatever schema it has, it is read with this version's.
    drop(connection::writer(path)?);
    at_moment(path)
}

fn at_moment(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(LOCK_TIMEOUT)?;
    connection.execute_batch("BEGIN")?;
    // The moment is that of the first look.
    connection.query_row("SELECT probe FROM marks", [], |_| Ok(()))?;
    Ok(connection)
}

async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::ours(&error))?
}

#[async_trait]
impl Rows for SqliteEnd {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    async fn read(&self, table: &'static Table, slice: Slice) -> Result<Pages> {
        let (sender, pages) = mpsc::channel(PAGES_WAITING);
        let connection = Arc::clone(&self.connection);
        tokio::task::spawn_blocking(move || {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(why) = send(&connection, table, slice, &sender) {
                // Whoever takes no more rows does not ask why.
                let _ = sender.blocking_send(Err(why));
            }
        });
        Ok(pages)
    }
}

fn send(
    connection: &Connection,
    table: &Table,
    slice: Slice,
    sender: &mpsc::Sender<Result<Vec<Row>>>,
) -> Result<()> {
    let columns: Vec<_> = table.columns.iter().map(|column| selected(table, column)).collect();
    let sql = format!("SELECT {} FROM {} WHERE {}", columns.join(", "), table.name, condition(table, slice));
    let mut find = connection.prepare(&sql)?;
    let mut rows = find.query([])?;
    let mut paging = Paging::default();
    while let Some(row) = rows.next()? {
        let values = table.columns.iter().enumerate();
        let values = values.map(|(number, column)| value(row.get_ref(number)?, column));
        if let Some(page) = paging.add(values.collect::<Result<_>>()?)
            && sender.blocking_send(Ok(page)).is_err()
        {
            return Ok(());
        }
    }
    let _ = sender.blocking_send(Ok(paging.rest()));
    Ok(())
}

fn selected(table: &Table, column: &Column) -> String {
    match (table.name, column.name) {
        ("ledger", "lot") => "ifnull(lot, '')".to_owned(),
        (_, name) => name.to_owned(),
    }
}

/// The names of a store's own marks, as a list.
fn own_marks() -> String {
    OWN_MARKS.map(|name| format!("'{name}'")).join(", ")
}

/// Which rows of a table are a slice's.
fn condition(table: &Table, slice: Slice) -> String {
    let mut all = match table.name {
        "kept_marks" => format!("name NOT IN ({})", own_marks()),
        _ => "true".to_owned(),
    };
    if let Some(filed) = table.filed
        && let Some((from, to)) = slice.span(filed)
    {
        let (Filed::ByMoment(column) | Filed::ByDay(column)) = filed;
        all = match slice {
            Slice::Odd => format!("({column} IS NULL OR {column} < {from} OR {column} >= {to})"),
            Slice::All | Slice::Day(_) => format!("{column} >= {from} AND {column} < {to}"),
        };
    }
    all
}

fn value(value: ValueRef<'_>, column: &Column) -> Result<Value> {
    let odd = || {
        let (name, kind) = (column.name, value.data_type());
        StoreError::Unreadable(format!("a column {name} holds {kind}"))
    };
    Ok(match (column.kind, value) {
        (_, ValueRef::Null) if column.optional => Value::Null,
        (Kind::Int, ValueRef::Integer(number)) => Value::Int(number),
        (Kind::Bool, ValueRef::Integer(number)) => Value::Bool(number != 0),
        (Kind::Text | Kind::Clean, ValueRef::Text(_)) => {
            Value::Text(value.as_str().map_err(|_| odd())?.to_owned())
        }
        (Kind::Bytes, ValueRef::Blob(bytes)) => Value::Bytes(bytes.to_owned()),
        _ => return Err(odd()),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Self::Bool(yes) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*yes))),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

#[async_trait]
impl Destination for SqliteEnd {
    async fn make_days(&self, _days: &BTreeSet<u32>) -> Result<()> {
        // Nothing is filed by day here.
        Ok(())
    }

    async fn replace(
        &self,
        table: &'static Table,
        slice: Slice,
        lots: Option<Vec<String>>,
        rows: Pages,
    ) -> Result<()> {
        let connection = Arc::clone(&self.connection);
        on_thread(move || {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            in_transaction(&connection, LOCK_TIMEOUT, |connection| {
                write(connection, table, slice, lots.as_deref(), rows)
            })
        })
        .await
    }

    async fn settle(&self) -> Result<()> {
        // Row numbers that are given out again would be taken for those of rows that are gone; SQLite has seen to that
        // where a table counts by itself.
        Ok(())
    }
}

fn write(
    connection: &Connection,
    table: &Table,
    slice: Slice,
    lots: Option<&[String]>,
    mut rows: Pages,
) -> Result<()> {
    let condition = condition(table, slice);
    match (lots, table.lot) {
        (Some(lots), Some(column)) => {
            // A row of no lot is one without.
            let column = if table.name == "ledger" { "ifnull(lot, '')" } else { column };
            let sql = format!("DELETE FROM {} WHERE {column} = ?1 AND {condition}", table.name);
            let mut delete = connection.prepare(&sql)?;
            for lot in lots {
                delete.execute([lot])?;
            }
        }
        _ if table.name == "marks" => {}
        _ => drop(connection.execute(&format!("DELETE FROM {} WHERE {condition}", table.name), [])?),
    }
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let places = table.columns.iter().enumerate().map(|(number, column)| match (table.name, column.name) {
        ("ledger", "lot") => format!("nullif(?{}, '')", number + 1),
        _ => format!("?{}", number + 1),
    });
    let places = places.collect::<Vec<_>>().join(", ");
    let mut insert = connection.prepare(&match table.name {
        "marks" => "UPDATE marks SET registry_version = ?2 WHERE id = ?1".to_owned(),
        name => format!("INSERT INTO {name} ({}) VALUES ({places})", names.join(", ")),
    })?;
    while let Some(page) = rows.blocking_recv() {
        for row in page? {
            insert.execute(rusqlite::params_from_iter(row))?;
        }
    }
    Ok(())
}
