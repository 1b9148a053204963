//! The embedded photo store: a folder with a file for each day.

use super::writer::{Queue, Task, Writer};
use super::{NewPicture, PhotoStore, day_file};
use crate::{Result, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use tokio::sync::{Semaphore, oneshot};

/// The folder's name in the data directory.
const FOLDER: &str = "photos";

/// Pictures read at the same time: a screen of thumbnails; more would only queue at the disk.
const READING_MAX: usize = 8;

/// Connections kept for further reading: as many as read at once, for they are mostly of today.
const IDLE_MAX: usize = READING_MAX;

/// Keeps pictures in one file for each day.
pub struct DayFiles {
    files: Arc<Files>,
    queue: Arc<Queue>,
    reading: Arc<Semaphore>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Files {
    dir: PathBuf,
    /// Held to read while a file is being read, and to write while one is deleted.
    present: RwLock<()>,
    /// Connections that nobody uses, with their days.
    idle: Mutex<Vec<(u32, Connection)>>,
}

impl DayFiles {
    /// Opens the photos in `dir`, the data directory, creating what is missing.
    pub fn open(dir: &Path) -> Result<Self> {
        let dir = dir.join(FOLDER);
        std::fs::create_dir_all(&dir).map_err(|error| disk("make", &dir, &error))?;
        let queue = Arc::new(Queue::default());
        let writer = Writer { dir: dir.clone(), queue: Arc::clone(&queue), open: BTreeMap::new() };
        let thread = std::thread::Builder::new()
            .name("photo-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| StoreError::Unavailable(format!("no thread for the photos: {error}")))?;
        let files = Files { dir, present: RwLock::new(()), idle: Mutex::default() };
        Ok(Self {
            files: Arc::new(files),
            queue,
            reading: Arc::new(Semaphore::new(READING_MAX)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Takes nothing more in, writes what waits, and stops the writer. Dropping the store does the same.
    pub fn close(&self) {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!(
                "the photos' writer had died of a fault of Bowei's: please report what it logged"
            );
        }
    }

    /// Does work that waits for the disk, a bounded number at a time.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = Arc::clone(&self.reading).acquire_owned().await.map_err(|_| stopped())?;
        let files = Arc::clone(&self.files);
        let done = tokio::task::spawn_blocking(move || {
            // Held for as long as the work goes on, even when nobody waits for it any more.
            let _permit = permit;
            work(&files)
        });
        done.await.map_err(|error| {
            StoreError::Unreadable(format!("a fault of Bowei's, please report it: {error}"))
        })?
    }
}

impl Drop for DayFiles {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait]
impl PhotoStore for DayFiles {
    async fn put(&self, day: u32, pictures: Vec<NewPicture>) -> Result<()> {
        if pictures.is_empty() {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        self.queue.hand_over(Task::Put { day, pictures, answer })?;
        answered.await.map_err(|_| stopped())?
    }

    async fn get(&self, day: u32, sha256: &str) -> Result<Option<Bytes>> {
        let sha256 = sha256.to_owned();
        self.on_disk(move |files| files.read(day, &sha256)).await
    }

    async fn days(&self) -> Result<Vec<u32>> {
        self.on_disk(Files::days).await
    }

    async fn delete_day(&self, day: u32) -> Result<()> {
        let (answer, released) = oneshot::channel();
        self.queue.hand_over(Task::Release { day, answer })?;
        released.await.map_err(|_| stopped())?;
        self.on_disk(move |files| files.delete(day)).await
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the photos' writer has stopped: start Bowei anew".to_owned())
}

impl Files {
    fn read(&self, day: u32, sha256: &str) -> Result<Option<Bytes>> {
        let _present = self.present.read().unwrap_or_else(PoisonError::into_inner);
        let Some(connection) = self.connection(day)? else { return Ok(None) };
        let bytes = day_file::read(&connection, sha256)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= IDLE_MAX {
            // The one that was not used for longest.
            idle.remove(0);
        }
        idle.push((day, connection));
        Ok(bytes)
    }

    fn connection(&self, day: u32) -> Result<Option<Connection>> {
        {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = idle.iter().rposition(|(of, _)| *of == day) {
                return Ok(Some(idle.remove(at).1));
            }
        }
        day_file::reader(&day_file::path(&self.dir, day))
    }

    fn days(&self) -> Result<Vec<u32>> {
        let mut days = Vec::new();
        for entry in std::fs::read_dir(&self.dir).map_err(|error| disk("list", &self.dir, &error))? {
            let entry = entry.map_err(|error| disk("list", &self.dir, &error))?;
            days.extend(entry.file_name().to_str().and_then(day_file::day_of));
        }
        days.sort_unstable();
        Ok(days)
    }

    /// Deletes a day's file and what belongs to it, once those who read it now have done so.
    fn delete(&self, day: u32) -> Result<()> {
        let _gone = self.present.write().unwrap_or_else(PoisonError::into_inner);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(|(of, _)| *of != day);
        let file = day_file::path(&self.dir, day);
        // The file itself goes last: should this stop half-way, the day is still listed and can be deleted again.
        for ending in ["-wal", "-shm", "-journal", ""] {
            let mut name = file.clone().into_os_string();
            name.push(ending);
            match std::fs::remove_file(&name) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(disk("delete", Path::new(&name), &error)),
            }
        }
        Ok(())
    }
}

fn disk(what: &str, path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!(
        "cannot {what} {}: {error}; see that Bowei's user may write to the data directory",
        path.display()
    ))
}
