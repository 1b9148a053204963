//! The one thread that writes.
//!
//! It takes whatever has gathered while it was writing, keeps it in one transaction with one sync of the disk, and
//! then releases every answer. So one delivery alone is written at once, and the more come, the more share a sync.

use super::checkpoints::Checkpoints;
use super::queue::{About, Noted, Queue, Turn, Upkeep, Waiting};
use super::{commit, moved, refusals};
use crate::contract::Surplus;
use crate::{Committed, NewDelivery, QueueDepth, Result, StoreError};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How long refusals may be put off while deliveries keep the writer busy.
const REFUSALS_PUT_OFF_MAX: Duration = Duration::from_secs(1);

/// How long upkeep may be put off while the disk catches up: a reader that looks at one moment for long, such as a backup,
/// keeps it from that.
const UPKEEP_PUT_OFF_MAX: Duration = Duration::from_secs(10);

/// How long the writer waits before it asks again for a lock that another process holds.
const LOCK_LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// The writer's name among the parts that are watched.
const WRITER: &str = "store-writer";

/// The writer, as the rest of the engine sees it.
pub(super) struct Committer {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the writer needs to know.
pub(super) struct Settings {
    pub(super) queue_max: usize,
    pub(super) batch_max: usize,
    pub(super) lock_timeout: Duration,
}

impl Committer {
    /// `checkpoints` are those of the same database.
    pub(super) fn start(
        connection: Connection,
        checkpoints: Checkpoints,
        settings: Settings,
    ) -> Result<Self> {
        let queue = Arc::new(Queue::new(settings.queue_max));
        let surplus = Mutex::default();
        let writer = Writer { connection, checkpoints, queue: Arc::clone(&queue), settings, surplus };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || bowei_watch::thread(WRITER, || writer.run()))
            .map_err(|error| StoreError::Unavailable(format!("no thread for the writer: {error}")))?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    pub(super) async fn commit(&self, delivery: NewDelivery) -> Result<Committed> {
        self.queue.deliver(delivery)?.await.map_err(|_| stopped())?
    }

    pub(super) fn note_refusal(&self, refused: Noted) {
        self.queue.refuse(refused);
    }

    /// What waits.
    pub(super) fn queues(&self) -> Vec<QueueDepth> {
        self.queue.depths()
    }

    pub(super) async fn flush(&self) -> Result<()> {
        self.queue.flush()?.await.map_err(|_| stopped())
    }

    /// Has the writer do something in a transaction of its own.
    pub(super) async fn execute<T: Send + 'static>(
        &self,
        about: About,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        lock_timeout: Duration,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.queue.execute(
            about,
            Box::new(move |connection| {
                let result = in_transaction(connection, lock_timeout, work);
                // Whoever does not wait any more has lost interest in the answer, not in the change.
                let _ = answer.send(result);
            }),
        )?;
        answered.await.map_err(|_| stopped())?
    }

    /// Takes nothing more in, writes what waits, and stops.
    pub(super) fn close(&self) {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic in it has been reported where it was caught.
            let _ = thread.join();
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the store's writer has stopped: start Bowei anew".to_owned())
}

struct Writer {
    connection: Connection,
    checkpoints: Checkpoints,
    queue: Arc<Queue>,
    settings: Settings,
    /// What the inspector's rings have got beyond their bounds. Nobody else takes the lock.
    surplus: Mutex<Surplus>,
}

impl Writer {
    fn run(&self) {
        let (mut refusals_written, mut behind_since) = (Instant::now(), None::<Instant>);
        loop {
            let is_put_off = behind_since.is_some_and(|since| since.elapsed() < UPKEEP_PUT_OFF_MAX);
            let upkeep = if is_put_off { Upkeep::HeldBack } else { Upkeep::Admitted };
            let refusals_due = refusals_written.elapsed() >= REFUSALS_PUT_OFF_MAX;
            let Some(turn) = self.queue.take(self.settings.batch_max, refusals_due, upkeep) else { break };
            let Turn { deliveries, orders, refusals, _answered } = turn;
            bowei_watch::injection_point(WRITER);
            self.deliveries(deliveries);
            for order in orders {
                order(&self.connection);
            }
            if !refusals.is_empty() {
                self.refusals(&refusals);
                refusals_written = Instant::now();
            }
            let is_behind = self.checkpoints.look(&self.connection);
            behind_since = is_behind.then(|| behind_since.unwrap_or_else(Instant::now));
        }
        self.checkpoints.finish(&self.connection);
    }

    fn deliveries(&self, waiting: Vec<Waiting>) {
        if waiting.is_empty() {
            return;
        }
        let began = Instant::now();
        let (deliveries, answers): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|waiting| (waiting.delivery, waiting.answer)).unzip();
        let results = self.batch(&deliveries);
        metrics::histogram!("bowei_store_batch_deliveries").record(deliveries.len() as f64);
        metrics::histogram!("bowei_store_commit_seconds").record(began.elapsed().as_secs_f64());
        for (answer, result) in answers.into_iter().zip(results) {
            // Whoever does not wait any more will say it again, which is harmless.
            let _ = answer.send(result);
        }
    }

    /// Keeps a batch; a result for each delivery, in their order.
    fn batch(&self, deliveries: &[NewDelivery]) -> Vec<Result<Committed>> {
        let timeout = self.settings.lock_timeout;
        let kept =
            in_transaction(&self.connection, timeout, |connection| commit::keep(connection, deliveries));
        let why = match kept {
            Ok(committed) => return committed.into_iter().map(Ok).collect(),
            Err(why) => why,
        };
        if deliveries.len() > 1 && !matches!(why, StoreError::Unavailable(_)) {
            tracing::warn!(%why, deliveries = deliveries.len(), "a delivery cannot be kept; trying each by itself");
            match in_transaction(&self.connection, timeout, |connection| each(connection, deliveries)) {
                Ok(results) => return results,
                Err(why) => return refuse_all(deliveries, &why),
            }
        }
        refuse_all(deliveries, &why)
    }

    fn refusals(&self, refused: &[Noted]) {
        let timeout = self.settings.lock_timeout;
        let mut surplus = self.surplus.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = in_transaction(&self.connection, timeout, |connection| {
            refusals::keep(connection, refused, &mut surplus)
        });
        if let Err(error) = kept {
            metrics::counter!("bowei_refusals_dropped_total").increment(refused.len() as u64);
            tracing::warn!(%error, count = refused.len(), "refused messages could not be noted");
        }
    }
}

/// Keeps each delivery by itself, all with one sync: one that cannot be kept leaves no trace and sinks no other.
fn each(connection: &Connection, deliveries: &[NewDelivery]) -> Result<Vec<Result<Committed>>> {
    let mut results = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        connection.execute_batch("SAVEPOINT delivery")?;
        let alone = std::slice::from_ref(delivery);
        let kept = unpanicked(|| commit::keep(connection, alone));
        match kept {
            Ok(committed) => {
                connection.execute_batch("RELEASE delivery")?;
                results.extend(committed.into_iter().map(Ok));
            }
            // The engine itself is in trouble, and so are all.
            Err(why @ StoreError::Unavailable(_)) => return Err(why),
            Err(why) => {
                connection.execute_batch("ROLLBACK TO delivery; RELEASE delivery")?;
                tracing::error!(%why, "a delivery cannot be kept");
                results.push(Err(why));
            }
        }
    }
    Ok(results)
}

fn refuse_all(deliveries: &[NewDelivery], why: &StoreError) -> Vec<Result<Committed>> {
    metrics::counter!("bowei_store_failed_deliveries_total").increment(deliveries.len() as u64);
    tracing::error!(%why, deliveries = deliveries.len(), "nothing could be kept");
    deliveries.iter().map(|_| Err(why.clone())).collect()
}

/// Does `work` in a transaction that has the right to write from its beginning. Unless all of it succeeds nothing
/// is kept.
pub(super) fn in_transaction<T>(
    connection: &Connection,
    lock_timeout: Duration,
    work: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    let transaction = begin(connection, lock_timeout)?;
    // It may have moved since the last one.
    moved::refuse(&transaction)?;
    // Should the work fail, dropping the transaction rolls it back.
    let done = unpanicked(|| work(&transaction))?;
    transaction.commit()?;
    Ok(done)
}

/// Begins a transaction that has the right to write.
fn begin(connection: &Connection, lock_timeout: Duration) -> Result<Transaction<'_>> {
    retry_while_busy(lock_timeout, || Transaction::new_unchecked(connection, TransactionBehavior::Immediate))
}

/// Asks for a lock every millisecond while another process holds it: a writer under load leaves it free for no longer,
/// and the engine's own waiting looks far too seldom to find it so.
pub(super) fn retry_while_busy<T>(
    lock_timeout: Duration,
    mut ask: impl FnMut() -> rusqlite::Result<T>,
) -> Result<T> {
    let began = Instant::now();
    loop {
        match ask() {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && began.elapsed() < lock_timeout =>
            {
                std::thread::sleep(LOCK_LOOK_INTERVAL);
            }
            other => return Ok(other?),
        }
    }
}

/// A fault of ours in the work on one message must not stop the writer.
fn unpanicked<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        bowei_watch::report("store-writer-delivery", &*panic);
        Err(StoreError::Unreadable(format!(
            "keeping it failed by a fault of Bowei's, please report it: {}",
            bowei_watch::words(&*panic)
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::connection;
    use crate::{NewStatement, StoreError};
    use bowei_model::{Report, SpaceCount, Statement};
    use jiff::Timestamp;

    fn delivery(number: i64) -> NewDelivery {
        let statement = Statement {
            standard: "huzhou".repeat(100),
            provider: "p".into(),
            sent_at: Timestamp::UNIX_EPOCH,
            received_at: Timestamp::UNIX_EPOCH,
            report: Report::SpaceCount(SpaceCount::new("L1".into(), Timestamp::UNIX_EPOCH, number)),
            doubts: vec![],
        };
        let statements = [NewStatement { statement, unnamed_fields: None }].into();
        NewDelivery { message_sha256: [0; 32], statements, condition: None }
    }

    #[tokio::test]
    async fn a_full_disk_fails_what_does_not_fit_and_nothing_after_there_is_room() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bowei.db");
        let connection = connection::writer(&path).unwrap();
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        // As full as a disk is on which the file cannot grow.
        connection.execute_batch(&format!("PRAGMA max_page_count = {}", pages + 4)).unwrap();
        let settings = Settings { queue_max: 100, batch_max: 10, lock_timeout: Duration::from_secs(1) };
        let checkpoints = Checkpoints::start(&path, &connection).unwrap();
        let committer = Committer::start(connection, checkpoints, settings).unwrap();
        let mut kept = 0;
        let full = loop {
            match committer.commit(delivery(kept)).await {
                Ok(_) => kept += 1,
                Err(why) => break why,
            }
        };
        assert!(kept > 0);
        let StoreError::Unavailable(words) = &full else { panic!("{full:?}") };
        assert!(words.contains("free some space"), "{words}");
        let room = |connection: &Connection| {
            connection.query_row("PRAGMA max_page_count = 100000", [], |_| Ok(()))?;
            Ok(())
        };
        committer.execute(About::Upkeep, room, Duration::from_secs(1)).await.unwrap();
        committer.commit(delivery(kept)).await.unwrap();
        committer.close();
        let raw = Connection::open(path).unwrap();
        let rows: i64 = raw.query_row("SELECT count(*) FROM ledger", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, kept + 1, "what was refused left no trace");
    }

    #[test]
    fn a_fault_of_ours_is_an_answer_and_no_end() {
        let failed: Result<()> = unpanicked(|| panic!("on a delivery"));
        assert!(matches!(failed, Err(StoreError::Unreadable(_))));
    }
}
