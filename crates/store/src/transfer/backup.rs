//! Putting a store away in a folder, and getting it back. What is put away is an embedded store itself.
//!
//! The database goes first and the pictures after it, so that no record refers to a picture that came too late. The
//! master key does not go along: whoever finds the folder cannot use the credentials in it.

use super::ends::Rows as _;
use super::procedure::{TableCopy, compare, copy};
use super::progress::Progress;
use super::sums::Slice;
use super::tables::TABLES;
use crate::postgres::PostgresEnd;
use crate::sqlite::{SideFile, SqliteEnd, copy_database};
use crate::{Result, StoreError};
use std::path::Path;

/// What a restore is known by: a database that it was broken off in may be gone on with.
const RESTORE: &[u8] = b"restore";

/// How many rows each table has.
pub type RowCounts = Vec<(&'static str, u64)>;

/// Puts the database of a data folder away in `folder`, as it is at this moment.
pub async fn back_up_folder(data: &Path, folder: &Path) -> Result<RowCounts> {
    let beside = SideFile::new(folder)?;
    let (data, to) = (data.to_owned(), beside.path());
    let counted = on_thread(move || copy_database(&data, &to, |_, _| ())).await?;
    beside.put()?;
    Ok(counted)
}

/// Puts a shared database away in `folder`, as it is at this moment.
pub async fn back_up_database(url: &str, folder: &Path, progress: &dyn Progress) -> Result<RowCounts> {
    let beside = SideFile::new(folder)?;
    let here = PostgresEnd::moment(url).await?;
    let there = SqliteEnd::empty(&beside.path())?;
    // Every unit is read back as it is written.
    let tables = copy(&here, &there, progress).await?;
    on_thread(move || there.finish()).await?;
    beside.put()?;
    Ok(counts(&tables))
}

/// Gets a database back out of `folder` into a data folder that has none.
pub async fn restore_folder(folder: &Path, data: &Path, progress: &dyn Progress) -> Result<RowCounts> {
    let beside = SideFile::new(data)?;
    if beside.whole().exists() {
        return Err(StoreError::Conflict(format!(
            "{} is there already: a store is restored into an empty folder alone",
            beside.whole().display()
        )));
    }
    let (from, to) = (folder.to_owned(), beside.path());
    let counted = on_thread(move || copy_database(&from, &to, |_, _| ())).await?;
    let differences =
        compare(&SqliteEnd::moment(folder)?, &SqliteEnd::file(&beside.path())?, progress).await?;
    if let Some(first) = differences.first() {
        return Err(StoreError::Unreadable(format!("what was restored is not what was put away: {first}")));
    }
    beside.put()?;
    Ok(counted)
}

/// Gets a database back out of `folder` into a shared one that holds nothing.
pub async fn restore_database(folder: &Path, url: &str, progress: &dyn Progress) -> Result<RowCounts> {
    let here = SqliteEnd::moment(folder)?;
    let there = PostgresEnd::open(url).await?;
    if !there.begin_arrival(RESTORE).await?
        && let Some(table) = holds_something(&there).await?
    {
        return Err(StoreError::Conflict(format!(
            "{} has rows in {table} already: a store is restored into an empty database alone",
            there.place()
        )));
    }
    there.mark_arrival(RESTORE).await?;
    let tables = copy(&here, &there, progress).await?;
    there.arrived(RESTORE).await?;
    Ok(counts(&tables))
}

/// Tables that have rows in a database that holds nothing: any node writes them that was started once.
const NEVER_EMPTY: [&str; 5] = ["marks", "kept_marks", "jobs", "audit_head", "audit_anchor"];

/// A table that has rows, but for [`NEVER_EMPTY`].
async fn holds_something(end: &PostgresEnd) -> Result<Option<&'static str>> {
    for table in TABLES.iter().filter(|table| !NEVER_EMPTY.contains(&table.name)) {
        let mut pages = end.read(table, Slice::All).await?;
        while let Some(page) = pages.recv().await {
            if !page?.is_empty() {
                return Ok(Some(table.name));
            }
        }
    }
    Ok(None)
}

fn counts(tables: &[TableCopy]) -> RowCounts {
    tables.iter().map(|table| (table.table, table.source.rows)).collect()
}

async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::ours(&error))?
}
