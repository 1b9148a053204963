//! The deadline of an order: it begins with service, and warns before it is over.

use jiff::{SignedDuration, Timestamp};

/// When to warn, in percent of the time between service and the deadline.
pub const WARNINGS_PERCENT: [u8; 2] = [50, 80];

/// From service to the moment by which to correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Service.
    pub begins_at: Timestamp,
    /// By when; a moment at which it is not over yet.
    pub due_at: Timestamp,
}

impl Deadline {
    /// When so many percent of it are gone, to the second.
    pub fn at_percent(&self, percent: u8) -> Timestamp {
        let whole = self.due_at.duration_since(self.begins_at).as_secs().max(0);
        let part = i128::from(whole) * i128::from(percent.min(100)) / 100;
        // Within the two moments, and so within the range of time.
        let part = SignedDuration::from_secs(i64::try_from(part).unwrap_or(whole));
        self.begins_at.checked_add(part).unwrap_or(self.due_at)
    }

    /// Whether it is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now > self.due_at
    }

    /// The warnings that are due at `now`, in percent: all of those that were due before are among them.
    pub fn warnings(&self, now: Timestamp) -> impl Iterator<Item = u8> {
        WARNINGS_PERCENT.into_iter().filter(move |percent| self.at_percent(*percent) <= now)
    }

    /// When to look at it next: the first warning after `now`, or the moment after which it is over.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let warnings = WARNINGS_PERCENT.into_iter().map(|percent| self.at_percent(percent));
        warnings.chain([self.due_at]).find(|at| *at > now)
    }
}
