//! The embedded photo store: a folder with a file for each day.

use super::files::Files;
use super::writer::{Queue, Task, WRITER, Writer};
use super::{NewPicture, PhotoStore};
use crate::{Result, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{Semaphore, oneshot};

/// The folder's name in the data directory.
const FOLDER: &str = "photos";

/// Pictures read at the same time: a screen of thumbnails; more would only queue at the disk.
const READING_MAX: usize = 8;

/// Keeps pictures in one file for each day.
pub struct DayFiles {
    files: Arc<Files>,
    queue: Arc<Queue>,
    reading: Arc<Semaphore>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl DayFiles {
    /// Opens the photos in `dir`, the data directory, creating what is missing.
    pub fn open(dir: &Path) -> Result<Self> {
        Self::in_folder(dir.join(FOLDER))
    }

    /// Opens the photos that lie in `folder` itself, creating what is missing.
    pub fn in_folder(folder: PathBuf) -> Result<Self> {
        let files = Arc::new(Files::open(folder, READING_MAX)?);
        let queue = Arc::new(Queue::default());
        let mut writer =
            Writer { files: Arc::clone(&files), queue: Arc::clone(&queue), open: BTreeMap::new() };
        let thread = std::thread::Builder::new()
            .name("photo-writer".to_owned())
            .spawn(move || bowei_watch::thread(WRITER, || writer.run()))
            .map_err(|error| StoreError::Unavailable(format!("no thread for the photos: {error}")))?;
        Ok(Self {
            files,
            queue,
            reading: Arc::new(Semaphore::new(READING_MAX)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Takes nothing more in, writes what waits, and stops the writer. Dropping the store does the same.
    pub fn close(&self) {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic in it has been reported where it was caught.
            let _ = thread.join();
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
        done.await.map_err(|error| StoreError::ours(&error))?
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

    async fn digests(&self, day: u32, after: Option<String>, limit: usize) -> Result<Vec<String>> {
        self.on_disk(move |files| files.digests(day, after.as_deref().unwrap_or_default(), limit)).await
    }

    async fn delete(&self, day: u32, sha256: Vec<String>) -> Result<()> {
        let (answer, deleted) = oneshot::channel();
        self.queue.hand_over(Task::Remove { day, sha256, answer })?;
        deleted.await.map_err(|_| stopped())?
    }

    async fn delete_day(&self, day: u32) -> Result<()> {
        // The writer deletes, so that no picture of the day is being written meanwhile.
        let (answer, deleted) = oneshot::channel();
        self.queue.hand_over(Task::Delete { day, answer })?;
        deleted.await.map_err(|_| stopped())?
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the photos' writer has stopped: start Bowei anew".to_owned())
}
