//! What happens by the clock, once in the cluster, whichever node does it: work of every few minutes, hour or day on what
//! all nodes share. [`Job`] says what and when, [`Jobs`] has it done, and the store keeps what came of it.
//!
//! What a job does stands in a file of the room that it is about (`photos/sweep.rs`, `intake/inspector_expiry.rs`, …), and
//! is handed the period whose work it is: never the present moment, so that a period that is made up for late is as it
//! would have been.

mod runner;
mod schedule;
#[cfg(test)]
mod tests;
mod words;

pub use runner::Jobs;
pub(crate) use schedule::Period;
pub use schedule::Schedule;
pub(crate) use words::Words;

use bowei_store::JobProgress;
use futures::future::BoxFuture;
use jiff::Timestamp;
use std::error::Error;

/// Periods made up for that nobody's node was there for: the last ones. Whoever was away for longer looks himself.
const CAUGHT_UP_MAX: usize = 7;

/// A period that has failed so often is given up, and the next one's turn comes: with the pauses in between after some
/// hours.
const ATTEMPTS_MAX: u32 = 10;

/// What a run did, or why it failed.
pub(crate) type Worked = Result<Words, Box<dyn Error + Send + Sync>>;

type Work = Box<dyn Fn(Period) -> BoxFuture<'static, Worked> + Send + Sync>;

/// A job.
pub(crate) struct Job {
    /// Its name, under which it is claimed, counted and shown.
    pub(crate) name: &'static str,
    /// When it is done.
    pub(crate) schedule: Schedule,
    catches_up: bool,
    work: Work,
}

impl Job {
    /// A job that is done in each period. Periods that nobody was there for are left out.
    pub(crate) fn new<F: Future<Output = Worked> + Send + 'static>(
        name: &'static str,
        schedule: Schedule,
        work: impl Fn(Period) -> F + Send + Sync + 'static,
    ) -> Self {
        Self { name, schedule, catches_up: false, work: Box::new(move |period| Box::pin(work(period))) }
    }

    /// The same, and periods that nobody was there for are made up for, the oldest first.
    #[must_use]
    pub(crate) fn catching_up(self) -> Self {
        Self { catches_up: true, ..self }
    }

    /// The period whose work is to be done now; `None` while it is all done.
    fn due(&self, progress: Option<JobProgress>, now: Timestamp) -> Option<Period> {
        let current = self.schedule.period_at(now);
        let Some(last) = progress else { return Some(current) };
        let begun = self.schedule.period_at(last.period);
        let is_over = last.done || last.attempts >= ATTEMPTS_MAX;
        let next = if is_over { self.schedule.period_at(begun.to) } else { begun };
        let mut oldest = current;
        for _ in 0..if self.catches_up { CAUGHT_UP_MAX } else { 0 } {
            oldest = self.schedule.before(oldest);
        }
        let due = if next.from < oldest.from { oldest } else { next };
        (due.from <= current.from).then_some(due)
    }

    /// When it is due next: in the past where it is due now.
    fn due_at(&self, progress: Option<JobProgress>, now: Timestamp) -> Timestamp {
        self.due(progress, now).map_or_else(|| self.schedule.period_at(now).to, |period| period.from)
    }
}
