//! One day's pictures in one SQLite file.

use crate::{Result, StoreError};
use bytes::Bytes;
use rusqlite::{Connection, OpenFlags, params};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a connection waits for another process's: `bowei` commands that look into the photos while the
/// platform runs.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Large pages: a picture is one run of bytes, and every page of it costs the log a header and a sum.
const PAGE_BYTES: u32 = 16 * 1024;

/// Pages of the write-ahead log at which it is copied into the file: 32 MiB, a hundred pictures and more at a time.
const WAL_PAGES: u32 = 2_048;

const SUFFIX: &str = ".db";

/// The file of a day.
pub(super) fn path(dir: &Path, day: u32) -> PathBuf {
    dir.join(format!("{day:08}{SUFFIX}"))
}

/// The day of a file; `None` for what is none of ours.
pub(super) fn day_of(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(SUFFIX)?;
    (digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// Opens a day's file to write, creating it.
pub(super) fn writer(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path).map_err(|error| named(path, &error))?;
    connection.busy_timeout(TIMEOUT)?;
    connection.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_BYTES};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA mmap_size = 0;
         PRAGMA wal_autocheckpoint = {WAL_PAGES};
         CREATE TABLE IF NOT EXISTS pictures (
             id     INTEGER PRIMARY KEY,
             sha256 TEXT NOT NULL UNIQUE,
             bytes  BLOB NOT NULL
         ) STRICT;"
    ))?;
    Ok(connection)
}

/// Opens a day's file to read; `None` if there is none.
pub(super) fn reader(path: &Path) -> Result<Option<Connection>> {
    if !path.exists() {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| named(path, &error))?;
    connection.busy_timeout(TIMEOUT)?;
    Ok(Some(connection))
}

/// Adds a picture; one that is there already is not written again.
pub(super) fn add(connection: &Connection, sha256: &str, bytes: &Bytes) -> Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO pictures (sha256, bytes) VALUES (?1, ?2)")?
        .execute(params![sha256, bytes.as_ref()])?;
    Ok(())
}

/// A picture's bytes.
pub(super) fn read(connection: &Connection, sha256: &str) -> Result<Option<Bytes>> {
    let mut find = connection.prepare_cached("SELECT bytes FROM pictures WHERE sha256 = ?1")?;
    let mut rows = find.query([sha256])?;
    let bytes: Option<Vec<u8>> = rows.next()?.map(|row| row.get(0)).transpose()?;
    Ok(bytes.map(Bytes::from))
}

/// Digests after `after`, in their order.
pub(super) fn digests(connection: &Connection, after: &str, limit: usize) -> Result<Vec<String>> {
    let mut find = connection
        .prepare_cached("SELECT sha256 FROM pictures WHERE sha256 > ?1 ORDER BY sha256 LIMIT ?2")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = find.query_map(params![after, limit], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Forgets a picture.
pub(super) fn remove(connection: &Connection, sha256: &str) -> Result<()> {
    connection.prepare_cached("DELETE FROM pictures WHERE sha256 = ?1")?.execute([sha256])?;
    Ok(())
}

fn named(path: &Path, error: &rusqlite::Error) -> StoreError {
    match StoreError::from_sqlite(error) {
        StoreError::Unreadable(why) => StoreError::Unreadable(format!("{}: {why}", path.display())),
        other => StoreError::Unavailable(format!("{}: {other}", path.display())),
    }
}
