//! Whether it is the report or the platform.

use super::backoff::Backoff;
use std::time::Duration;
use tokio::time::Instant;

/// So many different sessions fail, with no success between them, before it is taken to be the platform's fault. One
/// report that a platform cannot stomach must not stop the others.
const SESSIONS: usize = 3;
/// However long a platform wants to be left alone, after this it is asked again.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);

/// What the ends of deliveries say of the platform.
pub(super) struct CircuitBreaker {
    backoff: Backoff,
    /// Who rests, for [`Backoff::after`].
    who: String,
    /// The sessions that failed since the last success.
    failing: Vec<u64>,
    /// How often the whole uplink had to rest since the last success.
    rests: u32,
    shut_until: Option<Instant>,
    /// Until when the platform itself wants to be left alone. What was on its way when it said so may still be taken,
    /// and ends nothing of that.
    told_until: Option<Instant>,
}

impl CircuitBreaker {
    pub(super) fn new(backoff: Backoff, who: String) -> Self {
        Self { backoff, who, failing: Vec::new(), rests: 0, shut_until: None, told_until: None }
    }

    /// A report was taken, or refused for good: the platform works. Says whether it did not before.
    pub(super) fn record_success(&mut self) -> bool {
        let was_ill = self.rests > 0 || self.failing.len() > 1;
        self.failing.clear();
        self.rests = 0;
        self.shut_until = None;
        was_ill
    }

    /// A session's report failed.
    pub(super) fn record_failure(&mut self, session: u64, retry_after: Option<Duration>, now: Instant) {
        if let Some(after) = retry_after {
            // The platform has said so itself.
            self.rests = self.rests.max(1);
            self.told_until = Some(now + after.min(RETRY_AFTER_MAX));
            return;
        }
        if !self.failing.contains(&session) && self.failing.len() < SESSIONS {
            self.failing.push(session);
        }
        // While it rests those that were on their way still come back: they are of the same failure.
        if self.failing.len() >= SESSIONS && self.shut_until.is_none_or(|until| until <= now) {
            self.trip(now);
        }
    }

    /// The whole uplink rests, as for an account that is refused.
    pub(super) fn trip(&mut self, now: Instant) {
        self.rests = self.rests.saturating_add(1);
        self.shut_until = Some(now + self.backoff.after(self.rests, &[&self.who]));
    }

    /// Until when nothing goes.
    pub(super) fn shut_until(&self, now: Instant) -> Option<Instant> {
        self.shut_until.max(self.told_until).filter(|until| *until > now)
    }

    /// After a rest one goes at a time, until one is taken.
    pub(super) fn is_probing(&self) -> bool {
        self.rests > 0
    }
}
