//! What changes about the tallies of findings.

use super::span::hour_of_millis;
use crate::values::millis;
use bowei_model::Finding;
use std::collections::{BTreeMap, BTreeSet};

/// What findings are tallied by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingTallyKey {
    /// The lot.
    pub lot: String,
    /// The kind's name.
    pub kind: String,
    /// The cause.
    pub cause: String,
    /// The hour in which they were opened.
    pub hour: i64,
}

/// By how much a tally grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FindingTallyChange {
    /// Findings.
    pub found: i64,
    /// Of these, findings that hold.
    pub open: i64,
}

/// What an engine adds to the tallies: it tells it which rows of findings it really added and took away.
#[derive(Debug, Default)]
pub struct TallyChanges {
    tallies: BTreeMap<FindingTallyKey, FindingTallyChange>,
    pairs: BTreeSet<(String, String)>,
    seq: i64,
}

impl TallyChanges {
    /// Nothing so far, as of a moment: what is changed gets no lower number than that.
    pub(crate) fn at(seq: i64) -> Self {
        Self { seq, ..Self::default() }
    }

    /// A finding was added.
    pub(crate) fn found(&mut self, finding: &Finding) {
        let key = (finding.lot.as_str(), finding.kind.name(), finding.facts.cause());
        self.add(key, millis(finding.opened_at), finding.is_open(), 1);
    }

    /// A finding of that lot, kind and cause, opened at that moment, was added (`by` 1) or taken away (-1).
    pub(crate) fn add(&mut self, of: (&str, &str, &str), opened_at: i64, is_open: bool, by: i64) {
        let (lot, kind, cause) = (of.0.to_owned(), of.1.to_owned(), of.2.to_owned());
        self.pairs.insert((lot.clone(), kind.clone()));
        let key = FindingTallyKey { lot, kind, cause, hour: hour_of_millis(opened_at) };
        let tally = self.tallies.entry(key).or_default();
        tally.found += by;
        tally.open += if is_open { by } else { 0 };
    }

    /// What to add, in the order of the keys.
    pub(crate) fn tallies(&self) -> impl Iterator<Item = (&FindingTallyKey, FindingTallyChange)> {
        let changes = self.tallies.iter().map(|(key, by)| (key, *by));
        changes.filter(|(_, by)| *by != FindingTallyChange::default())
    }

    /// Lots and kinds whose findings change, in their order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(lot, kind)| (lot.as_str(), kind.as_str()))
    }

    /// The least number of the change.
    pub(crate) fn seq(&self) -> i64 {
        self.seq
    }
}
