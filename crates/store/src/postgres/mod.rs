//! The engine for a city that outgrows one machine: a PostgreSQL database, and any number of nodes in front of it.
//!
//! SQL stays in this folder. Nodes know of each other through the database alone: a batch locks the lots that it is
//! about, in their order, so that what two nodes are told of one lot is folded one after the other.

mod administration;
mod archive;
mod audit;
mod bulk_import;
mod cases;
mod charging;
mod commit;
mod committer;
mod conditions;
mod connection;
mod counts;
mod day_ranges;
mod day_records;
mod day_statements;
mod days;
mod documents;
mod errors;
mod evaluations;
mod exports;
mod finding_tallies;
mod findings;
mod heard;
mod holds;
mod inspector;
mod jobs;
mod load;
mod logins;
mod office_records;
mod photos;
mod prepared;
mod queue;
mod readers;
mod refusals;
mod registry;
mod retention;
mod rows;
mod schema;
mod sessions;
mod statements;
mod states;
mod tallies;
mod transfer;
mod unpaired;
mod upkeep;
mod user_sessions;
mod users;
mod values;

pub use archive::{Archive, Archived, archive};
pub use transfer::PostgresEnd;

use crate::{Result, Store};
use administration::{Administrator, Timeouts};
use committer::{Committers, Settings};
use connection::Address;
use queue::{Noted, Queue};
use readers::Readers;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Connections for logins: two are some thousands a second.
const LOGIN_CONNECTIONS: usize = 2;

/// How the store works. The defaults suit a node of two to four cores.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Deliveries that may wait to be written. The default, 8192, is a third of a second's work: who would wait
    /// longer is better told to come back.
    pub queue_max: usize,
    /// Deliveries that share one transaction. The default, 512: larger batches gain little, and hold their lots' locks
    /// for longer.
    pub batch_max: usize,
    /// Writers, each with a connection and a thread. The default, 2: while one waits for the server's disk, the other
    /// works. More make smaller batches of the same load, and a batch costs more than what is in it.
    pub writers: usize,
    /// Connections that read, and change what is not a delivery. The default, 8.
    pub readers: usize,
    /// How long a delivery waits for a database that is slow or away, from when it was handed over. The default, 6 s,
    /// is less than senders wait for an answer.
    pub timeout: Duration,
    /// How long a change of the registry waits. The default, 30 s: a person waits for it.
    pub registry_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_max: 8_192,
            batch_max: 512,
            writers: 2,
            readers: 8,
            timeout: Duration::from_secs(6),
            registry_timeout: Duration::from_secs(30),
        }
    }
}

/// Keeps everything in one PostgreSQL database.
pub struct PostgresStore {
    committers: Committers,
    administrator: Administrator,
    readers: Readers,
    /// Logins have connections and places of their own: not behind lists, probes or changes of the registry.
    login_sessions: Readers,
    refusals: Queue<Noted>,
    options: Options,
    shown: String,
}

impl PostgresStore {
    /// Opens the database that `url` (`postgres://user:password@host:port/name`) leads to, and brings its schema up to
    /// date.
    pub async fn open(url: &str, options: Options) -> Result<Self> {
        let address = Address::read(url)?;
        let readers = Readers::new(&address, options.readers)?;
        let login_sessions = Readers::new(&address, LOGIN_CONNECTIONS)?;
        connection::prepare(readers.pool()).await?;
        let session = readers.session().await?;
        transfer::refuse_arriving(session.client()?).await?;
        session.done();
        let settings = Settings {
            writers: options.writers,
            queue_max: options.queue_max,
            batch_max: options.batch_max,
            timeout: options.timeout,
        };
        let committers = Committers::start(&address, settings)?;
        let timeouts = Timeouts { plain: options.timeout, registry: options.registry_timeout };
        let administrator = Administrator::start(&address, timeouts)?;
        let (refusals, handed) = Queue::new(queue::REFUSALS_MAX);
        let (pool, handed) = (readers.pool().clone(), Arc::new(Mutex::new(handed)));
        tokio::spawn(bowei_watch::task(refusals::NOTES, move || {
            refusals::write_all(pool.clone(), Arc::clone(&handed))
        }));
        Ok(Self {
            committers,
            administrator,
            readers,
            login_sessions,
            refusals,
            options,
            shown: address.shown,
        })
    }

    /// Where the database is, in words for people.
    pub fn place(&self) -> &str {
        &self.shown
    }

    /// Takes nothing more in, writes what waits, and stops the writers. Dropping the store does the same.
    pub fn close(&self) {
        self.refusals.close();
        self.administrator.close();
        self.committers.close();
        self.readers.close();
        self.login_sessions.close();
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.close();
    }
}

impl Store for PostgresStore {}
