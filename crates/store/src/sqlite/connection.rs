//! Opening the database: which SQLite, which settings, and why.

use super::schema;
use crate::{Result, StoreError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// The oldest SQLite that is used, 3.51.3. Before it, a commit that restarts the write-ahead log while another
/// connection checkpoints can be left out of the database file (the "WAL-reset bug"); we write from several
/// processes, which is where that happens.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// How long opening waits for another process that is creating or recovering the database.
const OPENING_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the engine itself waits for a lock. Short, because its waits grow to a tenth of a second between two
/// looks, and between two batches of a busy writer the lock is free for less: the writer asks again by itself.
const WRITER_TIMEOUT: Duration = Duration::from_millis(5);

/// How long a reader waits for a lock. Readers wait only while a database is recovered after a crash.
const READER_TIMEOUT: Duration = Duration::from_secs(5);

/// What of the log is kept for reuse after a copy; a backlog's gigabyte is given back.
const WAL_BYTES_KEPT: u64 = 256 * 1024 * 1024;

/// The writer's page cache: the inner pages of all indexes and the leaves of the hour; what it lacks, the system's
/// cache has. Not larger, for in a database under 1 GiB a commit that has split a page walks through the whole of the
/// cache: with 128 MiB that was a fifth of the writer's time.
const WRITER_CACHE_KIB: u32 = 32 * 1024;

/// A reader's page cache. The system's cache stands behind it.
const READER_CACHE_KIB: u32 = 16 * 1024;

/// Prepared statements that a connection keeps: more than there are.
const STATEMENTS_KEPT: usize = 128;

/// The connection that writes.
pub(super) fn writer(path: &Path) -> Result<Connection> {
    let version = rusqlite::version_number();
    if version < SQLITE_VERSION_MIN {
        return Err(StoreError::Unavailable(format!(
            "SQLite {} is linked, and before 3.51.3 it can lose a commit: build Bowei with the SQLite that comes \
             with it",
            rusqlite::version()
        )));
    }
    let connection = Connection::open(path).map_err(|error| unusable(path, &error))?;
    connection.busy_timeout(OPENING_TIMEOUT)?;
    // Memory-mapped reading stays off: an error of the disk would come as a signal instead of an answer.
    // The page size stays at 4096 bytes: most pages that a commit touches change in one place, and the log takes
    // whole pages.
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA mmap_size = 0;
             PRAGMA cache_size = -{WRITER_CACHE_KIB};
             PRAGMA journal_size_limit = {WAL_BYTES_KEPT};"
        ))
        .map_err(|error| unusable(path, &error))?;
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Unavailable(format!(
            "{} cannot have a write-ahead log (it is in {mode} mode): move the data directory to a local disk",
            path.display()
        )));
    }
    schema::migrate(&connection)?;
    keep_plans(&connection)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.busy_timeout(WRITER_TIMEOUT)?;
    Ok(connection)
}

/// The connection that copies the write-ahead log into the database. The writer has opened the database before.
pub(super) fn checkpointer(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path).map_err(|error| unusable(path, &error))?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA mmap_size = 0;")?;
    Ok(connection)
}

/// A connection that reads. The writer has opened the database before.
pub(super) fn reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| unusable(path, &error))?;
    connection.busy_timeout(READER_TIMEOUT)?;
    connection.execute_batch(&format!("PRAGMA mmap_size = 0; PRAGMA cache_size = -{READER_CACHE_KIB};"))?;
    keep_plans(&connection)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// Has a prepared statement keep its plan whatever values are bound to it. Otherwise SQLite looks at the values of
/// some and prepares those anew each time they are used, which was a tenth of the writer's work; and there are no
/// statistics here that the values could be held against.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

fn unusable(path: &Path, error: &rusqlite::Error) -> StoreError {
    match StoreError::from_sqlite(error) {
        StoreError::Unreadable(why) => StoreError::Unreadable(format!("{}: {why}", path.display())),
        other => StoreError::Unavailable(format!("{}: {other}", path.display())),
    }
}
