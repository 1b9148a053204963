//! The day files of a folder: reading them, listing them, deleting them.

use super::day_file;
use crate::sqlite::files;
use crate::{Result, StoreError};
use bytes::Bytes;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

pub(super) struct Files {
    dir: PathBuf,
    /// Connections kept for further reading at most.
    idle_max: usize,
    /// Held to read while a file is being read, and to write while one is deleted.
    present: RwLock<()>,
    /// Connections that nobody uses, with their days; the one last used comes last.
    idle: Mutex<Vec<(u32, Connection)>>,
}

impl Files {
    /// The files of `dir`, which is made if it is missing.
    pub(super) fn open(dir: PathBuf, idle_max: usize) -> Result<Self> {
        std::fs::create_dir_all(&dir).map_err(|error| disk("make", &dir, &error))?;
        Ok(Self { dir, idle_max, present: RwLock::new(()), idle: Mutex::default() })
    }

    /// Where a day's file is, or would be.
    pub(super) fn path(&self, day: u32) -> PathBuf {
        day_file::path(&self.dir, day)
    }

    /// A picture's bytes, if the day has it.
    pub(super) fn read(&self, day: u32, sha256: &str) -> Result<Option<Bytes>> {
        Ok(self.ask(day, |connection| day_file::read(connection, sha256))?.flatten())
    }

    /// The digests of a day's pictures after `after`.
    pub(super) fn digests(&self, day: u32, after: &str, limit: usize) -> Result<Vec<String>> {
        Ok(self.ask(day, |connection| day_file::digests(connection, after, limit))?.unwrap_or_default())
    }

    /// Asks a day's file; `None` if there is none.
    fn ask<T>(&self, day: u32, question: impl FnOnce(&Connection) -> Result<T>) -> Result<Option<T>> {
        let _present = self.present.read().unwrap_or_else(PoisonError::into_inner);
        let Some(connection) = self.connection(day)? else { return Ok(None) };
        let answer = question(&connection)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= self.idle_max {
            // The one that was not used for longest.
            idle.remove(0);
        }
        idle.push((day, connection));
        Ok(Some(answer))
    }

    fn connection(&self, day: u32) -> Result<Option<Connection>> {
        {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = idle.iter().rposition(|(of, _)| *of == day) {
                return Ok(Some(idle.remove(at).1));
            }
        }
        day_file::reader(&self.path(day))
    }

    /// The days that have a file, oldest first.
    pub(super) fn days(&self) -> Result<Vec<u32>> {
        let mut days = Vec::new();
        for entry in std::fs::read_dir(&self.dir).map_err(|error| disk("list", &self.dir, &error))? {
            let entry = entry.map_err(|error| disk("list", &self.dir, &error))?;
            days.extend(entry.file_name().to_str().and_then(day_file::day_of));
        }
        days.sort_unstable();
        Ok(days)
    }

    /// Deletes a day's file and what belongs to it, once those who read it now have done so.
    pub(super) fn delete(&self, day: u32) -> Result<()> {
        let _gone = self.present.write().unwrap_or_else(PoisonError::into_inner);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(|(of, _)| *of != day);
        files::delete(&self.path(day)).map_err(|(file, error)| disk("delete", &file, &error))
    }
}

fn disk(what: &str, path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!(
        "cannot {what} {}: {error}; see that Bowei's user may write to the data directory",
        path.display()
    ))
}
