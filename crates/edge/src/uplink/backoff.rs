//! How long to wait after a failure.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

/// Waits that double with each failure up to a bound, each with up to a quarter more, so that lots that lost the same
/// platform in the same second do not all come back in the same second. How much more comes of who waits: another for
/// each lot and each report, and the same when a day is played again.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The wait after the first failure.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Backoff {
    /// The wait of somebody after so many failures in a row.
    pub fn after(&self, failures: u32, who: &[&str]) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let wait = self.first.saturating_mul(1 << doublings).min(self.longest);
        let mut hash = DefaultHasher::new();
        (who, failures).hash(&mut hash);
        let part = u32::try_from(hash.finish() % 250).unwrap_or_default();
        wait.saturating_add(wait.saturating_mul(part) / 1_000)
    }
}
