//! Time in these tests: paused, and a wall clock that can be set while it goes on.
//!
//! Paused time goes on by itself whenever all tasks wait. The outbox writes on a thread of its own, which tokio knows
//! nothing of: while it is awaited, time must be held, or hours pass within a write.

use bowei_edge::Clock;
use jiff::{SignedDuration, Timestamp};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

/// Wednesday, 2026-04-01 08:15:30 in UTC+08:00.
pub(crate) const BEGIN: i64 = 1_775_002_530;

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// The machine's clock: virtual time from [`BEGIN`], and as far off as a test sets it.
pub(crate) struct Wall {
    start: Instant,
    off_ms: AtomicI64,
    /// The outbox's thread is outside of virtual time: it is told what was seen last.
    seen_ms: AtomicI64,
}

impl Wall {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), off_ms: AtomicI64::new(0), seen_ms: AtomicI64::new(0) }
    }

    /// What a clock that nobody sets says.
    pub(crate) fn right(&self) -> Timestamp {
        let ms = if tokio::runtime::Handle::try_current().is_ok() {
            let ms = i64::try_from(self.start.elapsed().as_millis()).unwrap();
            self.seen_ms.fetch_max(ms, Relaxed).max(ms)
        } else {
            self.seen_ms.load(Relaxed)
        };
        Timestamp::from_millisecond(BEGIN * 1_000 + ms).unwrap()
    }

    /// Sets the machine's clock so far off.
    pub(crate) fn set_off(&self, by: SignedDuration) {
        self.off_ms.store(i64::try_from(by.as_millis()).unwrap(), Relaxed);
    }
}

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let off = SignedDuration::from_millis(self.off_ms.load(Relaxed));
        self.right().checked_add(off).unwrap()
    }
}

/// Does something while time stands: who is always busy never waits.
pub(crate) async fn still<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::task::yield_now() => {}
        }
    }
}
