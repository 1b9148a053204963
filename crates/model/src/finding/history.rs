//! When findings were opened and resolved: what would have been found at each moment, had every report been received in
//! the order of the moments at which they say they were.
//!
//! Reports come late, doubly and shuffled, and nodes share the work: what a node once believed for a moment, because
//! one report overtook another, is no fact about the lot. So the past is worked out anew from what is known now. A
//! subject keeps the versions of what was said of it, each with the moment of its reception; left to the versions
//! received up to a moment it is the subject as it was known then, and what holds of it then is found then. The moments
//! of reception are part of the statements: the same set of them has the same past, in whatever order it was taken in.

use super::{Doubt, Facts, Finding, FindingKind};
use crate::LotCode;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What findings hang on.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The lot.
    pub lot: LotCode,
    /// As [`Finding::subject`].
    pub name: String,
    /// As [`Finding::record_id`].
    pub record_id: Option<String>,
}

/// A doubt that holds of a subject at one moment.
#[derive(Clone, Debug)]
pub struct Held {
    /// The part of the subject that it is about, such as `entry`; empty where it is about all of it.
    pub part: String,
    /// The time of what is doubted.
    pub at: Timestamp,
    /// The doubt.
    pub doubt: Doubt,
}

impl Held {
    /// A doubt about a part of a subject.
    pub fn new(part: impl Into<String>, at: Timestamp, doubt: impl Into<Doubt>) -> Self {
        Self { part: part.into(), at, doubt: doubt.into() }
    }
}

/// The findings of a subject, resolved ones among them: `held` says what holds of it as known at each of `moments`, for
/// which it is asked in their order.
pub fn history(
    subject: &Subject,
    moments: BTreeSet<Timestamp>,
    mut held: impl FnMut(Timestamp) -> Vec<Held>,
) -> Vec<Finding> {
    let mut found = BTreeMap::<(FindingKind, String), Finding>::new();
    for moment in moments {
        let mut holds = numbered(held(moment));
        for (key, finding) in &mut found {
            match holds.remove(key) {
                Some(Held { at, doubt, .. }) => {
                    if finding.resolved_at.take().is_some() {
                        finding.opened_at = moment;
                    }
                    (finding.at, finding.facts) = (at, doubt.facts);
                }
                None => finding.resolved_at = finding.resolved_at.or(Some(moment)),
            }
        }
        found.extend(holds.into_iter().map(|((kind, which), Held { at, doubt, .. })| {
            let Subject { lot, name, record_id } = subject.clone();
            let finding = Finding {
                kind,
                lot,
                subject: name,
                which: which.clone(),
                record_id,
                at,
                facts: doubt.facts,
                opened_at: moment,
                resolved_at: None,
            };
            ((kind, which), finding)
        }));
    }
    // What came to its end before it was due was never found: a photo may overtake its record.
    found.into_values().filter(|finding| finding.resolved_at.is_none_or(|end| finding.is_due(end))).collect()
}

/// The findings of what is received once: `doubts` about a part of it that is dated `at`.
pub fn of_doubts(
    subject: &Subject,
    (part, at): (&str, Timestamp),
    received_at: Timestamp,
    doubts: &[Doubt],
) -> Vec<Finding> {
    let held = |_| doubts.iter().map(|doubt| Held::new(part, at, doubt.clone())).collect();
    history(subject, BTreeSet::from([received_at]), held)
}

/// What holds, by kind and by what tells it from others of its kind. What is doubted twice in the same words is doubted once.
fn numbered(held: Vec<Held>) -> BTreeMap<(FindingKind, String), Held> {
    let mut numbered = BTreeMap::new();
    let mut known = BTreeSet::new();
    for held in held {
        let Held { part, at, doubt } = &held;
        let is_known = !known.insert((*at, doubt.clone()));
        let which = match &doubt.facts {
            Facts::Sentence { text } if text.is_empty() => part.clone(),
            _ if is_known => continue,
            // It is kept under its sentence and time, and which part it is about is not known of what is kept.
            Facts::Sentence { text } => format!("{} {text}", at.as_millisecond()),
            _ => part.clone(),
        };
        let key = (1..)
            .map(|number| if number == 1 { which.clone() } else { format!("{which}#{number}") })
            .map(|which| (doubt.kind, which))
            .find(|key| !numbered.contains_key(key));
        numbered.extend(key.map(|key| (key, held)));
    }
    numbered
}
