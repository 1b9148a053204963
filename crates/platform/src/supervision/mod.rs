//! Supervision: days are evaluated, what is found gathers in cases, and cases are handled.
//!
//! The rules, the rates and what a case may become are the model's; what is known of a day is the store's. Here is when
//! which is asked: [`jobs`] by the clock, [`judge`] after each commit.

pub(crate) mod cases;
pub(crate) mod days;
mod evidence;
pub(crate) mod jobs;
pub(crate) mod judge;
pub(crate) mod maintenance;

use crate::clock::Clock;
use crate::registry::Registry;
use bowei_model::supervision::RuleSet;
use bowei_store::Store;
use days::Days;
use judge::Judge;
use std::sync::Arc;

/// The parts of supervision.
pub(crate) struct Supervision {
    /// The rules that are in force.
    pub(crate) rules: Arc<RuleSet>,
    /// Who makes cases of findings.
    pub(crate) judge: Arc<Judge>,
    /// Who evaluates days.
    pub(crate) days: Arc<Days>,
}

impl Supervision {
    pub(crate) fn new(store: &Arc<dyn Store>, registry: &Arc<Registry>, clock: &Arc<dyn Clock>) -> Self {
        let rules = Arc::new(RuleSet::default());
        let parts = || (Arc::clone(store), Arc::clone(registry), Arc::clone(&rules));
        let judge = Arc::new(Judge::new(parts(), Arc::clone(clock)));
        let days = Arc::new(Days::new(parts(), Arc::clone(&judge)));
        Self { rules: Arc::clone(&rules), judge, days }
    }
}
