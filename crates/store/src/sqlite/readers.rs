//! Connections that read, beside the one that writes: a reader sees what was committed when it began, and neither
//! waits for the other.

use super::connection;
use crate::{Result, StoreError};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Questions that may wait for a connection. They hold little; yet what waits behind this many is answered faster
/// when it is asked again later.
const WAITING_MAX: usize = 512;

pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    running: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Readers {
    pub(super) fn open(path: PathBuf, readers: usize) -> Result<Self> {
        let readers = readers.max(1);
        let idle = (0..readers).map(|_| connection::reader(&path)).collect::<Result<_>>()?;
        Ok(Self {
            path,
            idle: Mutex::new(idle),
            running: Arc::new(Semaphore::new(readers)),
            waiting: Semaphore::new(WAITING_MAX),
        })
    }

    /// Answers a question, all of it at one moment of the database.
    pub(super) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let gone = || StoreError::Unavailable("the store is closed: Bowei is stopping".to_owned());
        let permit = {
            let _place =
                self.waiting.try_acquire().map_err(|_| StoreError::Overloaded { waiting: WAITING_MAX })?;
            Arc::clone(&self.running).acquire_owned().await.map_err(|_| gone())?
        };
        let readers = Arc::clone(self);
        let answer = tokio::task::spawn_blocking(move || {
            // Held for as long as the connection is in use, even when nobody waits for the answer any more.
            let _permit = permit;
            readers.answer(question)
        });
        answer.await.map_err(|error| StoreError::ours(&error))?
    }

    fn answer<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            // A question that panicked took its connection along.
            None => connection::reader(&self.path)?,
        };
        let answer = {
            let moment = connection.unchecked_transaction()?;
            question(&moment)
        };
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        answer
    }
}
