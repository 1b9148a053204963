//! A SQLite database as files.

use std::io;
use std::path::{Path, PathBuf};

/// Deletes a database and what belongs to it. The file itself goes last: should this stop half-way, the database is
/// still there to be deleted again. What is not there is deleted already; an error comes with its file.
pub(crate) fn delete(database: &Path) -> Result<(), (PathBuf, io::Error)> {
    for ending in ["-wal", "-shm", "-journal", ""] {
        let mut name = database.to_owned().into_os_string();
        name.push(ending);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err((name.into(), error)),
            _ => {}
        }
    }
    Ok(())
}
