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
    /// How the spaces divide, where said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<SpaceParts>,
}

/// How a lot's spaces divide (车位数动态数据), as far as it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SpaceParts {
    /// Spaces taken (已使用车位数).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<i64>,
    /// Spaces reserved (已预约车位数).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved: Option<i64>,
    /// Spaces with a charger taken (已使用充电车位数).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charging_used: Option<i64>,
    /// Spaces that can still be reserved (预约车位剩余数量).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservable_vacant: Option<i64>,
    /// Free spaces for monthly tickets (月卡车位剩余数量).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_vacant: Option<i64>,
    /// Free spaces of fixed holders (固定车位剩余数量).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_vacant: Option<i64>,
    /// Free spaces for everybody (临时车位剩余数量).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temporary_vacant: Option<i64>,
}

impl SpaceCount {
    /// A count of free spaces and no more.
    pub fn new(lot: LotCode, at: Timestamp, vacant: i64) -> Self {
        Self { lot, at, vacant, charging_vacant: None, total: None, parts: None }
    }

    /// Its numbers in one word: what tells one count of a moment from another.
    pub fn numbers(&self) -> String {
        let shown = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
        let mut numbers = format!("{}/{}/{}", self.vacant, shown(self.charging_vacant), shown(self.total));
        if let Some(parts) = &self.parts {
            let parts = [
                parts.used,
                parts.reserved,
                parts.charging_used,
                parts.reservable_vacant,
                parts.monthly_vacant,
                parts.fixed_vacant,
                parts.temporary_vacant,
            ];
            for part in parts {
                numbers.push('/');
                numbers.push_str(&shown(part));
            }
        }
        numbers
    }

    /// The count that a passage carries, if it carries one.
    pub fn of_passage(passage: &Passage) -> Option<Self> {
        let count = Self::new(passage.lot.clone(), passage.at, passage.vacant?);
        Some(Self { charging_vacant: passage.charging_vacant, ..count })
    }
}

/// A lot's latest word, with what orders it among its words.
///
/// The order is total and looks at content alone, so that the latest of a set does not depend on who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reported {
    /// When the count was right; never later than `sent_at`, for nobody counts tomorrow's spaces.
    pub as_of: Timestamp,
    /// When it was said, never later than when it was received: orders the counts of one second.
    #[serde(rename = "said_at")]
    pub sent_at: Timestamp,
    /// Free spaces.
    pub vacant: i64,
    /// Free spaces with a charger, where said.
    pub charging_vacant: Option<i64>,
}

impl Reported {
    /// The word that `count`, said at `sent_at` by the lot's clock and received at `received_at` by ours, is. A lot whose
    /// clock runs a day ahead would pin its vacancy for a day, were its own word on the time believed.
    pub fn new(count: &SpaceCount, sent_at: Timestamp, received_at: Timestamp) -> Self {
        let sent_at = sent_at.min(received_at);
        Self {
            as_of: count.at.min(sent_at),
            sent_at,
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
    pub fn absorb_count(&mut self, count: &SpaceCount, sent_at: Timestamp, received_at: Timestamp) {
        let word = Reported::new(count, sent_at, received_at);
        self.reported = self.reported.max(Some(word));
        if word.charging_vacant.is_some() {
            self.charging = self.charging.max(Some(word));
        }
    }

    /// Takes a sign of life in.
    pub fn observe(&mut self, at: Timestamp) {
        self.last_heard_at = self.last_heard_at.max(Some(at));
    }

    /// Free spaces that follow from the passages: below zero where more cars are known inside than spaces exist.
    pub fn derived(&self, spaces_total: u32) -> i64 {
        i64::from(spaces_total) - self.inside
    }

    /// Free spaces to show the public: the lot's word, or what follows from its passages before it has said one. None
    /// are free where it says fewer than none, for a driver has no use for −3; `None`, unknown, where it says that more
    /// are free than it has, for then nobody can tell how many are.
    pub fn vacant(&self, spaces_total: u32) -> Option<i64> {
        let total = i64::from(spaces_total);
        match self.reported {
            Some(word) => (word.vacant <= total).then_some(word.vacant.max(0)),
            None => Some(self.derived(spaces_total).clamp(0, total)),
        }
    }

    /// Free spaces with a charger to show the public, as the lot last said, by the same rule. A lot whose chargers nobody
    /// has counted has `charging_spaces` 0, and is believed.
    pub fn charging_vacant(&self, charging_spaces: u32) -> Option<i64> {
        let vacant = self.charging.and_then(|word| word.charging_vacant)?;
        (charging_spaces == 0 || vacant <= i64::from(charging_spaces)).then_some(vacant.max(0))
    }
}
