//! The evaluation of a lot and day: what is found with all that is known, and what was known at close.

use super::day::Day;
use super::{DayRates, Durations, Evidence, RuleSet, rates, rules};
use crate::{Direction, Finding, FindingKind};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
pub fn evaluate(evidence: &Evidence, rules: &RuleSet) -> Evaluation {
    let now = evidence.known_at(evidence.now);
    let day = Day::new(&now, rules);
    let mut findings = keyed(rules::find(&day));
    let rates = rates::of_day(&day);
    let closes_at = evidence.closes_at();
    let at_close = (evidence.now >= closes_at).then(|| {
        let last = now.last_received_at().unwrap_or(closes_at);
        let last_due = SignedDuration::from_mins(i64::from(rules.missing_photo.within_minutes));
        if last.checked_add(last_due).is_ok_and(|last_due| last_due <= closes_at) {
            // Nothing came later, and nothing was still awaited.
            return rates.clone();
        }
        let known = now.known_at(closes_at);
        let day = Day::new(&known, rules);
        for (key, finding) in keyed(rules::find(&day)) {
            // What no longer holds has been cured by something that was received since.
            findings.entry(key).or_insert(Finding { resolved_at: Some(last), ..finding });
        }
        rates::of_day(&day)
    });
    let (passages, stays) = (passages(&day), stays(&day));
    Evaluation { findings: findings.into_values().collect(), rates, at_close, passages, stays }
}

/// By what they are known.
fn keyed(findings: Vec<Finding>) -> BTreeMap<(FindingKind, String, String), Finding> {
    let key = |finding: &Finding| (finding.kind, finding.subject.clone(), finding.which.clone());
    findings.into_iter().map(|finding| (key(&finding), finding)).collect()
}

fn passages(day: &Day<'_>) -> [HourPassages; 24] {
    let mut hours = [HourPassages::default(); 24];
    for passed in &day.passages {
        let Some(hour) = hours.get_mut(day.minute(passed.at()) / 60) else { continue };
        match passed.direction() {
            Direction::Entry => hour.entries += 1,
            Direction::Exit => hour.exits += 1,
        }
    }
    hours
}

fn stays(day: &Day<'_>) -> Durations {
    let mut stays = Durations::default();
    for stay in &day.stays {
        if let (Some(entered), Some(exited)) = (stay.entered, stay.exited)
            && (day.start..day.end).contains(&exited)
        {
            stays.add(u64::try_from(exited.duration_since(entered).as_secs()).unwrap_or(0));
        }
    }
    stays
}
