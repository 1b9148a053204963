//! Each account's share: so many requests a second on average, and a burst on top. Counted after a message has
//! proved authentic, so that nobody can use up another's share.

use crate::config::LimitsConfig;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;

/// The shares of all accounts. Its size is bounded by the number of accounts.
pub(super) struct Allowance {
    limiter: DefaultKeyedRateLimiter<(&'static str, String)>,
    clock: DefaultClock,
}

impl Allowance {
    pub(super) fn new(limits: &LimitsConfig) -> Self {
        let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(limits.account_requests_per_second))
            .allow_burst(at_least_one(limits.account_burst));
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// Takes one request of the account's share, or says in how many seconds there will be one.
    pub(super) fn take(&self, standard: &'static str, account: &str) -> Result<(), u32> {
        self.limiter.check_key(&(standard, account.to_owned())).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1)
        })
    }
}
