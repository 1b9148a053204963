//! The embedded engine: one SQLite database, one thread that writes, a few connections that read.
//!
//! SQL stays in this folder. Other processes (`bowei registry apply`) may open the same database at the same time.

mod backup;
mod commit;
mod committer;
mod connection;
mod jobs;
mod legs;
mod load;
mod logins;
mod moved;
mod queries;
mod queue;
mod readers;
mod refusals;
mod registry;
mod schema;
mod transfer;
mod values;

pub use backup::{Beside, copy_database};
pub use transfer::SqliteEnd;

use crate::{
    AccountHeard, ChargingQuery, ChargingRow, Committed, CountPoint, DocumentQuery, DocumentRow,
    FindingQuery, InspectedReport, InspectorBounds, JobClaim, JobEnd, JobProgress, JobRun, LoginRow, LotRow,
    NewDelivery, Page, PhotoRow, RefusedMessage, RegistryChange, RegistryRows, ReportQuery, Result,
    SessionQuery, Store, StoreError, Tally,
};
use async_trait::async_trait;
use bowei_model::{Finding, LotCode, ParkingSession, ProviderCode};
use committer::{Committer, Settings};
use jiff::Timestamp;
use queue::About;
use readers::Readers;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The database's name in the data directory.
pub const DATABASE: &str = "bowei.db";

/// How long a probe of [`Store::ready`] may take before the store counts as not ready: less than a load balancer
/// waits for an answer.
const PROBE_PATIENCE: Duration = Duration::from_secs(3);

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
    pub lock_patience: Duration,
    /// How long a change of the registry waits for the same. The default, 30 s: a person waits for it.
    pub registry_lock_patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_max: 8_192,
            batch_max: 512,
            readers: 4,
            lock_patience: Duration::from_secs(5),
            registry_lock_patience: Duration::from_secs(30),
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
        let readers = Arc::new(Readers::open(path.clone(), options.readers)?);
        let login_readers = Arc::new(Readers::open(path, LOGIN_READERS)?);
        let settings = Settings {
            queue_max: options.queue_max.max(1),
            batch_max: options.batch_max.max(1),
            lock_patience: options.lock_patience,
        };
        Ok(Self { committer: Committer::start(writer, settings)?, readers, login_readers, options })
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

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, delivery: NewDelivery) -> Result<Committed> {
        self.committer.commit(delivery).await
    }

    fn note_refusal(&self, refused: RefusedMessage, bounds: InspectorBounds) {
        self.committer.note_refusal((refused, bounds));
    }

    async fn flush(&self) -> Result<()> {
        self.committer.flush().await
    }

    async fn ready(&self) -> Result<()> {
        // A row is written and synced, for a full disk shows in no other way.
        let probe = self.committer.order(
            About::Upkeep,
            |connection| {
                connection.execute("UPDATE marks SET probe = probe + 1 WHERE id = 1", [])?;
                Ok(())
            },
            self.options.lock_patience.min(PROBE_PATIENCE),
        );
        tokio::time::timeout(PROBE_PATIENCE, probe).await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(format!(
                "a write takes longer than {} s: look at the data directory's disk, and for a process that holds \
                 the database",
                PROBE_PATIENCE.as_secs()
            )))
        })
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn prepare_days(&self, _now: Timestamp) -> Result<()> {
        // Nothing is filed by day here.
        Ok(())
    }

    async fn lot_revisions(&self) -> Result<Vec<(LotCode, i64)>> {
        self.readers.ask(queries::lot_revisions).await
    }

    async fn lot_states_of(&self, lots: Vec<LotCode>) -> Result<Vec<LotRow>> {
        self.readers.ask(move |connection| queries::lot_states_of(connection, &lots)).await
    }

    async fn lot_states(&self) -> Result<Vec<LotRow>> {
        self.readers.ask(queries::lot_states).await
    }

    async fn accounts_heard(&self) -> Result<Vec<AccountHeard>> {
        self.readers.ask(queries::accounts_heard).await
    }

    async fn sessions(&self, query: SessionQuery) -> Result<Page<ParkingSession>> {
        self.readers.ask(move |connection| queries::sessions(connection, &query)).await
    }

    async fn session(&self, lot: &LotCode, record_id: &str) -> Result<Option<ParkingSession>> {
        let (lot, record_id) = (lot.clone(), record_id.to_owned());
        self.readers.ask(move |connection| queries::session(connection, &lot, &record_id)).await
    }

    async fn counts(
        &self,
        lot: &LotCode,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<CountPoint>> {
        let lot = lot.clone();
        self.readers.ask(move |connection| queries::counts(connection, &lot, from, to, limit)).await
    }

    async fn findings(&self, query: FindingQuery) -> Result<Page<Finding>> {
        self.readers.ask(move |connection| queries::findings(connection, &query)).await
    }

    async fn findings_count(&self, query: FindingQuery) -> Result<u64> {
        self.readers.ask(move |connection| queries::findings_count(connection, &query)).await
    }

    async fn reports(&self, query: ReportQuery) -> Result<Page<InspectedReport>> {
        self.readers.ask(move |connection| queries::reports(connection, &query)).await
    }

    async fn charging_records(&self, query: ChargingQuery) -> Result<Page<ChargingRow>> {
        self.readers.ask(move |connection| queries::charging_records(connection, &query)).await
    }

    async fn is_charged(&self, operator: &ProviderCode, order_no: &str) -> Result<bool> {
        let (operator, order_no) = (operator.clone(), order_no.to_owned());
        self.readers.ask(move |connection| queries::is_charged(connection, &operator, &order_no)).await
    }

    async fn documents(&self, query: DocumentQuery) -> Result<Page<DocumentRow>> {
        self.readers.ask(move |connection| queries::documents(connection, &query)).await
    }

    async fn documents_named(&self, kind: &str, names: Vec<(LotCode, String)>) -> Result<Vec<DocumentRow>> {
        let kind = kind.to_owned();
        self.readers.ask(move |connection| queries::documents_named(connection, &kind, &names)).await
    }

    async fn photo(&self, day: u32, sha256: &str) -> Result<Vec<PhotoRow>> {
        let sha256 = sha256.to_owned();
        self.readers.ask(move |connection| queries::photo(connection, day, &sha256)).await
    }

    async fn photos_unshown(&self, day: u32, sha256: Vec<String>) -> Result<Vec<String>> {
        self.readers.ask(move |connection| queries::photos_unshown(connection, day, sha256)).await
    }

    async fn tallies(&self, day: Option<u32>) -> Result<Vec<Tally>> {
        self.readers.ask(move |connection| queries::tallies(connection, day)).await
    }

    async fn registry_version(&self) -> Result<i64> {
        self.readers.ask(registry::version).await
    }

    async fn registry(&self) -> Result<RegistryRows> {
        self.readers.ask(registry::read).await
    }

    async fn change_registry(&self, change: RegistryChange) -> Result<i64> {
        let patience = self.options.registry_lock_patience;
        self.committer
            .order(About::Registry, move |connection| registry::change(connection, &change), patience)
            .await
    }

    async fn keep_login(&self, login: LoginRow) -> Result<()> {
        let patience = self.options.lock_patience;
        self.committer.order(About::Login, move |connection| logins::keep(connection, &login), patience).await
    }

    async fn renew_login(&self, standard: &str, token_sha256: &[u8], dies_at: Timestamp) -> Result<()> {
        let (standard, token) = (standard.to_owned(), token_sha256.to_vec());
        let renew = move |connection: &_| logins::renew(connection, &standard, &token, dies_at);
        self.committer.order(About::Login, renew, self.options.lock_patience).await
    }

    async fn login_by_token(&self, standard: &str, token_sha256: &[u8]) -> Result<Option<LoginRow>> {
        let (standard, token) = (standard.to_owned(), token_sha256.to_vec());
        self.login_readers.ask(move |connection| logins::by_token(connection, &standard, &token)).await
    }

    async fn login_by_account(&self, standard: &str, account: &str) -> Result<Option<LoginRow>> {
        let (standard, account) = (standard.to_owned(), account.to_owned());
        self.login_readers.ask(move |connection| logins::by_account(connection, &standard, &account)).await
    }

    async fn claim_job(&self, claim: JobClaim) -> Result<bool> {
        let patience = self.options.lock_patience;
        self.committer.order(About::Upkeep, move |connection| jobs::claim(connection, &claim), patience).await
    }

    async fn finish_job(&self, end: JobEnd) -> Result<()> {
        let patience = self.options.lock_patience;
        self.committer.order(About::Upkeep, move |connection| jobs::finish(connection, &end), patience).await
    }

    async fn job_progress(&self, job: &str) -> Result<Option<JobProgress>> {
        let job = job.to_owned();
        self.readers.ask(move |connection| jobs::progress(connection, &job)).await
    }

    async fn job_runs(&self, job: Option<&str>, limit: usize) -> Result<Vec<JobRun>> {
        let job = job.map(str::to_owned);
        self.readers.ask(move |connection| jobs::runs(connection, job.as_deref(), limit)).await
    }

    async fn mark_once(&self, name: &str, value: Vec<u8>) -> Result<Vec<u8>> {
        let name = name.to_owned();
        let mark = move |connection: &_| jobs::mark_once(connection, &name, &value);
        self.committer.order(About::Upkeep, mark, self.options.lock_patience).await
    }

    async fn trim_inspector(&self, now: Timestamp, bounds: InspectorBounds) -> Result<u64> {
        let mut gone = 0;
        loop {
            // Some at a time, so that deliveries get their turn in between.
            let patience = self.options.lock_patience;
            let some = self.committer.order(
                About::Upkeep,
                move |connection| refusals::trim(connection, now, bounds),
                patience,
            );
            let some = some.await?;
            gone += some;
            if some < refusals::FORGOTTEN_AT_ONCE {
                return Ok(gone);
            }
        }
    }
}
