//! Changes that people are answerable for: with what the audit says of them, or not at all.
//!
//! The audit is one chain, and so whoever appends locks its end until the server has synced its log. A node therefore has
//! one thread that takes all calls that have gathered meanwhile and does them in one transaction: the more come, the more
//! share a sync. Other nodes do the same, and wait at the lock.

use super::committer::wait_for;
use super::connection::{Address, For, PooledClient};
use super::errors::refused;
use super::queue::{Handed, Queue, parted};
use super::{
    PostgresStore, audit, cases, exports, holds, office_records, readers, registry, user_sessions, users,
};
use crate::{Administration, Change, NewAuditEntry, Result, StoreError};
use async_trait::async_trait;
use deadpool_postgres::{Client, Pool, Transaction};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Calls that may wait: two seconds' work of a middling disk. Whoever would wait longer is better told to come back.
const WAITING_MAX: usize = 2_048;

/// Calls that share one transaction, for the chain's end is locked for as long as it takes.
const BATCH_MAX: usize = 256;

/// How often a transaction is done again that met another's, or a connection that had broken since it was last used.
const TRIES_MAX: u32 = 4;

/// How long before the next try.
const BEFORE_NEXT_TRY: Duration = Duration::from_millis(20);

/// However long calls have waited before, they get this much time.
const TIMEOUT_MIN: Duration = Duration::from_secs(1);

/// The thread's name among the parts that are watched.
const WRITER: &str = "audit-writer";

/// A call, and who waits for its answer.
struct Call {
    changes: Vec<Change>,
    entries: Vec<NewAuditEntry>,
    since: Instant,
    answer: oneshot::Sender<Result<()>>,
}

/// A node's one thread that changes what people are answerable for, from the outside.
pub(super) struct Administrator {
    queue: Queue<Call>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How long a call waits from when it was handed over, with and without changes of the registry.
#[derive(Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) plain: Duration,
    pub(super) registry: Duration,
}

#[async_trait]
impl Administration for PostgresStore {
    async fn administer(&self, changes: Vec<Change>, entries: Vec<NewAuditEntry>) -> Result<()> {
        entries.iter().try_for_each(NewAuditEntry::check)?;
        let (answer, answered) = oneshot::channel();
        self.administrator.queue.hand_over(Call { changes, entries, since: Instant::now(), answer })?;
        answered.await.map_err(|_| {
            StoreError::Unavailable(
                "the audit's writer has stopped: whether it was done is not known".to_owned(),
            )
        })?
    }
}

impl Administrator {
    pub(super) fn start(address: &Address, timeouts: Timeouts) -> Result<Self> {
        let (queue, mut handed) = Queue::new(WAITING_MAX);
        let pool = address.pool(For::Questions, 1, timeouts.plain)?;
        // It outlasts a panic: what drives the connection must not go from under it.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
                StoreError::Unavailable(format!("no runtime for the audit's writer: {error}"))
            })?;
        let thread = std::thread::Builder::new()
            .name(WRITER.to_owned())
            .spawn(move || {
                bowei_watch::thread(WRITER, || runtime.block_on(write(&pool, timeouts, &mut handed)))
            })
            .map_err(|error| StoreError::Unavailable(format!("no thread for the audit's writer: {error}")))?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Takes nothing more in, does what waits, and stops; a database that is away is not waited for.
    pub(super) fn close(&self) {
        self.queue.close();
        wait_for(self.thread.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Does what is handed over, until the queue is closed.
async fn write(pool: &Pool, timeouts: Timeouts, handed: &mut mpsc::Receiver<Handed<Call>>) {
    let mut taken = Vec::new();
    while handed.recv_many(&mut taken, BATCH_MAX).await > 0 {
        bowei_watch::injection_point(WRITER);
        let (mut calls, flushes) = parted(std::mem::take(&mut taken));
        // Who does not wait any more was told nothing: neither the change nor its entry is there.
        calls.retain(|call| !call.answer.is_closed());
        let results = retry(pool, timeouts, &calls).await;
        for (call, result) in calls.into_iter().zip(results) {
            // Whoever does not wait any more has lost interest in the answer, not in the change.
            let _ = call.answer.send(result);
        }
        for done in flushes {
            let _ = done.send(());
        }
    }
    pool.close();
}

/// Does calls, again where it is certain that nothing of them was kept; a result for each, in their order.
async fn retry(pool: &Pool, timeouts: Timeouts, calls: &[Call]) -> Vec<Result<()>> {
    let Some(oldest) = calls.iter().map(|call| call.since).min() else { return Vec::new() };
    let mut changes = calls.iter().flat_map(|call| &call.changes);
    let registry = changes.any(|change| matches!(change, Change::Registry(_)));
    let timeout = if registry { timeouts.registry } else { timeouts.plain };
    let deadline = (oldest + timeout).max(Instant::now() + TIMEOUT_MIN);
    let mut tries = 0;
    let why = loop {
        tries += 1;
        let mut committing = false;
        let left = deadline.saturating_duration_since(Instant::now());
        let why = match readers::within(left, once(pool, calls, &mut committing)).await {
            Ok(results) => return results,
            Err(why) => why,
        };
        let again = match why {
            StoreError::Contended(_) => tries < TRIES_MAX,
            StoreError::Unavailable(_) => tries == 1 && !committing,
            _ => false,
        };
        if !again || Instant::now() >= deadline {
            break why;
        }
        tracing::debug!(%why, calls = calls.len(), "the audit's writer tries again");
        tokio::time::sleep(BEFORE_NEXT_TRY).await;
    };
    tracing::error!(%why, calls = calls.len(), "nothing could be appended to the audit");
    calls.iter().map(|_| Err(why.clone())).collect()
}

/// Does calls in one transaction. `committing` tells whether it may have been kept where this fails.
async fn once(pool: &Pool, calls: &[Call], committing: &mut bool) -> Result<Vec<Result<()>>> {
    let mut session = PooledClient::from(pool).await?;
    let results = in_transaction(session.client_mut()?, calls, committing).await?;
    session.done();
    Ok(results)
}

async fn in_transaction(
    client: &mut Client,
    calls: &[Call],
    committing: &mut bool,
) -> Result<Vec<Result<()>>> {
    let mut transaction = client.transaction().await.map_err(refused)?;
    let head = audit::lock_head(&transaction).await?;
    let mut results = Vec::with_capacity(calls.len());
    for call in calls {
        results.push(changes(&mut transaction, &call.changes).await?);
    }
    let done = calls.iter().zip(&results).filter(|(_, result)| result.is_ok());
    audit::append(&transaction, head, done.flat_map(|(call, _)| &call.entries)).await?;
    *committing = true;
    transaction.commit().await.map_err(refused)?;
    Ok(results)
}

/// Does a call's changes. What fails is undone and is its own affair, as long as the connection stands.
async fn changes(transaction: &mut Transaction<'_>, changes: &[Change]) -> Result<Result<()>> {
    if changes.is_empty() {
        return Ok(Ok(()));
    }
    let savepoint = transaction.savepoint("call").await.map_err(refused)?;
    for change in changes {
        if let Err(why) = apply(&savepoint, change).await {
            savepoint.rollback().await.map_err(refused)?;
            return Ok(Err(why));
        }
    }
    savepoint.commit().await.map_err(refused)?;
    Ok(Ok(()))
}

async fn apply(transaction: &Transaction<'_>, change: &Change) -> Result<()> {
    match change {
        Change::Registry(change) => registry::apply(transaction, change).await.map(drop),
        Change::User(user) => users::keep(transaction, user).await,
        Change::SessionBegin(session) => user_sessions::begin(transaction, session).await,
        Change::SessionConfirmed { sha256, at } => user_sessions::confirm(transaction, sha256, *at).await,
        Change::SessionEnd { login, id } => user_sessions::end(transaction, login, id).await,
        Change::SessionsEnd { login, but } => {
            user_sessions::end_all(transaction, login, but.as_deref()).await
        }
        Change::TokenRemove { id } => registry::remove_token(transaction, id).await,
        Change::Export(export) => exports::keep(transaction, export).await,
        Change::Case(case) => cases::keep(transaction, case).await,
        Change::Office(record) => office_records::keep(transaction, record).await,
        Change::OfficeRemove { kind, id } => office_records::remove(transaction, kind, id).await,
        Change::Hold(hold) => holds::keep(transaction, hold).await,
        Change::AuditArchived { anchor, upto } => audit::archived(transaction, *anchor, *upto).await,
        Change::FailuresClear(key) => users::clear_failures(transaction, key).await,
    }
}
