//! What a lot is still to be told of an order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a lot is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// Keep a space (reservation, 操作类型 1).
    Reserve,
    /// Keep it at another time or of another kind (reservation, 操作类型 2).
    Change,
    /// Let it go (cancelReservation).
    Cancel,
}

/// What the lot is still to be told: kept with the intent, taken away by the lot's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// What.
    pub what: CallKind,
    /// The first of its attempts: answers to earlier ones are to another call.
    pub first_attempt: u32,
    /// The attempt that was made last, or is being made; attempts of an order are counted through all its calls.
    pub attempt: u32,
    /// While `is_out`: when the attempt counts as unanswered. Else: when the next attempt is to be made.
    pub next_at: Timestamp,
    /// Since when the lot is to be told.
    pub since: Timestamp,
    /// Whether an attempt was handed out and its answer is awaited.
    pub is_out: bool,
    /// Whether the lot may have received one: all but those that certainly did not reach it.
    pub may_have_reached: bool,
    /// Whether it is not made: what it asks for its plate may not have. Whoever makes calls answers it after as long as the
    /// lot takes, and whatever he answers is heard as a refusal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_pretended: bool,
}
