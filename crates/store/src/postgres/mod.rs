//! The engine for a city that outgrows one machine: a PostgreSQL database, and any number of nodes in front of it.
//!
//! SQL stays in this folder. Nodes know of each other through the database alone: a batch locks the lots that it is
//! about, in their order, so that what two nodes are told of one lot is folded one after the other.

mod archive;
mod arrivals;
mod commit;
mod committer;
mod connection;
mod days;
mod errors;
mod jobs;
mod legs;
mod load;
mod logins;
mod of_a_day;
mod queries;
mod queue;
mod readers;
mod refusals;
mod registry;
mod rows;
mod schema;
mod statements;
mod transfer;
mod values;

pub use archive::{Archive, Archived, archive};
pub use transfer::PostgresEnd;

use crate::{
    AccountHeard, ChargingQuery, ChargingRow, Committed, CountPoint, DocumentQuery, DocumentRow,
    FindingQuery, InspectedReport, InspectorBounds, JobClaim, JobEnd, JobProgress, JobRun, LoginRow, LotRow,
    NewDelivery, Page, PhotoRow, RefusedMessage, RegistryChange, RegistryRows, ReportQuery, Result,
    SessionQuery, Store, StoreError, Tally,
};
use async_trait::async_trait;
use bowei_model::{Finding, LotCode, ParkingSession, ProviderCode};
use committer::{Committers, Settings};
use connection::Address;
use errors::refused;
use jiff::Timestamp;
use queue::{Noted, Queue};
use readers::{Readers, ask, ask_of_a_moment, within};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a probe of [`Store::ready`] may take before the store counts as not ready: less than a load balancer
/// waits for an answer.
const PROBE_PATIENCE: Duration = Duration::from_secs(3);

/// Connections for logins: two are some thousands a second.
const LOGIN_CONNECTIONS: usize = 2;

/// How long making days may take: it waits for whoever reads the day's neighbours.
const DAYS_PATIENCE: Duration = Duration::from_secs(30);

/// How often making days is tried again that met a lock.
const DAYS_TRIES_MAX: usize = 5;

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
    pub patience: Duration,
    /// How long a change of the registry waits. The default, 30 s: a person waits for it.
    pub registry_patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_max: 8_192,
            batch_max: 512,
            writers: 2,
            readers: 8,
            patience: Duration::from_secs(6),
            registry_patience: Duration::from_secs(30),
        }
    }
}

/// Keeps everything in one PostgreSQL database.
pub struct PostgresStore {
    committers: Committers,
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
            patience: options.patience,
        };
        let committers = Committers::start(&address, settings)?;
        let (refusals, handed) = Queue::new(queue::REFUSALS_MAX);
        let (pool, handed) = (readers.pool().clone(), Arc::new(Mutex::new(handed)));
        tokio::spawn(bowei_watch::task(refusals::NOTES, move || {
            refusals::write_all(pool.clone(), Arc::clone(&handed))
        }));
        Ok(Self { committers, readers, login_sessions, refusals, options, shown: address.shown })
    }

    /// Where the database is, in words for people.
    pub fn place(&self) -> &str {
        &self.shown
    }

    /// Takes nothing more in, writes what waits, and stops the writers. Dropping the store does the same.
    pub fn close(&self) {
        self.refusals.close();
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

#[async_trait]
impl Store for PostgresStore {
    async fn commit(&self, delivery: NewDelivery) -> Result<Committed> {
        self.committers.commit(delivery).await
    }

    fn note_refusal(&self, refused: RefusedMessage, bounds: InspectorBounds) {
        queue::refuse(&self.refusals, (refused, bounds));
    }

    async fn flush(&self) -> Result<()> {
        self.committers.flush().await?;
        self.refusals.flush().await
    }

    async fn ready(&self) -> Result<()> {
        // A row is written, for a full disk or a standby shows in no other way.
        within(PROBE_PATIENCE, async {
            ask!(self.readers, client => async {
                let probe = "UPDATE marks SET probe = probe + 1 WHERE id = 1";
                client.execute(probe, &[]).await.map(drop).map_err(refused)
            })
        })
        .await
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn prepare_days(&self, now: Timestamp) -> Result<()> {
        let days = days::around(now);
        let mut tries = 0;
        loop {
            tries += 1;
            let mut session = self.readers.session().await?;
            let made = within(DAYS_PATIENCE, days::prepare(session.client_mut()?, &days)).await;
            match made {
                Ok(()) => {
                    session.done();
                    return Ok(());
                }
                Err(why @ StoreError::Unreadable(_)) => return Err(why),
                Err(why) if tries == DAYS_TRIES_MAX => return Err(why),
                Err(why) => tracing::debug!(%why, "days are made later"),
            }
        }
    }

    async fn lot_revisions(&self) -> Result<Vec<(LotCode, i64)>> {
        ask!(self.readers, client => queries::lot_revisions(client))
    }

    async fn lot_states_of(&self, lots: Vec<LotCode>) -> Result<Vec<LotRow>> {
        ask!(self.readers, client => queries::lot_states_of(client, &lots))
    }

    async fn lot_states(&self) -> Result<Vec<LotRow>> {
        ask!(self.readers, client => queries::lot_states(client))
    }

    async fn accounts_heard(&self) -> Result<Vec<AccountHeard>> {
        ask!(self.readers, client => queries::accounts_heard(client))
    }

    async fn sessions(&self, query: SessionQuery) -> Result<Page<ParkingSession>> {
        ask!(self.readers, client => queries::sessions(client, &query))
    }

    async fn session(&self, lot: &LotCode, record_id: &str) -> Result<Option<ParkingSession>> {
        ask!(self.readers, client => queries::session(client, lot, record_id))
    }

    async fn counts(
        &self,
        lot: &LotCode,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<CountPoint>> {
        ask!(self.readers, client => queries::counts(client, lot, from, to, limit))
    }

    async fn findings(&self, query: FindingQuery) -> Result<Page<Finding>> {
        ask!(self.readers, client => queries::findings(client, &query))
    }

    async fn findings_count(&self, query: FindingQuery) -> Result<u64> {
        ask!(self.readers, client => queries::findings_count(client, &query))
    }

    async fn reports(&self, query: ReportQuery) -> Result<Page<InspectedReport>> {
        ask!(self.readers, client => queries::reports(client, &query))
    }

    async fn charging_records(&self, query: ChargingQuery) -> Result<Page<ChargingRow>> {
        ask!(self.readers, client => queries::charging_records(client, &query))
    }

    async fn is_charged(&self, operator: &ProviderCode, order_no: &str) -> Result<bool> {
        ask!(self.readers, client => queries::is_charged(client, operator, order_no))
    }

    async fn documents(&self, query: DocumentQuery) -> Result<Page<DocumentRow>> {
        ask!(self.readers, client => queries::documents(client, &query))
    }

    async fn documents_named(&self, kind: &str, names: Vec<(LotCode, String)>) -> Result<Vec<DocumentRow>> {
        ask!(self.readers, client => queries::documents_named(client, kind, &names))
    }

    async fn photo(&self, day: u32, sha256: &str) -> Result<Vec<PhotoRow>> {
        ask!(self.readers, client => queries::photo(client, day, sha256))
    }

    async fn photos_unshown(&self, day: u32, sha256: Vec<String>) -> Result<Vec<String>> {
        ask!(self.readers, client => queries::photos_unshown(client, day, &sha256))
    }

    async fn tallies(&self, day: Option<u32>) -> Result<Vec<Tally>> {
        ask!(self.readers, client => queries::tallies(client, day))
    }

    async fn registry_version(&self) -> Result<i64> {
        ask!(self.readers, client => registry::version(client))
    }

    async fn registry(&self) -> Result<RegistryRows> {
        ask_of_a_moment!(self.readers, client => registry::read(client))
    }

    async fn change_registry(&self, change: RegistryChange) -> Result<i64> {
        let mut session = self.readers.session().await?;
        let changing = registry::change(session.client_mut()?, &change);
        let version = within(self.options.registry_patience, changing).await?;
        session.done();
        Ok(version)
    }

    async fn keep_login(&self, login: LoginRow) -> Result<()> {
        ask!(self.login_sessions, client => logins::keep(client, &login))
    }

    async fn renew_login(&self, standard: &str, token_sha256: &[u8], dies_at: Timestamp) -> Result<()> {
        ask!(self.login_sessions, client => logins::renew(client, standard, token_sha256, dies_at))
    }

    async fn login_by_token(&self, standard: &str, token_sha256: &[u8]) -> Result<Option<LoginRow>> {
        ask!(self.login_sessions, client => logins::by_token(client, standard, token_sha256))
    }

    async fn login_by_account(&self, standard: &str, account: &str) -> Result<Option<LoginRow>> {
        ask!(self.login_sessions, client => logins::by_account(client, standard, account))
    }

    async fn claim_job(&self, claim: JobClaim) -> Result<bool> {
        ask!(self.readers, client => jobs::claim(client, &claim))
    }

    async fn finish_job(&self, end: JobEnd) -> Result<()> {
        ask!(self.readers, client => jobs::finish(client, &end))
    }

    async fn job_progress(&self, job: &str) -> Result<Option<JobProgress>> {
        ask!(self.readers, client => jobs::progress(client, job))
    }

    async fn job_runs(&self, job: Option<&str>, limit: usize) -> Result<Vec<JobRun>> {
        ask!(self.readers, client => jobs::runs(client, job, limit))
    }

    async fn mark_once(&self, name: &str, value: Vec<u8>) -> Result<Vec<u8>> {
        ask!(self.readers, client => jobs::mark_once(client, name, &value))
    }

    async fn trim_inspector(&self, now: Timestamp, bounds: InspectorBounds) -> Result<u64> {
        let mut gone = 0;
        loop {
            // Some at a time, so that nobody waits for long.
            let some: Result<u64> = ask!(self.readers, client => refusals::trim(client, now, bounds));
            let some = some?;
            gone += some;
            if some < refusals::FORGOTTEN_AT_ONCE {
                return Ok(gone);
            }
        }
    }
}
