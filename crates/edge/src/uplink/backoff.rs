//! How long to wait after a failure.

use rand::RngExt as _;
use std::time::Duration;

/// Waits that double with each failure up to a bound, each with up to a quarter more, so that lots that lost the same
/// platform in the same second do not all come back in the same second.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The wait after the first failure.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Backoff {
    /// The wait after so many failures in a row.
    pub fn after(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let wait = self.first.saturating_mul(1 << doublings).min(self.longest);
        wait.mul_f64(1.0 + rand::rng().random_range(0.0..0.25))
    }
}
