//! The evaluation of a lot and day: what is found with all that is known, and what was known at close.

use super::{DayRates, Durations, Evidence, RuleSet};
use crate::Finding;
use serde::{Deserialize, Serialize};

/// What follows from the evidence of a lot and day.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Findings of the rules by day, in a fixed order; those that held at close and hold no more are resolved.
    pub findings: Vec<Finding>,
    /// The rates with all that is known.
    pub rates: DayRates,
    /// The rates as known at close; `None` while the day is not closed.
    pub at_close: Option<DayRates>,
    /// Passages of each hour of the day: what weekly profiles are made of.
    pub passages: [HourPassages; 24],
    /// How long stays were that ended on the day: what the longest plausible stay is made of.
    pub stays: Durations,
}

/// Passages of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourPassages {
    /// In.
    pub entries: u32,
    /// Out.
    pub exits: u32,
}

/// What follows from the evidence, by the rules.
pub fn evaluate(_evidence: &Evidence, _rules: &RuleSet) -> Evaluation {
    Evaluation {
        findings: Vec::new(),
        rates: DayRates::default(),
        at_close: None,
        passages: [HourPassages::default(); 24],
        stays: Durations::default(),
    }
}
