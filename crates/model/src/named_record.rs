//! What is known by a name and said again and again: a lot's base data, a gate, a list, an offer. The word said last
//! counts, even where it says again what was said before the last but one: a gate that closes, opens and closes is
//! closed.

use crate::finding::{Facts, Held, Subject, history};
use crate::version::{Effect, Seen, Version};
use crate::{Doubt, Finding, LotCode, Report, Statement, moment};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Words on one thing that are kept, besides the first one of what is evidence. Older ones are in the ledger.
pub(crate) const VERSIONS_MAX: usize = 8;

/// What a document goes by: the lot, its kind, and its name among those of its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedRecordKey {
    /// The lot.
    pub lot: LotCode,
    /// The kind, as [`Report::kind`] names it; a lot's closing is a word on the `lot` itself.
    pub kind: &'static str,
    /// Its name; empty where a lot has but one of the kind.
    pub name: String,
}

impl NamedRecordKey {
    /// The document that `report` is a word on, if it is one on any.
    pub fn of(report: &Report) -> Option<Self> {
        let (lot, kind, name) = match report {
            Report::Lot(profile) => (&profile.lot, "lot", String::new()),
            Report::LotClosed(closure) => (&closure.lot, "lot", String::new()),
            Report::CarsInside(cars) => (&cars.lot, "cars-inside", moment::rfc3339(cars.at)),
            Report::Gate(_) | Report::NamedPhoto(_) | Report::OffPeakPackage(_) | Report::OffPeakOrder(_) => {
                (report.lot()?, report.kind(), report.record_id()?.to_owned())
            }
            Report::Heartbeat(_)
            | Report::Passage(_)
            | Report::SpaceCount(_)
            | Report::Photo(_)
            | Report::ChargingRecord(_) => return None,
        };
        Some(Self { lot: lot.clone(), kind, name })
    }
}

/// Every different word on one thing, the one said last at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct NamedRecord {
    versions: Vec<Version<Report>>,
    /// Of evidence the first word, where no version is it, or where it was said again later.
    first: Option<Box<Version<Report>>>,
    /// Of evidence, how many different words there were, once there were more than are kept.
    seen: Seen,
}

/// A document as it is kept: the versions alone, unless there is more.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Versions(Vec<Version<Report>>),
    More { versions: Vec<Version<Report>>, first: Option<Box<Version<Report>>>, seen: Seen },
}

impl From<Kept> for NamedRecord {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Versions(versions) => Self { versions, ..Self::default() },
            Kept::More { versions, first, seen } => Self { versions, first, seen },
        }
    }
}

impl From<NamedRecord> for Kept {
    fn from(NamedRecord { versions, first, seen }: NamedRecord) -> Self {
        if first.is_none() && seen.is_empty() {
            return Self::Versions(versions);
        }
        Self::More { versions, first, seen }
    }
}

/// Whether a word shows what happened: base data and offers are there to be changed, a picture or a list that says
/// something else the second time is not.
fn is_evidence(report: &Report) -> bool {
    matches!(report, Report::NamedPhoto(_) | Report::CarsInside(_))
}

impl NamedRecord {
    /// Takes a word in. Any order and any repetition of the same words ends in the same document.
    pub fn absorb(&mut self, statement: &Statement) -> Effect {
        let known = self.versions.iter().position(|version| version.content == statement.report);
        let this = Version {
            sent_at: statement.effective_at(),
            content: statement.report.clone(),
            received_at: statement.received_at,
            doubts: statement.doubts.clone(),
        };
        let effect = match known {
            Some(_) => Effect::Duplicate,
            None if self.versions.is_empty() => Effect::New,
            None => Effect::Amended,
        };
        let first = self.first().into_iter().chain([&this]).min().cloned();
        match known.and_then(|known| self.versions.get_mut(known)) {
            Some(version) => {
                // By its doubts too, so that of two of one moment it does not matter which came first.
                let place = |v: &Version<Report>| (v.sent_at, v.received_at, v.doubts.clone());
                if place(&this) > place(version) {
                    *version = this;
                }
            }
            None => self.versions.push(this),
        }
        self.versions.sort();
        let surplus = self.versions.len().saturating_sub(VERSIONS_MAX);
        if is_evidence(&statement.report) {
            if surplus > 0 || !self.seen.is_empty() {
                self.versions.iter().for_each(|version| self.seen.add(&version.content));
            }
            let kept = self.versions.get(surplus..).unwrap_or_default();
            self.first = first.filter(|first| !kept.contains(first)).map(Box::new);
        }
        self.versions.drain(..surplus);
        effect
    }

    /// Every word that is kept, the first one of evidence among them.
    pub fn words(&self) -> impl Iterator<Item = &Version<Report>> {
        self.first.as_deref().into_iter().chain(&self.versions)
    }

    /// Put together anew of its words as `statements` say them now, with as many as there were.
    #[must_use]
    pub fn said_again(&self, statements: &[Statement]) -> Self {
        let mut again = Self::default();
        for statement in statements {
            again.absorb(statement);
        }
        again.seen.clone_from(&self.seen);
        again
    }

    /// The word that was said first, as far as it is kept.
    pub fn first(&self) -> Option<&Version<Report>> {
        self.first.as_deref().or(self.versions.first())
    }

    /// The word that counts.
    pub fn current(&self) -> Option<&Version<Report>> {
        self.versions.last()
    }

    /// What is doubtful about it as it now stands.
    pub fn findings(&self, key: &NamedRecordKey) -> Vec<Finding> {
        let mut found = self.history(key);
        found.retain(Finding::is_open);
        found
    }

    /// The same with what has been resolved, as far as the versions that are kept tell. Of a word that was said again it
    /// is known when it was said last.
    pub fn history(&self, key: &NamedRecordKey) -> Vec<Finding> {
        let record_id = self.current().and_then(|current| current.content.record_id()).map(str::to_owned);
        let name = format!("{}:{}", key.kind, key.name);
        let subject = Subject { lot: key.lot.clone(), name, record_id };
        let moments: BTreeSet<_> = self.versions.iter().map(|version| version.received_at).collect();
        let newest = moments.last().copied();
        history(&subject, moments, |moment| self.held(moment, newest == Some(moment)))
    }

    /// What is doubted about it as far as it had been received at `moment`.
    fn held(&self, moment: Timestamp, is_now: bool) -> Vec<Held> {
        let known = || self.versions.iter().filter(|version| version.received_at <= moment);
        let Some(current) = known().next_back() else { return Vec::new() };
        let held = |doubt: Doubt| Held::new("", current.sent_at, doubt);
        let mut doubts: Vec<_> = current.doubts.iter().cloned().map(held).collect();
        let versions = known().count();
        if is_evidence(&current.content) && versions > 1 {
            let (ways, at_least) =
                if is_now { self.seen.count_or(versions) } else { (versions as u64, false) };
            doubts.push(held(Facts::Amended { direction: None, ways, at_least }.into()));
        }
        doubts
    }
}
