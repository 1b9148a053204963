//! Why an order took a step. Words for people are made at the rim.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a step was taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// There was a place when it was asked for.
    Placed,
    /// No place of its kind is free, by the book or by the lot's answer.
    NoSpace,
    /// The waitlist is full.
    QueueFull,
    /// The lot is being asked.
    Sent,
    /// The lot takes it.
    LotTaken,
    /// The lot refuses it for another reason than want of space.
    LotRefused {
        /// The lot's code for why, as its standard numbers them.
        code: i64,
        /// The lot's words.
        why: String,
    },
    /// The lot has not answered in time.
    LotSilent,
    /// The lot could not be reached: it knows nothing of it.
    LotNotReachable,
    /// The lot takes it after it was over: it is told to let it go.
    LotLate,
    /// The driver called it off in time.
    Driver,
    /// The driver called it off later than is free.
    LateDriver,
    /// The lot called it off.
    Lot,
    /// The office called it off.
    Office,
    /// Its turn on the waitlist has come.
    Promoted,
    /// Its turn had come, and it was passed over.
    NotEligible {
        /// Why.
        why: Limit,
    },
    /// Its plate may not book.
    Limited {
        /// Why.
        why: Limit,
    },
    /// Still waiting so short before its time that nobody could rely on it.
    SlotTooNear,
    /// Its window is over.
    WindowOver,
    /// The car came before its window: it is none that was reserved for.
    EnteredEarly,
    /// The car came in its window.
    Entered,
    /// The car came while it was on the waitlist.
    EnteredMeanwhile,
    /// The lot named the order for a car with another plate.
    OtherPlate,
    /// The car has gone.
    Exited,
    /// The car came, and its exit has not been reported for longer than any stay.
    ExitMissing,
    /// The driver asked for another time or kind of space.
    ChangeWanted,
    /// It is for another time or kind of space from now on.
    Changed,
    /// The lot does not take the change: the order is as it was.
    ChangeRefused,
}

/// What keeps a plate from booking, or an order from its turn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "limit", rename_all = "kebab-case")]
pub enum Limit {
    /// The plate has had its orders of the day.
    PerDay,
    /// The plate's orders were called off late too often today.
    LateCancelsOfDay,
    /// The plate's orders were called off late too often this month.
    LateCancelsOfMonth,
    /// The plate is suspended for not having come.
    Suspended {
        /// Until when.
        until: Timestamp,
    },
    /// The plate waits elsewhere.
    Waits,
    /// The plate has another order of this lot at that time.
    SameTime,
    /// The lot still has it from an earlier answer, and is being told to let it go.
    LettingGo,
}
