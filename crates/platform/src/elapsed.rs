//! The time that has passed by the clock that was handed in, for rate limits: never backwards, whatever is done to the
//! machine's clock, and never far ahead of what has passed since.

use crate::clock::Clock;
use governor::nanos::Nanos;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use std::sync::Arc;

/// Counts what the clock moves forwards.
#[derive(Clone)]
pub(crate) struct Elapsed {
    clock: Arc<dyn Clock>,
    /// What the clock said last, and what has passed until then.
    passed: Arc<Mutex<(Timestamp, SignedDuration)>>,
}

impl Elapsed {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        Self { clock, passed: Arc::new(Mutex::new((now, SignedDuration::ZERO))) }
    }
}

impl governor::clock::Clock for Elapsed {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let now = self.clock.now();
        let mut passed = self.passed.lock();
        let (last, total) = *passed;
        let total = total.saturating_add(now.duration_since(last).max(SignedDuration::ZERO));
        *passed = (now, total);
        Nanos::from(u64::try_from(total.as_nanos()).unwrap_or(u64::MAX))
    }
}
