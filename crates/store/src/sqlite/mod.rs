//! The embedded engine: one SQLite database, one thread that writes, a few connections that read.
//!
//! SQL stays in this folder. Other processes (`bowei registry apply`) may open the same database at the same time.

mod administration;
mod audit;
mod backup;
mod cases;
mod charging;
mod checkpoints;
mod commit;
mod committer;
mod conditions;
mod connection;
mod counts;
mod day_records;
mod documents;
mod errors;
mod evaluations;
mod exports;
pub(crate) mod files;
mod finding_tallies;
mod findings;
mod heard;
mod holds;
mod inspector;
mod jobs;
mod load;
mod logins;
mod moved;
mod office_records;
mod photos;
mod queue;
mod readers;
mod refusals;
mod registry;
mod retention;
mod schema;
mod sessions;
mod states;
mod tallies;
mod transfer;
mod unpaired;
mod upkeep;
mod user_sessions;
mod users;
mod values;

pub(crate) use backup::{SideFile, copy_database};
pub use transfer::SqliteEnd;

use crate::{Result, Store, StoreError};
use checkpoints::Checkpoints;
use committer::{Committer, Settings};
use readers::Readers;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The database's name in the data directory.
pub const DATABASE: &str = "bowei.db";

/// Connections that find logins: one row each, by its key.
const LOGIN_READERS: usize = 1;

/// How the store works. The defaults suit a city.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Deliveries that may wait to be written. The default, 8192, is a third of a second's work: who would wait
    /// longer is better told to come back.
    pub queue_max: usize,
    /// Deliveries that share one transaction. The default, 512, is where larger batches no longer gain anything,
    /// and bounds how long the first of a batch waits for the last.
    pub batch_max: usize,
    /// Connections that read. The default, 4: reading is mostly from memory, so that more than the cores helps no
    /// one.
    pub readers: usize,
    /// How long a batch waits while another process holds the database. The default, 5 s, is less than senders
    /// wait for an answer.
    pub lock_timeout: Duration,
    /// How long a change of the registry waits for the same. The default, 30 s: a person waits for it.
    pub registry_lock_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_max: 8_192,
            batch_max: 512,
            readers: 4,
            lock_timeout: Duration::from_secs(5),
            registry_lock_timeout: Duration::from_secs(30),
        }
    }
}

/// Keeps everything in one SQLite database.
pub struct SqliteStore {
    committer: Committer,
    readers: Arc<Readers>,
    /// Who holds a token is asked with every message: not behind lists that take long.
    login_readers: Arc<Readers>,
    options: Options,
}

impl SqliteStore {
    /// Opens the database in `dir`, creating either where it is missing.
    pub fn open(dir: &Path, options: Options) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(|error| {
            StoreError::Unavailable(format!(
                "the data directory {} cannot be made ({error}): make it, or name another with --data",
                dir.display()
            ))
        })?;
        let path = dir.join(DATABASE);
        let writer = connection::writer(&path)?;
        moved::refuse(&writer)?;
        let checkpoints = Checkpoints::start(&path, &writer)?;
        let readers = Arc::new(Readers::open(path.clone(), options.readers)?);
        let login_readers = Arc::new(Readers::open(path, LOGIN_READERS)?);
        let settings = Settings {
            queue_max: options.queue_max.max(1),
            batch_max: options.batch_max.max(1),
            lock_timeout: options.lock_timeout,
        };
        let committer = Committer::start(writer, checkpoints, settings)?;
        Ok(Self { committer, readers, login_readers, options })
    }

    /// Takes nothing more in, writes what waits, and stops the writer. Dropping the store does the same.
    pub fn close(&self) {
        self.committer.close();
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close();
    }
}

impl Store for SqliteStore {}
