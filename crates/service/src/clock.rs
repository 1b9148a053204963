//! The clock, handed in: tests turn it by hand.

use jiff::Timestamp;
use std::future::Future;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

tokio::task_local! {
    static MOMENT: Timestamp;
}

/// The machine's clock, but within [`at`]: there it is another moment. For a past that is made up.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScopedClock;

impl Clock for ScopedClock {
    fn now(&self) -> Timestamp {
        MOMENT.try_with(|moment| *moment).unwrap_or_else(|_| Timestamp::now())
    }
}

/// Does `work` as at that moment, as far as it asks a [`ScopedClock`] and starts no task of its own.
pub async fn at<F: Future>(moment: Timestamp, work: F) -> F::Output {
    MOMENT.scope(moment, work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_moment_holds_for_its_work_alone() {
        let then: Timestamp = "2026-04-01T12:00:00+08:00".parse().unwrap();
        assert_eq!(at(then, async { ScopedClock.now() }).await, then);
        assert!(ScopedClock.now() > then);
    }
}
