//! Each account's share of what costs the platform: requests, and the work that they make. Counted after a message has
//! proved authentic, so that nobody can use up another's share. What is not authentic has one share for all.

use crate::clock::Clock;
use crate::config::LimitsConfig;
use crate::elapsed::Elapsed;
use bowei_model::ProviderCode;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

/// Bytes of a body whose reading and digesting count as much as an RSA block.
const BYTES_PER_BLOCK: usize = 16 * 1024;

/// How many seconds' share of work may be asked for at once: the largest photo several times over.
const WORK_BURST_S: u32 = 16;

/// How often the work of a message counts that does not open. Nothing but a wrong key makes such messages, and whoever has
/// one is told so by the first of them: the others are work for nothing.
const UNOPENED_COUNTS: usize = 8;

/// An account, by its standard and name.
pub(super) type Key = (&'static str, String);

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Elapsed, NoOpMiddleware<Nanos>>;

/// The shares of all accounts. Its size is bounded by the number of accounts.
pub(super) struct Allowance {
    requests: DefaultKeyedRateLimiter<Key>,
    early_pictures: Limiter<Key>,
    work: Limiter<Key>,
    work_burst: NonZeroU32,
    clock: Elapsed,
}

impl Allowance {
    pub(super) fn new(limits: &LimitsConfig, clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_second(at_least_one(limits.account_requests_per_second))
            .allow_burst(at_least_one(limits.account_burst));
        let blocks = at_least_one(limits.account_blocks_per_second);
        let burst = blocks.saturating_mul(at_least_one(WORK_BURST_S));
        let clock = Elapsed::new(clock);
        let work = RateLimiter::new(
            Quota::per_second(blocks).allow_burst(burst),
            DashMapStateStore::default(),
            clock.clone(),
        );
        let early = Quota::per_hour(EARLY_PICTURES_MAX);
        let early_pictures = RateLimiter::new(early, DashMapStateStore::default(), clock.clone());
        Self { requests: RateLimiter::keyed(quota), early_pictures, work, work_burst: burst, clock }
    }

    /// Takes one request of the account's share, and the work that it makes: RSA blocks, and bytes to be read. Or says in
    /// how many seconds there will be so much.
    pub(super) fn take(&self, account: &Key, blocks: usize, bytes: usize) -> Result<(), u32> {
        self.requests
            .check_key(account)
            .map_err(|not_until| seconds(not_until.wait_time_from(DefaultClock::default().now())))?;
        // More than the whole share is never there: when all of it is there, it is enough.
        let work = cells(blocks.saturating_add(bytes / BYTES_PER_BLOCK)).min(self.work_burst);
        match self.work.check_key_n(account, work) {
            Ok(Err(not_until)) => Err(seconds(not_until.wait_time_from(self.clock.now()))),
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }

    /// Takes one picture of a lot that is still to describe itself, likewise.
    pub(super) fn take_early_picture(&self, account: &Key) -> Result<(), u32> {
        let taken = self.early_pictures.check_key(account);
        taken.map_err(|not_until| seconds(not_until.wait_time_from(self.clock.now())))
    }

    /// Counts the work of a message once more that turned out not to open.
    pub(super) fn unopened(&self, account: &Key, blocks: usize) {
        let cells = cells(blocks.saturating_mul(UNOPENED_COUNTS - 1)).get();
        let (mut left, mut next) = (cells, cells);
        // So much, or all that there is of it.
        while let Some(some) = NonZeroU32::new(next.min(left)) {
            if matches!(self.work.check_key_n(account, some), Ok(Ok(()))) {
                left -= some.get();
            } else {
                next = some.get() / 2;
            }
        }
    }
}

/// Pictures that an account may send of lots that nobody knows yet, at once and then by the hour: a dozen of each of
/// twenty new lots. Whoever invents lots fills no disk with them.
const EARLY_PICTURES_MAX: NonZeroU32 = NonZeroU32::new(240).unwrap();

/// What is noted of messages that nothing proves to be from anybody, in KiB a second: of each account that they name, and of
/// all. An engineer tries once a second at most; a flood of them is noted for what it is, and fills no disk.
const CLAIMED_KIB_PER_S: NonZeroU32 = NonZeroU32::new(8).unwrap();
const CLAIMED_KIB_BURST: NonZeroU32 = NonZeroU32::new(256).unwrap();
const ALL_CLAIMED_KIB_PER_S: NonZeroU32 = NonZeroU32::new(64).unwrap();
const ALL_CLAIMED_KIB_BURST: NonZeroU32 = NonZeroU32::new(2_048).unwrap();

/// The share of notes that messages of nobody proved have.
pub(super) struct ClaimedNotes {
    of_each: Limiter<Option<ProviderCode>>,
    of_all: RateLimiter<NotKeyed, InMemoryState, Elapsed, NoOpMiddleware<Nanos>>,
}

impl ClaimedNotes {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let clock = Elapsed::new(clock);
        let each = Quota::per_second(CLAIMED_KIB_PER_S).allow_burst(CLAIMED_KIB_BURST);
        let all = Quota::per_second(ALL_CLAIMED_KIB_PER_S).allow_burst(ALL_CLAIMED_KIB_BURST);
        Self {
            of_each: RateLimiter::new(each, DashMapStateStore::default(), clock.clone()),
            of_all: RateLimiter::new(all, InMemoryState::default(), clock),
        }
    }

    /// Whether one of so many bytes may be noted that names the provider. A small one counts as one of a KiB.
    pub(super) fn take(&self, provider: &Option<ProviderCode>, bytes: usize) -> bool {
        let kib = cells(bytes.div_ceil(1024));
        matches!(self.of_each.check_key_n(provider, kib), Ok(Ok(())))
            && matches!(self.of_all.check_n(kib), Ok(Ok(())))
    }
}

fn cells(units: usize) -> NonZeroU32 {
    at_least_one(u32::try_from(units).unwrap_or(u32::MAX))
}

fn at_least_one(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)
}

fn seconds(wait: std::time::Duration) -> u32 {
    u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1)
}
