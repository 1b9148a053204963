//! Each account's share: so many requests a second on average, and a burst on top. Counted after a message has
//! proved authentic, so that nobody can use up another's share.

use crate::config::LimitsConfig;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;

/// Pictures that an account may send of lots that nobody knows yet, at once and then by the hour: a dozen of each of
/// twenty new lots. Whoever invents lots fills no disk with them.
const EARLY_PICTURES_MAX: NonZeroU32 = NonZeroU32::new(240).unwrap();

/// An account, by its standard and name.
type Key = (&'static str, String);

/// The shares of all accounts. Its size is bounded by the number of accounts.
pub(super) struct Allowance {
    requests: DefaultKeyedRateLimiter<Key>,
    early_pictures: DefaultKeyedRateLimiter<Key>,
}

impl Allowance {
    pub(super) fn new(limits: &LimitsConfig) -> Self {
        let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(limits.account_requests_per_second))
            .allow_burst(at_least_one(limits.account_burst));
        let early_pictures = RateLimiter::keyed(Quota::per_hour(EARLY_PICTURES_MAX));
        Self { requests: RateLimiter::keyed(quota), early_pictures }
    }

    /// Takes one request of the account's share, or says in how many seconds there will be one.
    pub(super) fn take(&self, standard: &'static str, account: &str) -> Result<(), u32> {
        take(&self.requests, standard, account)
    }

    /// Takes one picture of a lot that is still to describe itself, likewise.
    pub(super) fn take_early_picture(&self, standard: &'static str, account: &str) -> Result<(), u32> {
        take(&self.early_pictures, standard, account)
    }
}

fn take(limiter: &DefaultKeyedRateLimiter<Key>, standard: &'static str, account: &str) -> Result<(), u32> {
    limiter.check_key(&(standard, account.to_owned())).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1)
    })
}
