//! The writers.
//!
//! Each takes whatever has gathered while it was writing, keeps it in one transaction with one sync of the server's
//! log, and then releases every answer. A delivery goes to the writer of its lot, so that one lot's deliveries are
//! kept in their order and two writers seldom want the same lot. Other nodes have writers of their own: what keeps them
//! from each other is that a batch first locks the lots it is about, in their order.
//!
//! A writer is a thread with a runtime of its own: working out what a batch changes takes milliseconds of processor,
//! which must not hold up the threads that serve connections.

use super::connection::{Address, For, PooledClient};
use super::queue::{Handed, Queue, Waiting, parted};
use super::{commit, readers};
use crate::{Committed, NewDelivery, QueueDepth, Result, StoreError};
use deadpool_postgres::Pool;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// How often a batch is done again that met another writer's.
const TRIES_MAX: u32 = 8;

/// How long before the first of these tries; the next waits twice as long, and so on.
const BEFORE_NEXT_TRY: Duration = Duration::from_millis(5);

/// However long a batch has waited before, it gets this much time.
const TIMEOUT_MIN: Duration = Duration::from_secs(1);

/// How long closing waits for what is still being written: a stop may take ten seconds in all, and most of them have
/// gone by then.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(1);

/// How often closing looks whether a writer is done.
const CLOSING_LOOK_INTERVAL: Duration = Duration::from_millis(2);

/// A writer's name among the parts that are watched.
const WRITER: &str = "store-writer";

/// The writers of a node, as the rest of the engine sees them.
pub(super) struct Committers {
    queues: Vec<Queue<Waiting>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What a writer needs to know.
#[derive(Clone, Copy)]
pub(super) struct Settings {
    pub(super) writers: usize,
    pub(super) queue_max: usize,
    pub(super) batch_max: usize,
    pub(super) timeout: Duration,
}

impl Committers {
    pub(super) fn start(address: &Address, settings: Settings) -> Result<Self> {
        let (mut queues, mut threads) = (Vec::new(), Vec::new());
        let writers = settings.writers.max(1);
        for number in 0..writers {
            let (queue, taken) = Queue::new((settings.queue_max / writers).max(1));
            let pool = address.pool(For::Batches, 1, settings.timeout)?;
            // Which rows of the tallies this writer adds to: any will do, and few writers share one.
            let mut random = [0u8; 1];
            aws_lc_rs::rand::fill(&mut random)
                .map_err(|_| StoreError::Unavailable("the machine's random generator failed".to_owned()))?;
            let [tally_row] = random;
            let mut writer = Writer {
                pool,
                settings,
                scene: commit::WriterState { tally_row: i16::from(tally_row), lots: HashSet::new() },
            };
            let mut taken = taken;
            // It outlasts a panic: what drives the connections must not go from under them.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| StoreError::Unavailable(format!("no runtime for a writer: {error}")))?;
            let thread = std::thread::Builder::new()
                .name(format!("store-writer-{number}"))
                .spawn(move || {
                    bowei_watch::thread(WRITER, || runtime.block_on(writer.write(&mut taken)));
                })
                .map_err(|error| StoreError::Unavailable(format!("no thread for a writer: {error}")))?;
            queues.push(queue);
            threads.push(thread);
        }
        Ok(Self { queues, threads: Mutex::new(threads) })
    }

    pub(super) async fn commit(&self, delivery: NewDelivery) -> Result<Committed> {
        let (answer, answered) = oneshot::channel();
        let queue = self.queue_of(&delivery).ok_or_else(stopped)?;
        let waiting = Waiting { delivery, since: Instant::now(), answer };
        queue.hand_over(waiting).inspect_err(|error| {
            if matches!(error, StoreError::Overloaded { .. }) {
                metrics::counter!("bowei_store_overloaded_total").increment(1);
            }
        })?;
        answered.await.map_err(|_| stopped())?
    }

    /// What waits for all writers.
    pub(super) fn queued(&self) -> QueueDepth {
        let name = "commit";
        let depths = self.queues.iter().map(|queue| queue.depth(name));
        let (waiting, max) =
            depths.fold((0, 0), |(waiting, max), one| (waiting + one.waiting, max + one.max));
        QueueDepth { name, waiting, max }
    }

    pub(super) async fn flush(&self) -> Result<()> {
        for queue in &self.queues {
            queue.flush().await?;
        }
        Ok(())
    }

    /// Takes nothing more in, writes what waits, and stops; a writer whose database is away is not waited for.
    pub(super) fn close(&self) {
        for queue in &self.queues {
            queue.close();
        }
        wait_for(std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner)));
    }

    /// The queue of a delivery's first lot or, where it names none, of who speaks.
    fn queue_of(&self, delivery: &NewDelivery) -> Option<&Queue<Waiting>> {
        let mut hasher = DefaultHasher::new();
        let mut statements = delivery.statements.iter().map(|reported| &reported.statement);
        match statements.clone().find_map(|statement| statement.report.lot()) {
            Some(lot) => lot.hash(&mut hasher),
            None => statements.next().map(|statement| &statement.provider).hash(&mut hasher),
        }
        let number = hasher.finish() % u64::try_from(self.queues.len()).unwrap_or(1).max(1);
        self.queues.get(usize::try_from(number).unwrap_or_default())
    }
}

/// Waits for writers whose queues are closed, for no longer than [`CLOSING_TIMEOUT`].
pub(super) fn wait_for(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    let began = Instant::now();
    for thread in threads {
        while !thread.is_finished() && began.elapsed() < CLOSING_TIMEOUT {
            std::thread::sleep(CLOSING_LOOK_INTERVAL);
        }
        if !thread.is_finished() {
            tracing::warn!(
                "a writer is left behind that still waits for the database; nothing acknowledged is lost"
            );
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the store's writer has stopped: start Bowei anew".to_owned())
}

struct Writer {
    pool: Pool,
    settings: Settings,
    scene: commit::WriterState,
}

impl Writer {
    async fn write(&mut self, handed: &mut mpsc::Receiver<Handed<Waiting>>) {
        // After a panic it is not known which of them were made.
        self.scene.lots.clear();
        let mut taken = Vec::new();
        while handed.recv_many(&mut taken, self.settings.batch_max).await > 0 {
            bowei_watch::injection_point(WRITER);
            let (mut waiting, flushes) = parted(std::mem::take(&mut taken));
            // Nobody waits any more for what has waited for too long: they will say it again.
            waiting.retain(|waiting| !waiting.answer.is_closed());
            self.deliveries(waiting).await;
            for done in flushes {
                let _ = done.send(());
            }
        }
        self.pool.close();
    }

    async fn deliveries(&mut self, waiting: Vec<Waiting>) {
        let Some(oldest) = waiting.iter().map(|waiting| waiting.since).min() else { return };
        let began = Instant::now();
        let deadline = (oldest + self.settings.timeout).max(began + TIMEOUT_MIN);
        let (deliveries, answers): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|waiting| (waiting.delivery, waiting.answer)).unzip();
        let results = self.keep(&deliveries, deadline).await;
        metrics::histogram!("bowei_store_batch_deliveries").record(deliveries.len() as f64);
        metrics::histogram!("bowei_store_commit_seconds").record(began.elapsed().as_secs_f64());
        for (answer, result) in answers.into_iter().zip(results) {
            // Whoever does not wait any more will say it again, which is harmless.
            let _ = answer.send(result);
        }
    }

    /// Keeps a batch; a result for each delivery, in their order. Where one cannot be kept, each half is tried by
    /// itself, until the one stands alone.
    async fn keep(&mut self, deliveries: &[NewDelivery], deadline: Instant) -> Vec<Result<Committed>> {
        let why = match self.retry_while_busy(deliveries, deadline).await {
            Ok(committed) => return committed.into_iter().map(Ok).collect(),
            Err(why) => why,
        };
        if deliveries.len() > 1 && matches!(why, StoreError::Conflict(_) | StoreError::Unreadable(_)) {
            tracing::warn!(%why, deliveries = deliveries.len(), "a delivery cannot be kept; trying each half by itself");
            let (first, second) = deliveries.split_at(deliveries.len() / 2);
            let mut results = Box::pin(self.keep(first, deadline)).await;
            results.extend(Box::pin(self.keep(second, deadline)).await);
            return results;
        }
        metrics::counter!("bowei_store_failed_deliveries_total").increment(deliveries.len() as u64);
        tracing::error!(%why, deliveries = deliveries.len(), "nothing could be kept");
        deliveries.iter().map(|_| Err(why.clone())).collect()
    }

    /// Tries again what met another writer's, and once more what met a broken connection: doing it again is harmless
    /// even where the first try was kept after all, for then everything in it is known.
    async fn retry_while_busy(
        &mut self,
        deliveries: &[NewDelivery],
        deadline: Instant,
    ) -> Result<Vec<Committed>> {
        let mut broken = false;
        for tries in 0..TRIES_MAX {
            let timeout = deadline.saturating_duration_since(Instant::now());
            let why = match readers::within(timeout, self.once(deliveries)).await {
                Err(why @ StoreError::Contended(_)) => {
                    metrics::counter!("bowei_store_contended_total").increment(1);
                    why
                }
                Err(why @ StoreError::Unavailable(_)) if !broken => {
                    broken = true;
                    why
                }
                done => return done,
            };
            tracing::debug!(%why, "a batch is tried again");
            tokio::time::sleep(BEFORE_NEXT_TRY * 2u32.pow(tries)).await;
            if Instant::now() >= deadline {
                return Err(why);
            }
        }
        Err(StoreError::Unavailable("other writers were always faster".to_owned()))
    }

    async fn once(&mut self, deliveries: &[NewDelivery]) -> Result<Vec<Committed>> {
        let session = PooledClient::from(&self.pool).await?;
        let committed = commit::keep(session.client()?, &mut self.scene, deliveries).await?;
        session.done();
        Ok(committed)
    }
}
