//! The decryption pool: RSA on its own threads, admitted by the number of blocks.
//!
//! A block costs about a quarter of a millisecond, a record one block or two, a photo some thousands. Two lanes
//! with threads of their own keep photos from holding records up; a bound on the blocks that wait in each keeps
//! the wait short: past it a message is put off at once and not after a time-out. Nothing here runs on the threads
//! that serve connections.

use crate::config::LimitsConfig;
use bowei_standards::platform_side::Lane;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};

/// Logins that may wait for their slow hash, in RSA blocks: half a second's work of its one thread. Whoever tries
/// passwords by the thousand waits with his like, and nobody else does.
const LOGIN_BLOCKS_MAX: usize = 2_000;

/// The two lanes, and one beside them for passwords.
pub struct Decryption {
    records: LanePool,
    photos: LanePool,
    passwords: LanePool,
}

/// The threads of the pool could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the decryption threads cannot be started: {0}")]
pub struct PoolError(#[from] ThreadPoolBuildError);

/// More blocks wait than may wait.
#[derive(Debug, thiserror::Error)]
#[error("{waiting} of at most {max} RSA blocks wait already, {asked} more do not fit")]
pub struct Full {
    waiting: usize,
    max: usize,
    asked: usize,
}

struct LanePool {
    threads: ThreadPool,
    blocks: Arc<Semaphore>,
    blocks_max: usize,
    name: &'static str,
}

impl Decryption {
    /// Starts the threads: as many as the machine has cores for records, half as many for photos.
    pub fn new(limits: &LimitsConfig) -> Result<Self, PoolError> {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Ok(Self {
            records: LanePool::new("records", cores, limits.record_blocks_max)?,
            photos: LanePool::new("photos", cores.div_ceil(2), limits.photo_blocks_max)?,
            passwords: LanePool::new("passwords", 1, LOGIN_BLOCKS_MAX)?,
        })
    }

    /// Runs `work`, which costs `blocks` RSA blocks, on the lane's threads.
    pub async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        blocks: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Full> {
        match lane {
            Lane::Records => self.records.run(blocks, work).await,
            Lane::Photos => self.photos.run(blocks, work).await,
        }
    }

    /// Runs `work`, which costs as much as so many RSA blocks, on the threads for passwords.
    pub async fn check<T: Send + 'static>(
        &self,
        blocks: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Full> {
        self.passwords.run(blocks, work).await
    }
}

impl LanePool {
    fn new(name: &'static str, threads: usize, blocks_max: usize) -> Result<Self, PoolError> {
        let threads = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |i| format!("decrypt-{name}-{i}"))
            // Without one, a panic in a job takes the process along.
            .panic_handler(move |panic| bowei_watch::report("decryption", &*panic))
            .build()?;
        let blocks_max = blocks_max.min(Semaphore::MAX_PERMITS);
        Ok(Self { threads, blocks: Arc::new(Semaphore::new(blocks_max)), blocks_max, name })
    }

    async fn run<T: Send + 'static>(
        &self,
        blocks: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Full> {
        let full = || Full {
            waiting: self.blocks_max - self.blocks.available_permits(),
            max: self.blocks_max,
            asked: blocks,
        };
        let asked = u32::try_from(blocks).map_err(|_| full())?;
        let permit = Arc::clone(&self.blocks).try_acquire_many_owned(asked).map_err(|_| full())?;
        let (done, answer) = oneshot::channel();
        let name = self.name;
        self.threads.spawn(move || {
            // Whoever asked may have given up waiting: then the work is not worth doing.
            if !done.is_closed() {
                let _ = done.send(work());
                metrics::counter!("bowei_rsa_blocks_total", "lane" => name).increment(blocks as u64);
            }
            drop(permit);
        });
        // The sender is dropped unanswered only if the work panicked: nothing of it can be kept.
        answer.await.map_err(|_| full())
    }
}
