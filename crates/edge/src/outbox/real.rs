//! The machine's disk, below one folder.

use super::disk::Disk;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Files kept open to be read: uplinks read where they stand, which is one segment each, and its pictures.
const READING_MAX: usize = 16;

/// Files kept open that are synced and may be written on: the segments and journals in use. Beyond, the one that was
/// written longest ago is closed; one that is not synced never is.
const WRITING_MAX: usize = 32;

/// The file whose lock says that the folder is in use.
const LOCK: &str = "lock";

/// Plates, pictures and a token: for the gateway's own user alone, whatever the umask.
const OWN_MODE: u32 = 0o600;

/// A folder on the machine's disk, held against every other process while this lives.
pub struct RealDisk {
    root: PathBuf,
    // A failed sync is told once to those who had the file open when it was written: the handle that wrote is the one
    // that syncs.
    writing: Mutex<Vec<Written>>,
    reading: Mutex<Vec<(String, Arc<Mutex<File>>)>>,
    // Held, never read: the lock ends with it.
    _lock: File,
}

/// A file that is being appended to.
struct Written {
    path: String,
    file: Arc<File>,
    synced: bool,
}

impl RealDisk {
    /// Takes the folder for this process, making it where there is none. An error in words where another has it.
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root = root.into();
        std::fs::create_dir_all(&root)?;
        bowei_service::private::warn_of_others(&root);
        let lock = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .mode(OWN_MODE)
            .open(root.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(
                    io::ErrorKind::ResourceBusy,
                    format!(
                        "{} is in use by another gateway: stop that one, or give this one a folder of its own",
                        root.display()
                    ),
                ));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(Self { root, writing: Mutex::default(), reading: Mutex::default(), _lock: lock })
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The handle that writes a file, which is about to be synced or to need it.
    fn written(&self, path: &str, synced: bool) -> io::Result<Arc<File>> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = writing.iter().position(|written| written.path == path) {
            let mut written = writing.remove(at);
            written.synced = synced;
            let file = Arc::clone(&written.file);
            writing.push(written);
            return Ok(file);
        }
        let file =
            Arc::new(OpenOptions::new().create(true).append(true).mode(OWN_MODE).open(self.path(path))?);
        if writing.len() >= WRITING_MAX
            && let Some(oldest) = writing.iter().position(|written| written.synced)
        {
            writing.remove(oldest);
        }
        writing.push(Written { path: path.to_owned(), file: Arc::clone(&file), synced });
        Ok(file)
    }

    fn read_from(&self, path: &str) -> io::Result<Arc<Mutex<File>>> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = reading.iter().position(|(open, _)| open == path) {
            let found = reading.remove(at);
            let file = Arc::clone(&found.1);
            reading.push(found);
            return Ok(file);
        }
        let file = Arc::new(Mutex::new(File::open(self.path(path))?));
        if reading.len() >= READING_MAX {
            reading.remove(0);
        }
        reading.push((path.to_owned(), Arc::clone(&file)));
        Ok(file)
    }

    fn forget(&self, path: &str) {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner).retain(|written| written.path != path);
        self.reading.lock().unwrap_or_else(PoisonError::into_inner).retain(|(open, _)| open != path);
    }
}

impl Disk for RealDisk {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(self.path(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_file()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create_dir(&self, folder: &str) -> io::Result<()> {
        std::fs::create_dir_all(self.path(folder))?;
        sync_folder(&self.root)
    }

    fn len(&self, path: &str) -> io::Result<u64> {
        Ok(std::fs::metadata(self.path(path))?.len())
    }

    fn read(&self, path: &str, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let file = self.read_from(path)?;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(into)
    }

    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.written(path, false)?.as_ref().write_all(bytes)
    }

    fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        // Windows does not cut a file through a handle that only appends.
        OpenOptions::new().write(true).open(self.path(path))?.set_len(length)
    }

    fn sync_data(&self, path: &str) -> io::Result<()> {
        self.written(path, true)?.sync_data()
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        sync_folder(&self.path(folder))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.forget(from);
        self.forget(to);
        std::fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.forget(path);
        match std::fs::remove_file(self.path(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

// Windows journals names by itself and has no such call.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
