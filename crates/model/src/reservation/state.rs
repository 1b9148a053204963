//! The states of an order.

use OrderState as S;
use serde::{Deserialize, Serialize};

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderState {
    /// A place is set aside for it; the lot is to be asked.
    Held,
    /// The lot is being asked.
    Requested,
    /// The lot was asked and has not answered in time: it may have taken it or not. It is asked again.
    Unknown,
    /// The lot keeps a space.
    Confirmed,
    /// On the waitlist (候补).
    Waiting,
    /// Its turn on the waitlist has come: a place is set aside for it; the lot is to be asked.
    Offered,
    /// The car came in its window.
    Entered,
    /// The car came and has gone. Final.
    Left,
    /// The car did not come, as far as is known. Final, unless an entry in the window turns up later.
    NoShow,
    /// Called off by the driver, the lot or the office. Final.
    Cancelled,
    /// Nothing came of it in time. Final.
    Expired,
    /// Not taken, by the lot or for want of a place. Final.
    Refused,
}

impl OrderState {
    /// Every state.
    pub const ALL: [Self; 12] = [
        S::Held,
        S::Requested,
        S::Unknown,
        S::Confirmed,
        S::Waiting,
        S::Offered,
        S::Entered,
        S::Left,
        S::NoShow,
        S::Cancelled,
        S::Expired,
        S::Refused,
    ];

    /// The state in one word.
    pub fn name(self) -> &'static str {
        match self {
            S::Held => "held",
            S::Requested => "requested",
            S::Unknown => "unknown",
            S::Confirmed => "confirmed",
            S::Waiting => "waiting",
            S::Offered => "offered",
            S::Entered => "entered",
            S::Left => "left",
            S::NoShow => "no-show",
            S::Cancelled => "cancelled",
            S::Expired => "expired",
            S::Refused => "refused",
        }
    }

    /// Whether more is to come of it.
    pub fn is_open(self) -> bool {
        !matches!(self, S::Left | S::NoShow | S::Cancelled | S::Expired | S::Refused)
    }

    /// Whether it takes one of the places that the lot granted.
    pub fn holds_place(self) -> bool {
        self.is_asked() || self == S::Confirmed
    }

    /// Whether the lot's answer to its first call is awaited.
    pub fn is_asked(self) -> bool {
        matches!(self, S::Held | S::Requested | S::Unknown | S::Offered)
    }
}
