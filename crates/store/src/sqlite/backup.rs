//! A copy of the database at one moment, while others go on writing to it.

use super::transfer::{existing, reader, remove, sound};
use super::{DATABASE, moved};
use crate::transfer::TABLES;
use crate::{Result, StoreError};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};

/// Pages copied between two words to whoever waits: 16 MiB.
const PAGES_AT_ONCE: i32 = 4_096;

/// What a copy is called until it is whole.
const UNFINISHED: &str = "bowei.db.new";

/// A database that is written beside the one that it will replace, so that there is always a whole one.
pub(crate) struct SideFile {
    dir: PathBuf,
}

impl SideFile {
    /// In `dir`, which is made if it is missing. A folder that a platform runs on is refused.
    pub(crate) fn new(dir: &Path) -> Result<Self> {
        let disk = |error: std::io::Error| {
            StoreError::Unavailable(format!(
                "{} cannot be used ({error}): name another folder",
                dir.display()
            ))
        };
        std::fs::create_dir_all(dir).map_err(disk)?;
        let log = dir.join(format!("{DATABASE}-wal"));
        if log.metadata().is_ok_and(|log| log.len() > 0) {
            return Err(StoreError::Conflict(format!(
                "{} is there: a platform runs on this folder, or was killed on it; name another folder",
                log.display()
            )));
        }
        Ok(Self { dir: dir.to_owned() })
    }

    /// Where to write it.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.join(UNFINISHED)
    }

    /// Where it will be.
    pub(crate) fn whole(&self) -> PathBuf {
        self.dir.join(DATABASE)
    }

    /// Puts it in its place.
    pub(crate) fn put(self) -> Result<()> {
        let disk = |error: std::io::Error| {
            StoreError::Unavailable(format!("{} cannot be put in its place: {error}", self.path().display()))
        };
        std::fs::rename(self.path(), self.whole()).map_err(disk)?;
        // The folder is synced too, for the new name is in it.
        std::fs::File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(disk)
    }
}

/// Copies the database of the store in `dir` to `to`, as it is at this moment, and sees that the copy is sound and has
/// every row. Tells `told` how many bytes are done, and of how many. Answers how many rows each table has.
pub(crate) fn copy_database(
    dir: &Path,
    to: &Path,
    mut told: impl FnMut(u64, u64),
) -> Result<Vec<(&'static str, u64)>> {
    let path = existing(dir)?;
    remove(to)?;
    let source = reader(&path)?;
    moved::refuse(&source)?;
    let counted = rows(&source)?;
    let page_bytes: i64 = source.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let mut copy = Connection::open(to)?;
    {
        // The source stays at the moment that it was opened at, so that nothing makes the copy begin anew.
        let backup = Backup::new(&source, &mut copy)?;
        loop {
            let step = backup.step(PAGES_AT_ONCE)?;
            let progress = backup.progress();
            let bytes = |pages: i32| u64::try_from(i64::from(pages) * page_bytes).unwrap_or(0);
            told(bytes(progress.pagecount - progress.remaining), bytes(progress.pagecount));
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => {
                    return Err(StoreError::Unavailable(format!(
                        "{} is held by another process",
                        to.display()
                    )));
                }
            }
        }
    }
    // One file alone, without a log beside it.
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    sound(&copy, to)?;
    let found = rows(&copy)?;
    if found != counted {
        return Err(StoreError::Unreadable(format!(
            "the copy {} does not have the rows of the database; look at its disk",
            to.display()
        )));
    }
    drop(copy);
    std::fs::File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| StoreError::Unavailable(format!("{} cannot be synced: {error}", to.display())))?;
    Ok(counted)
}

fn rows(connection: &Connection) -> Result<Vec<(&'static str, u64)>> {
    let counts = TABLES.iter().map(|table| {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let count: i64 = connection.query_row(&sql, params![], |row| row.get(0))?;
        Ok((table.name, u64::try_from(count).unwrap_or(0)))
    });
    counts.collect()
}
