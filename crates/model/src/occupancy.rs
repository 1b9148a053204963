//! How full a lot is: what it reports, what follows from its passages, and when it was last heard.
//!
//! *Reported* is the lot's own latest word on its free spaces. *Derived* is the platform's count: all spaces less
//! the cars of which an entry and no exit is known. The difference between the two is what supervision looks at,
//! so that neither is ever corrected by the other.

use crate::{LotCode, Passage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A lot's word on its free spaces, on its own or with a passage (车位数).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SpaceCount {
    /// The lot.
    pub lot: LotCode,
    /// When the count was right.
    pub at: Timestamp,
    /// Free spaces.
    pub vacant: i64,
    /// Free spaces with a charger, where said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charging_vacant: Option<i64>,
    /// All spaces, where said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

impl SpaceCount {
    /// The count that a passage carries, if it carries one.
    pub fn of_passage(passage: &Passage) -> Option<Self> {
        Some(Self {
            lot: passage.lot.clone(),
            at: passage.at,
            vacant: passage.vacant?,
            charging_vacant: passage.charging_vacant,
            total: None,
        })
    }
}

/// A lot's latest word, with what orders it among its words.
///
/// The order is total and looks at content alone, so that the latest of a set does not depend on who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reported {
    /// When the count was right; never later than `said_at`, for nobody counts tomorrow's spaces: a lot whose
    /// clock runs a day ahead would otherwise pin its vacancy for a day.
    pub as_of: Timestamp,
    /// When it was said: orders the counts of one second.
    pub said_at: Timestamp,
    /// Free spaces.
    pub vacant: i64,
    /// Free spaces with a charger, where said.
    pub charging_vacant: Option<i64>,
}

impl Reported {
    /// The word that `count`, said at `said_at`, is.
    pub fn new(count: &SpaceCount, said_at: Timestamp) -> Self {
        Self {
            as_of: count.at.min(said_at),
            said_at,
            vacant: count.vacant,
            charging_vacant: count.charging_vacant,
        }
    }
}

/// How full a lot is, as far as statements tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotState {
    /// The lot's latest word on its free spaces.
    pub reported: Option<Reported>,
    /// The latest word on its chargers: not every message has one.
    pub charging: Option<Reported>,
    /// Cars of which an entry and no exit is known.
    pub inside: i64,
    /// The last sign of life of the lot itself, by the platform's clock.
    pub last_heard_at: Option<Timestamp>,
}

impl LotState {
    /// Takes a count in. Any order and any repetition of the same counts ends in the same state.
    pub fn absorb_count(&mut self, count: &SpaceCount, said_at: Timestamp) {
        let word = Reported::new(count, said_at);
        self.reported = self.reported.max(Some(word));
        if word.charging_vacant.is_some() {
            self.charging = self.charging.max(Some(word));
        }
    }

    /// Takes a sign of life in.
    pub fn heard(&mut self, at: Timestamp) {
        self.last_heard_at = self.last_heard_at.max(Some(at));
    }

    /// Free spaces that follow from the passages: below zero where more cars are known inside than spaces exist.
    pub fn derived(&self, spaces_total: u32) -> i64 {
        i64::from(spaces_total) - self.inside
    }

    /// Free spaces to show the public: the lot's word, or what follows from its passages before it has said one.
    /// Cut to what a lot can have, for a driver has no use for −3.
    pub fn vacant(&self, spaces_total: u32) -> i64 {
        let vacant = self.reported.map_or_else(|| self.derived(spaces_total), |word| word.vacant);
        vacant.clamp(0, i64::from(spaces_total))
    }

    /// Free spaces with a charger, as the lot last said.
    pub fn charging_vacant(&self) -> Option<i64> {
        self.charging.and_then(|word| word.charging_vacant)
    }
}
