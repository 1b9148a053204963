//! The decryption pool: RSA on its own threads, where accounts take turns counted in blocks.
//!
//! A block costs about a quarter of a millisecond, a record one block or two, a photo some thousands. Two lanes
//! with threads of their own keep photos from holding records up; in each, an account's messages are opened some blocks
//! at a time, so that the next one's turn comes soon whatever the account sends. A bound on the blocks that wait keeps
//! the wait short: past it a message is put off at once and not after a time-out. Nothing here runs on the threads
//! that serve connections.

use super::fair_queue::{Bounds, FairQueue, Job, Piece};
use crate::config::LimitsConfig;
use bowei_standards::platform_side::Lane;
use bowei_store::QueueDepth;
use parking_lot::Mutex;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::oneshot;

pub(super) use super::fair_queue::Full;

/// Blocks of a turn: 16 milliseconds' work, in which an account that floods holds the others up. A longer one would hold
/// them up for longer, a shorter one has more hand-overs than work.
const TURN_BLOCKS: usize = 64;

/// Of the blocks that may wait in a lane, one account's: the largest photo is a third of all.
const SHARE_OF_ONE: usize = 2;

/// The part of all that an account may have waiting whatever others have: some dozens of records.
const GUARANTEED_PART: usize = 64;

/// Logins that may wait for their slow hash, in RSA blocks: as many as a provider's five hundred lots make when all of
/// them are started again, and as many of three others. They are cheap once the first of an account has proved right.
const LOGIN_BLOCKS_MAX: usize = 200_000;

/// A slow hash: a turn at the passwords' thread.
const LOGIN_TURN_BLOCKS: usize = bowei_encoding::password::COST;

/// Who takes turns: an account by its standard and name, all that nobody knows together.
pub(super) type Speaker = Option<(&'static str, String)>;

/// The two lanes, and one beside them for passwords.
pub(super) struct Decryption {
    records: LanePool,
    photos: LanePool,
    passwords: LanePool,
}

/// The threads of the pool could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the decryption threads cannot be started: {0}")]
pub struct PoolError(#[from] ThreadPoolBuildError);

/// Does so many blocks of a message's work; whether any are left.
type Work = Box<dyn FnMut(usize) -> bool + Send>;

type Jobs = Arc<Mutex<FairQueue<Speaker, Work>>>;

struct LanePool {
    threads: Arc<ThreadPool>,
    jobs: Jobs,
    name: &'static str,
}

impl Decryption {
    /// Starts the threads: as many as the machine has cores for records, half as many for photos.
    pub(super) fn new(limits: &LimitsConfig) -> Result<Self, PoolError> {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let bounds = |blocks_max: usize, turn| Bounds {
            blocks_max,
            of_one_max: blocks_max / SHARE_OF_ONE,
            guaranteed: blocks_max / GUARANTEED_PART,
            turn,
        };
        let records = bounds(limits.record_blocks_max, TURN_BLOCKS);
        let photos = bounds(limits.photo_blocks_max, TURN_BLOCKS);
        Ok(Self {
            records: LanePool::new("records", cores, records)?,
            photos: LanePool::new("photos", cores.div_ceil(2), photos)?,
            passwords: LanePool::new("passwords", 1, bounds(LOGIN_BLOCKS_MAX, LOGIN_TURN_BLOCKS))?,
        })
    }

    /// What waits in each lane, in RSA blocks.
    pub(super) fn queues(&self) -> [QueueDepth; 3] {
        let lanes = [("rsa", &self.records), ("photos", &self.photos), ("logins", &self.passwords)];
        lanes.map(|(name, lane)| {
            let (waiting, max) = lane.jobs.lock().depth();
            QueueDepth { name, waiting, max }
        })
    }

    /// Runs `work`, which costs `blocks` RSA blocks, on the lane's threads when it is the speaker's turn: called with how
    /// many blocks it may do now, again and again until it gives something.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        speaker: Speaker,
        blocks: usize,
        work: impl FnMut(usize) -> Option<T> + Send + 'static,
    ) -> Result<T, Full> {
        match lane {
            Lane::Records => self.records.run(speaker, blocks, work).await,
            Lane::Photos => self.photos.run(speaker, blocks, work).await,
        }
    }

    /// Runs `work`, which costs as much as so many RSA blocks, on the thread for passwords.
    pub(super) async fn check<T: Send + 'static>(
        &self,
        speaker: Speaker,
        blocks: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Full> {
        let mut work = Some(work);
        self.passwords.run(speaker, blocks, move |_| work.take().map(|work| work())).await
    }
}

impl LanePool {
    fn new(name: &'static str, threads: usize, bounds: Bounds) -> Result<Self, PoolError> {
        let threads = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |i| format!("decrypt-{name}-{i}"))
            // Without one, a panic in a job takes the process along.
            .panic_handler(move |panic| bowei_watch::report("decryption", &*panic))
            .build()?;
        let jobs = Arc::new(Mutex::new(FairQueue::new(bounds)));
        Ok(Self { threads: Arc::new(threads), jobs, name })
    }

    async fn run<T: Send + 'static>(
        &self,
        speaker: Speaker,
        blocks: usize,
        mut work: impl FnMut(usize) -> Option<T> + Send + 'static,
    ) -> Result<T, Full> {
        let (done, answer) = oneshot::channel();
        let mut done = Some(done);
        let job = move |blocks| {
            // Whoever asked may have given up waiting: then the work is not worth doing.
            let Some(asking) = done.take().filter(|done| !done.is_closed()) else { return false };
            match work(blocks) {
                Some(worked) => {
                    let _ = asking.send(worked);
                    false
                }
                None => {
                    done = Some(asking);
                    true
                }
            }
        };
        self.jobs.lock().push(speaker, blocks, Box::new(job))?;
        spawn(&self.threads, &self.jobs, self.name);
        // The sender is dropped unanswered only if the work panicked: nothing of it can be kept.
        answer.await.map_err(|_| Full::panicked(blocks))
    }
}

/// Has the threads do one more piece of whatever work's turn it is: there is one of these for every job that waits.
fn spawn(threads: &Arc<ThreadPool>, jobs: &Jobs, name: &'static str) {
    let (threads, jobs) = (Arc::downgrade(threads), Arc::clone(jobs));
    let Some(pool) = threads.upgrade() else { return };
    pool.spawn(move || {
        let Some(Piece { account, job, blocks }) = jobs.lock().take() else { return };
        let mut running = Running { jobs: &jobs, account, job: Some(job) };
        let Some(more) = running.job.as_mut().map(|job| (job.work)(blocks)) else { return };
        metrics::counter!("bowei_rsa_blocks_total", "lane" => name).increment(blocks as u64);
        if let Some(job) = running.job.take_if(|_| more) {
            jobs.lock().put_back(running.account.clone(), job, blocks);
            if let Some(threads) = threads.upgrade() {
                spawn(&threads, &jobs, name);
            }
        }
    });
}

/// A job at work; dropped with the job in it, even by a panic, it counts as done.
struct Running<'a> {
    jobs: &'a Jobs,
    account: Speaker,
    job: Option<Job<Work>>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            self.jobs.lock().done(&self.account, job.blocks());
        }
    }
}
