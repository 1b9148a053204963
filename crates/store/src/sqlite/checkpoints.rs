//! Copying the write-ahead log into the database, on a thread beside the writer.
//!
//! What the log holds is copied at once, and synced: a second of a slow disk in which nobody would be answered, were it the
//! writer's to do. But only when all of it is copied can the writer begin the log anew, and while it writes on there
//! is always something left: that little, it copies itself.

use super::connection;
use crate::{Result, StoreError};
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Pages of the log at which it is copied: 128 MiB. A page that many commits write, such as the last of the ledger or
/// of a lot's sessions, is copied once for all of them: against 32 MiB that saves a fifth of all that is written. After
/// a crash so much is read again, which takes well under a second.
const WAL_PAGES: u64 = 32_768;

/// Uncopied pages that the writer copies itself: 4 MiB, some milliseconds.
const REMAINDER_PAGES: u64 = 1_024;

/// Uncopied pages at which what the platform does by itself waits for the copying: 192 MiB. The night's work writes faster
/// than a disk copies, and nobody waits for it.
const UPKEEP_PAGES_MAX: u64 = 49_152;

/// Uncopied pages at which the writer waits for the copying: 512 MiB. A disk that is slower than what is reported must
/// slow the reports down.
const UNCOPIED_PAGES_MAX: u64 = 131_072;

/// The thread's name among the parts that are watched.
const CHECKPOINTS: &str = "store-checkpoints";

/// Copies the log on a thread of its own until it is dropped.
pub(super) struct Checkpoints {
    /// Locked while the thread copies.
    connection: Arc<Mutex<Connection>>,
    /// `None` once it stops.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// For the database at `path`, in place of what the commits of its `writer` would copy.
    pub(super) fn start(path: &Path, writer: &Connection) -> Result<Self> {
        writer.execute_batch("PRAGMA wal_autocheckpoint = 0")?;
        let connection = Arc::new(Mutex::new(connection::checkpointer(path)?));
        let (wake, woken) = sync_channel(1);
        let copied = Arc::clone(&connection);
        let thread = std::thread::Builder::new()
            .name(CHECKPOINTS.to_owned())
            .spawn(move || bowei_watch::thread(CHECKPOINTS, || copy_when_woken(&woken, &copied)))
            .map_err(|error| StoreError::Unavailable(format!("no thread for the checkpoints: {error}")))?;
        Ok(Self { connection, wake: Some(wake), thread: Some(thread) })
    }

    /// Sees to it that the log is copied once it is long; whether so much is not copied yet that upkeep had better wait. For
    /// the writer to call between two transactions.
    pub(super) fn look(&self, writer: &Connection) -> bool {
        self.copy_if_long(writer).unwrap_or_else(|error| {
            // The next turn looks again; a disk that fails is said by what cannot be written.
            tracing::debug!(%error, "the write-ahead log is not copied");
            false
        })
    }

    fn copy_if_long(&self, writer: &Connection) -> rusqlite::Result<bool> {
        let log = checkpoint(writer, "NOOP")?;
        if log.pages < WAL_PAGES {
            return Ok(false);
        }
        let uncopied = log.pages.saturating_sub(log.copied);
        let must_wait = uncopied >= UNCOPIED_PAGES_MAX;
        if must_wait || (1..=REMAINDER_PAGES).contains(&uncopied) {
            let _copying = must_wait.then(|| self.wait());
            checkpoint(writer, "PASSIVE")?;
        } else if uncopied > 0
            && let Some(wake) = &self.wake
        {
            // Full, it is awake; and it is gone only when the process ends.
            let _ = wake.try_send(());
        }
        Ok(uncopied >= UPKEEP_PAGES_MAX)
    }

    /// Until the thread is not copying, and while this is held.
    fn wait(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Copies the whole log, so that the file alone is a whole database. It need not succeed.
    pub(super) fn finish(&self, writer: &Connection) {
        let _copying = self.wait();
        if let Err(error) = checkpoint(writer, "TRUNCATE") {
            tracing::debug!(%error, "the write-ahead log stays for the next start");
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it has been reported where it was caught.
            let _ = thread.join();
        }
    }
}

fn copy_when_woken(woken: &Receiver<()>, connection: &Mutex<Connection>) {
    while let Ok(()) = woken.recv() {
        bowei_watch::injection_point(CHECKPOINTS);
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = checkpoint(&connection, "PASSIVE") {
            tracing::warn!(%error, "the write-ahead log could not be copied into the database; it is tried again");
        }
    }
}

/// How far the log is.
#[derive(Debug)]
struct Log {
    pages: u64,
    /// Of these, pages that are in the database already.
    copied: u64,
}

fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Log> {
    let mut pragma = connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?;
    pragma.query_row([], |row| {
        // -1 where there is no log.
        let pages = |at| row.get(at).map(|pages: i64| u64::try_from(pages).unwrap_or_default());
        Ok(Log { pages: pages(1)?, copied: pages(2)? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn the_log_is_copied_beside_the_writer_and_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bowei.db");
        let writer = connection::writer(&path).unwrap();
        let checkpoints = Checkpoints::start(&path, &writer).unwrap();
        writer.execute_batch("PRAGMA synchronous = OFF; CREATE TABLE filling (page BLOB)").unwrap();
        let fill = || writer.execute("INSERT INTO filling VALUES (randomblob(4096 * 100))", []).unwrap();
        let (mut longest, began) = (0, Instant::now());
        // Without a look it would go on growing: the limit is of this test alone, which needs half of a second.
        while began.elapsed() < Duration::from_secs(60) {
            fill();
            checkpoints.look(&writer);
            let log = checkpoint(&writer, "NOOP").unwrap();
            if log.pages < longest {
                break;
            }
            longest = log.pages;
            assert!(log.pages - log.copied < UNCOPIED_PAGES_MAX + 1_000, "{log:?}");
        }
        assert!(longest >= WAL_PAGES, "{longest} pages");
        assert!(checkpoint(&writer, "NOOP").unwrap().pages < longest, "the log was never begun anew");
        checkpoints.finish(&writer);
        assert_eq!(std::fs::metadata(dir.path().join("bowei.db-wal")).unwrap().len(), 0);
    }
}
