//! What was said of one thing in several ways: a bounded number of versions, in an order that their content fixes.
//!
//! The first version always stays and the newest do, so that nobody can push out of view what he said at first by
//! saying more. Which are kept, and how many there were, is a function of the set of statements. One thing is beyond
//! it: where there were more than are kept, content that comes back as said at yet another moment may have gone in between.

use crate::{Doubt, Statement};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher as _};

/// One way in which something was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version<T> {
    /// When it was first said, never later than when it was received. Orders the versions: the newest counts.
    #[serde(rename = "said_at")]
    pub sent_at: Timestamp,
    /// What was said. Orders versions of the same moment, so that the order never depends on arrival.
    pub content: T,
    /// When that was received.
    pub received_at: Timestamp,
    /// What intake doubted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

/// What taking a statement in did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The first of its kind for this record.
    New,
    /// Known to the letter: no second effect.
    Duplicate,
    /// The record was said before with other content.
    Amended,
}

impl Effect {
    /// Every effect.
    pub const ALL: [Self; 3] = [Self::New, Self::Duplicate, Self::Amended];

    /// As what a report counts: `accepted`, `repeated` or `amended`.
    pub fn outcome(self) -> &'static str {
        match self {
            Self::New => "accepted",
            Self::Duplicate => "repeated",
            Self::Amended => "amended",
        }
    }
}

/// Contents that are counted one by one; of more it is known that there were so many at least. Whoever amends a record
/// more often has said all about himself, and the count has its price in every session that it is part of.
const SEEN_MAX: usize = 256;

/// How many different contents there were, where there were more than are kept: the smallest of their digests, so that it
/// does not matter in which order they came or how often.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seen(BTreeSet<u64>);

impl Seen {
    /// Whether no more were seen than are kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many were seen, `kept` if no more than are kept; and whether there may have been more.
    pub(crate) fn count_or(&self, kept: usize) -> (u64, bool) {
        let seen = self.0.len();
        (seen.max(kept) as u64, seen >= SEEN_MAX)
    }

    fn has(&self, content: &impl Hash) -> bool {
        self.0.contains(&digest(content))
    }

    /// Adds content; whether that can be told from what is here already.
    pub(crate) fn add(&mut self, content: &impl Hash) {
        self.0.insert(digest(content));
        if self.0.len() > SEEN_MAX {
            self.0.pop_last();
        }
    }
}

/// The same wherever and whenever it is computed: it is kept.
fn digest(content: &impl Hash) -> u64 {
    let mut hasher = SipHasher24::new();
    content.hash(&mut hasher);
    hasher.finish()
}

/// Puts `content` in its place among `versions`. Content that is there already keeps the earliest moment at which
/// it was said, so that a retransmission sealed anew is the same report, and of two of that moment the same doubts
/// whichever came first; of more than `max` those are kept that are the
/// first of their `class`, and the newest.
pub(crate) fn absorb<T: Clone + Ord + Hash, C: PartialEq>(
    (versions, seen): (&mut Vec<Version<T>>, &mut Seen),
    content: &T,
    statement: &Statement,
    max: usize,
    class: impl Fn(&T) -> C,
    amends: bool,
) -> Effect {
    let sent_at = statement.effective_at();
    let known = versions.iter().position(|version| version.content == *content);
    if let Some(known) = known {
        if let Some(version) = versions.get_mut(known)
            && (sent_at, statement.received_at, &statement.doubts)
                < (version.sent_at, version.received_at, &version.doubts)
        {
            version.sent_at = sent_at;
            version.received_at = statement.received_at;
            version.doubts.clone_from(&statement.doubts);
            versions.sort();
        }
        return Effect::Duplicate;
    }
    let this = Version {
        sent_at,
        content: content.clone(),
        received_at: statement.received_at,
        doubts: statement.doubts.clone(),
    };
    let place = |version: &Version<T>| (version.sent_at, version.content.clone());
    let is_first = |versions: &[Version<T>]| {
        let mut alike = versions.iter().filter(|version| class(&version.content) == class(content));
        alike.next().is_none_or(|first| place(&this) < place(first))
    };
    let was_seen = seen.has(content);
    if was_seen && !is_first(versions) {
        return Effect::Duplicate;
    }
    versions.push(this);
    versions.sort();
    if versions.len() > max || !seen.is_empty() {
        versions.iter().for_each(|version| seen.add(&version.content));
    }
    while versions.len() > max {
        // The oldest that is not the first of its class; where all are, the newest of them.
        let class_of = |version: &Version<T>| class(&version.content);
        let later = versions.iter().enumerate().find(|(i, version)| {
            versions.iter().take(*i).any(|before| class_of(before) == class_of(version))
        });
        let goes = later.map_or(versions.len() - 1, |(i, _)| i);
        versions.remove(goes);
    }
    if was_seen {
        Effect::Duplicate
    } else if amends {
        Effect::Amended
    } else {
        Effect::New
    }
}
