//! The states of an order, and which command leads from which to which.

use super::command::CommandKind as K;
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

/// Which command may lead from a state (`None`: there is no order yet) to which others. What is not here leaves the state as it
/// is, or is declined. Printed in docs/reservations/states.md.
pub const TRANSITIONS: &[(Option<OrderState>, K, &[OrderState])] = &[
    (None, K::Request, &[S::Held, S::Waiting, S::Refused]),
    (Some(S::Held), K::Sent, &[S::Requested]),
    (Some(S::Held), K::Taken, &[S::Confirmed]),
    (Some(S::Held), K::NoSpace, &[S::Waiting, S::Refused]),
    (Some(S::Held), K::Refused, &[S::Refused]),
    (Some(S::Held), K::Silent, &[S::Unknown]),
    (Some(S::Held), K::Cancel, &[S::Cancelled]),
    (Some(S::Held), K::Entry, &[S::Entered]),
    (Some(S::Held), K::Exit, &[S::Left]),
    (Some(S::Held), K::Tick, &[S::Unknown, S::Expired]),
    (Some(S::Offered), K::Sent, &[S::Requested]),
    (Some(S::Offered), K::Taken, &[S::Confirmed]),
    (Some(S::Offered), K::NoSpace, &[S::Waiting, S::Refused]),
    (Some(S::Offered), K::Refused, &[S::Refused]),
    (Some(S::Offered), K::Silent, &[S::Unknown]),
    (Some(S::Offered), K::NotReachable, &[S::Held]),
    (Some(S::Offered), K::Cancel, &[S::Cancelled]),
    (Some(S::Offered), K::Entry, &[S::Entered]),
    (Some(S::Offered), K::Exit, &[S::Left]),
    (Some(S::Offered), K::Tick, &[S::Unknown, S::Expired]),
    (Some(S::Requested), K::Taken, &[S::Confirmed]),
    (Some(S::Requested), K::NoSpace, &[S::Waiting, S::Refused]),
    (Some(S::Requested), K::Refused, &[S::Refused]),
    (Some(S::Requested), K::Silent, &[S::Unknown]),
    (Some(S::Requested), K::NotReachable, &[S::Held]),
    (Some(S::Requested), K::Cancel, &[S::Cancelled]),
    (Some(S::Requested), K::Entry, &[S::Entered]),
    (Some(S::Requested), K::Exit, &[S::Left]),
    (Some(S::Requested), K::Tick, &[S::Unknown, S::Expired]),
    (Some(S::Unknown), K::Taken, &[S::Confirmed]),
    (Some(S::Unknown), K::NoSpace, &[S::Waiting, S::Refused]),
    (Some(S::Unknown), K::Refused, &[S::Refused]),
    (Some(S::Unknown), K::Cancel, &[S::Cancelled]),
    (Some(S::Unknown), K::Entry, &[S::Entered]),
    (Some(S::Unknown), K::Exit, &[S::Left]),
    (Some(S::Unknown), K::Tick, &[S::Expired]),
    (Some(S::Waiting), K::Granted, &[S::Offered]),
    (Some(S::Waiting), K::Tick, &[S::Offered, S::Expired]),
    (Some(S::Waiting), K::Change, &[S::Offered]),
    (Some(S::Waiting), K::Cancel, &[S::Cancelled]),
    (Some(S::Waiting), K::Entry, &[S::Cancelled]),
    (Some(S::Waiting), K::Exit, &[S::Cancelled]),
    (Some(S::Confirmed), K::Cancel, &[S::Cancelled]),
    (Some(S::Confirmed), K::Entry, &[S::Entered]),
    (Some(S::Confirmed), K::Exit, &[S::Left]),
    (Some(S::Confirmed), K::Tick, &[S::NoShow, S::Expired]),
    (Some(S::NoShow), K::Entry, &[S::Entered]),
    (Some(S::NoShow), K::Exit, &[S::Left]),
    (Some(S::Entered), K::Exit, &[S::Left]),
    (Some(S::Entered), K::Tick, &[S::Left]),
];
