//! Supervision: days are evaluated, what is found gathers in cases, and cases are handled.
//!
//! The rules, the rates and what a case may become are the model's; what is known of a day is the store's. Here is when
//! which is asked: [`jobs`] by the clock, [`judge`] after each commit.

pub(crate) mod attribution;
pub(crate) mod cases;
pub(crate) mod days;
mod evidence;
pub(crate) mod jobs;
pub(crate) mod judge;
pub(crate) mod maintenance;
pub mod replay;
pub mod rule_book;

pub(crate) use evidence::{heard_for_minutes, life_of};

use crate::clock::Clock;
use crate::registry::Registry;
use bowei_model::supervision::RuleSet;
use bowei_store::{Store, StoreError};
use days::Days;
use judge::Judge;
use rule_book::RuleBook;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The parts of supervision.
pub(crate) struct Supervision {
    /// The rules that are in force.
    pub(crate) book: Arc<RuleBook>,
    /// Who makes cases of findings.
    pub(crate) judge: Arc<Judge>,
    /// Who evaluates days.
    pub(crate) days: Arc<Days>,
    /// Taken while a draft of the rules is tried: it goes through every lot's quarter of a year.
    pub(crate) replay_turn: Arc<Semaphore>,
}

impl Supervision {
    pub(crate) async fn open(
        store: &Arc<dyn Store>,
        registry: &Arc<Registry>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let book = Arc::new(RuleBook::open(Arc::clone(store)).await?);
        let parts = || (Arc::clone(store), Arc::clone(registry), Arc::clone(&book));
        let judge = Arc::new(Judge::new(parts(), Arc::clone(clock)));
        let days = Arc::new(Days::new(parts(), Arc::clone(&judge)));
        Ok(Self { book, judge, days, replay_turn: Arc::new(Semaphore::new(1)) })
    }

    /// The rules that are in force.
    pub(crate) fn rules(&self) -> Arc<RuleSet> {
        self.book.settings()
    }
}
