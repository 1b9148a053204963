//! The one thread that writes pictures: those that have gathered share a sync.

use super::files::Files;
use super::{NewPicture, day_file};
use crate::{Result, StoreError};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Bytes of pictures that may wait: under a second's work of a disk, and what a flood may take of memory.
pub(super) const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Pictures that may wait, for very small ones weigh more than their bytes.
pub(super) const WAITING_MAX: usize = 8_192;

/// Bytes that share a sync. More would make the first wait for the last without sparing the disk anything.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Days whose files stay open to be written: today, and yesterday around midnight.
const OPEN_DAYS_MAX: usize = 2;

/// The writer's name among the parts that are watched.
pub(super) const WRITER: &str = "photo-writer";

/// Something for the writer to do.
pub(super) enum Task {
    /// Keeps pictures.
    Put { day: u32, pictures: Vec<NewPicture>, answer: oneshot::Sender<Result<()>> },
    /// Removes pictures of a day.
    Remove { day: u32, sha256: Vec<String>, answer: oneshot::Sender<Result<()>> },
    /// Deletes a day.
    Delete { day: u32, answer: oneshot::Sender<Result<()>> },
}

impl Task {
    /// How many pictures it has, and their bytes.
    fn weight(&self) -> (usize, usize) {
        match self {
            Self::Put { pictures, .. } => {
                (pictures.len(), pictures.iter().map(|picture| picture.bytes.len()).sum())
            }
            Self::Remove { .. } | Self::Delete { .. } => (0, 0),
        }
    }
}

#[derive(Default)]
struct State {
    tasks: VecDeque<Task>,
    pictures: usize,
    bytes: usize,
    closed: bool,
}

/// What waits for the writer.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
}

impl Queue {
    /// Hands a task over, or turns it away at once when too much waits. One task alone is never too much.
    pub(super) fn hand_over(&self, task: Task) -> Result<()> {
        let (pictures, bytes) = task.weight();
        let mut state = self.lock();
        if state.closed {
            return Err(StoreError::Unavailable("the photo store is closed: Bowei is stopping".to_owned()));
        }
        let full = state.pictures + pictures > WAITING_MAX || state.bytes + bytes > WAITING_BYTES_MAX;
        if full && state.pictures > 0 && pictures > 0 {
            metrics::counter!("bowei_photos_overloaded_total").increment(1);
            return Err(StoreError::Overloaded { waiting: state.pictures });
        }
        state.pictures += pictures;
        state.bytes += bytes;
        state.tasks.push_back(task);
        self.arrived.notify_one();
        Ok(())
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Waits for tasks and takes what shares a sync; `None` when the queue is closed and empty.
    fn take(&self) -> Option<Vec<Task>> {
        let mut state = self.lock();
        while state.tasks.is_empty() {
            if state.closed {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut taken = Vec::new();
        let mut taken_bytes = 0;
        while taken_bytes < BATCH_BYTES_MAX
            && let Some(task) = state.tasks.pop_front()
        {
            let (pictures, bytes) = task.weight();
            state.pictures -= pictures;
            state.bytes -= bytes;
            taken_bytes += bytes;
            taken.push(task);
        }
        Some(taken)
    }

    /// Nothing under this lock can panic half-way, so that a poisoned lock guards a sound state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's own side.
pub(super) struct Writer {
    pub(super) files: Arc<Files>,
    pub(super) queue: Arc<Queue>,
    /// The files that are open, by day.
    pub(super) open: BTreeMap<u32, Connection>,
}

type Put = (Vec<NewPicture>, oneshot::Sender<Result<()>>);

impl Writer {
    pub(super) fn run(&mut self) {
        // After a panic nothing is known of them; a file opened anew is sound.
        self.open.clear();
        while let Some(tasks) = self.queue.take() {
            bowei_watch::injection_point(WRITER);
            let mut days = BTreeMap::<u32, Vec<Put>>::new();
            for task in tasks {
                match task {
                    Task::Put { day, pictures, answer } => {
                        days.entry(day).or_default().push((pictures, answer))
                    }
                    Task::Remove { day, sha256, answer } => {
                        // What was put before is there before anything goes.
                        if let Some(puts) = days.remove(&day) {
                            self.day(day, puts);
                        }
                        let _ = answer.send(self.remove(day, &sha256));
                    }
                    Task::Delete { day, answer } => {
                        // What was put before is answered for before it goes.
                        if let Some(puts) = days.remove(&day) {
                            self.day(day, puts);
                        }
                        self.open.remove(&day);
                        // Whoever does not wait any more can see for himself.
                        let _ = answer.send(self.files.delete(day));
                    }
                }
            }
            for (day, puts) in days {
                self.day(day, puts);
            }
        }
    }

    fn day(&mut self, day: u32, puts: Vec<Put>) {
        let result = self.write(day, &puts);
        if let Err(why) = &result {
            tracing::error!(%why, day, "pictures could not be kept");
            // Whatever is wrong with it, a file opened anew is no worse.
            self.open.remove(&day);
        }
        for (_, answer) in puts {
            // Whoever does not wait any more will say it again, which is harmless.
            let _ = answer.send(result.clone());
        }
    }

    fn remove(&mut self, day: u32, sha256: &[String]) -> Result<()> {
        if !self.files.path(day).exists() {
            return Ok(());
        }
        let Some(connection) = self.opened(day)? else { return Ok(()) };
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        for picture in sha256 {
            day_file::remove(&transaction, picture)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn opened(&mut self, day: u32) -> Result<Option<&Connection>> {
        if !self.open.contains_key(&day) {
            while self.open.len() >= OPEN_DAYS_MAX {
                self.open.pop_first();
            }
            self.open.insert(day, day_file::writer(&self.files.path(day))?);
        }
        Ok(self.open.get(&day))
    }

    fn write(&mut self, day: u32, puts: &[Put]) -> Result<()> {
        let Some(connection) = self.opened(day)? else { return Ok(()) };
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        for picture in puts.iter().flat_map(|(pictures, _)| pictures) {
            day_file::add(&transaction, &picture.sha256, &picture.bytes)?;
        }
        transaction.commit()?;
        Ok(())
    }
}
