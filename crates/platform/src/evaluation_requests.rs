//! Which days of which lots are to be evaluated now, and not with the next hour: those of which a lot has just sent its
//! own list of the cars inside, which is held against sessions and counts as it is received (6.6.1 of the Shenzhen text:
//! 用于车位数校准).
//!
//! What is asked for here is asked of the node that took the list in. Nothing is lost with it: every day is evaluated by
//! the clock besides.

use crate::after_commit::{AfterCommit, Commit};
use async_trait::async_trait;
use bowei_model::{Effect, LotCode, Report, moment};
use bowei_store::StoreError;
use jiff::civil::Date;
use parking_lot::Mutex;
use std::collections::BTreeSet;
use tokio::sync::Notify;

/// Days that are asked for at once: the lists of all lots of a large city, all at the full hour. Beyond, the hourly
/// evaluation has them.
const WAITING_MAX: usize = 10_000;

/// Days to evaluate now.
#[derive(Default)]
pub struct EvaluationRequests {
    waiting: Mutex<BTreeSet<(LotCode, Date)>>,
    added: Notify,
}

impl EvaluationRequests {
    /// Asks for a lot's day. One that waits already is evaluated once.
    pub fn add(&self, lot: &LotCode, day: Date) {
        let mut waiting = self.waiting.lock();
        if waiting.len() < WAITING_MAX {
            waiting.insert((lot.clone(), day));
            self.added.notify_one();
        }
    }

    /// All that wait, which wait no longer; waits for one where there is none.
    pub async fn next(&self) -> BTreeSet<(LotCode, Date)> {
        loop {
            let waiting = self.take();
            if !waiting.is_empty() {
                return waiting;
            }
            self.added.notified().await;
        }
    }

    /// All that wait, which wait no longer.
    pub fn take(&self) -> BTreeSet<(LotCode, Date)> {
        std::mem::take(&mut *self.waiting.lock())
    }
}

#[async_trait]
impl AfterCommit for EvaluationRequests {
    fn name(&self) -> &'static str {
        "evaluation-requests"
    }

    async fn after_commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        for (new, effect) in commit.statements.iter().zip(&commit.committed.effects) {
            let Report::CarsInside(list) = &new.statement.report else { continue };
            if *effect != Effect::Duplicate {
                // No list is of later than when it was received, by whichever clock.
                let at = list.at.min(new.statement.received_at);
                self.add(&list.lot, moment::to_wall(at).date());
            }
        }
        Ok(())
    }
}
