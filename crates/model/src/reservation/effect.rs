//! What comes of a command.

use super::call::CallKind;
use super::code::OrderCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// What the driver is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The lot keeps a space.
    Confirmed,
    /// It is on the waitlist.
    Waiting,
    /// Its turn on the waitlist came, and the lot keeps a space.
    Promoted,
    /// It was not taken.
    Refused,
    /// It was called off.
    Cancelled,
    /// The lot agreed to the change.
    Changed,
    /// The lot did not agree to the change: it is as it was.
    ChangeRefused,
    /// Nothing came of it in time: of the waitlist, or of a lot that did not answer.
    Expired,
}

/// What is to be done once the book is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The lot is to be told something now. What: [`super::Order::reservation`], [`super::Order::cancellation`].
    Call {
        /// Of which order.
        code: OrderCode,
        /// What.
        what: CallKind,
        /// The attempt, which its answer names.
        attempt: u32,
    },
    /// The driver is to be told.
    Notice {
        /// Of which order.
        code: OrderCode,
        /// What.
        event: Event,
    },
    /// An order was called off later than is free: it counts against its plate.
    LateCancel {
        /// Which order.
        code: OrderCode,
    },
    /// A car did not come, as far as is known: to be proven before it counts.
    NoShowSuspected {
        /// Which order.
        code: OrderCode,
    },
    /// The car had come after all: what was suspected or counted is taken back.
    NoShowRevoked {
        /// Which order.
        code: OrderCode,
    },
    /// The order has come to its end.
    Ended {
        /// Which order.
        code: OrderCode,
    },
}

/// What a command did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// What is to be done once the book is stored, in this order.
    pub effects: Vec<Effect>,
    /// The orders that are not as they were.
    pub changed: BTreeSet<OrderCode>,
}

/// A command that was not done. The book is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// The book has no such order.
    NoSuchOrder,
    /// The code is another order's.
    CodeTaken,
    /// It was changed meanwhile: what it was decided on is no longer so.
    Outdated {
        /// The version that it has.
        version: u64,
    },
    /// It cannot be done in the state that the order is in.
    State,
    /// The lot is being asked about it: try again when it has answered.
    Asking,
    /// The time lies in the past.
    Past,
    /// The time lies too far ahead.
    TooFarAhead {
        /// The latest time that can be asked for now.
        latest: Timestamp,
    },
    /// The waitlist is closed for that time already.
    TooNear,
    /// No place of that kind is free to change to.
    NoSpace,
    /// The book is full.
    BookFull,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchOrder => f.write_str("there is no such order in the book"),
            Self::CodeTaken => f.write_str("the code is another order's: make a new one"),
            Self::Outdated { version } => {
                write!(f, "the order was changed meanwhile, to version {version}: read it again")
            }
            Self::State => f.write_str("this cannot be done in the order's state"),
            Self::Asking => {
                f.write_str("the lot is being asked about the order: try again when it has answered")
            }
            Self::Past => f.write_str("the time to come at lies in the past"),
            Self::TooFarAhead { latest } => {
                write!(f, "the time to come at lies too far ahead: {latest} at the latest")
            }
            Self::TooNear => f.write_str("the waitlist is closed for that time already"),
            Self::NoSpace => f.write_str("no place of that kind is free"),
            Self::BookFull => f.write_str("the lot has as many orders as its book takes"),
        }
    }
}

impl std::error::Error for Declined {}
