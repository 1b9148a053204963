//! An order: one car, one lot, one window.

use super::call::{Call, CallKind};
use super::code::OrderCode;
use super::directive::{Cancellation, Reservation, SpaceKind};
use super::policy::{Policy, minutes};
use super::reason::{Limit, Reason};
use super::state::OrderState;
use crate::{LotCode, Plate, RecordId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Steps kept of one order: the first ones and the last. A lot that changes its mind for hours must not make it grow.
pub const STEPS_MAX: usize = 32;

/// One step of an order's history. Where `from` and `to` are the same, something was noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When, by the platform's clock.
    pub at: Timestamp,
    /// The state before; `None` at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<OrderState>,
    /// The state after.
    pub to: OrderState,
    /// Why.
    pub reason: Reason,
}

/// What a confirmed order is to become, once the lot agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// When the car is to come.
    pub enter_at: Timestamp,
    /// What kind of space.
    pub space: SpaceKind,
}

/// One car's order for a space in one lot's window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its code (预约编码).
    pub code: OrderCode,
    /// The lot.
    pub lot: LotCode,
    /// The car.
    pub plate: Plate,
    /// What kind of space (预约车位类型).
    pub space: SpaceKind,
    /// When the car is to come (预约入场时间).
    pub enter_at: Timestamp,
    /// Minutes before `enter_at` from which on it may come; as the rules were when it was made.
    pub early_minutes: i64,
    /// Minutes after `enter_at` for which the space is kept (保留时长).
    pub keep_minutes: i64,
    /// When its window is over (预约过期时间).
    pub expires_at: Timestamp,
    /// What became of it.
    pub state: OrderState,
    /// How many changes it has had that are seen of it: who changes it names the version that he saw.
    pub version: u64,
    /// Its number in the book: who asked first has the lower one. Kept on the waitlist, and when the lot sends it back there.
    pub joined: u64,
    /// Whether it goes on the waitlist where there is no place.
    pub wait: bool,
    /// Why its plate may not have what it asks for: its lot is never asked, and it ends as one that its lot refused. Until then
    /// it is like any other in all that is seen of it: nobody learns from an order what its plate has behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barred: Option<Limit>,
    /// Whether its place came to it from the waitlist.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_promoted: bool,
    /// Why it was passed over on the waitlist, while that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<Limit>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// What the lot is still to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// How many attempts were handed out so far.
    #[serde(default)]
    pub attempts: u32,
    /// Whether its time was changed later than calling off was free: calling it off counts from then on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_late: bool,
    /// What it is to become, once the lot agrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Wanted>,
    /// When the lot took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// When it came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The parking that it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay: Option<RecordId>,
    /// When the car came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_at: Option<Timestamp>,
    /// When the car went out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Timestamp>,
    /// The parking of its car that began before the window, while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_stay: Option<RecordId>,
    /// Until when its plate is suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_until: Option<Timestamp>,
    /// Whether its driver left a phone number for notices.
    #[serde(default)]
    pub notify: bool,
    /// Its history, [`STEPS_MAX`] at most. Who keeps it elsewhere may empty it here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

impl Order {
    /// From when on its car is let in under it.
    pub fn window_from(&self) -> Timestamp {
        minutes_before(self.enter_at, self.early_minutes)
    }

    /// Whether its window has `at` in it, both ends included.
    pub fn is_in_window(&self, at: Timestamp) -> bool {
        (self.window_from()..=self.expires_at).contains(&at)
    }

    /// When the waitlist closes for it.
    pub fn waitlist_closes_at(&self, policy: &Policy) -> Timestamp {
        minutes_before(self.enter_at, i64::from(policy.waitlist_closes_minutes))
    }

    /// Whether calling it off at `now` is later than is free.
    pub fn is_late_to_cancel(&self, now: Timestamp, policy: &Policy) -> bool {
        self.is_late || now > minutes_before(self.enter_at, i64::from(policy.free_cancel_minutes))
    }

    /// Until when its place is held for a lot that does not answer.
    pub fn hold_ends_at(&self, policy: &Policy) -> Timestamp {
        let since = self.call.as_ref().map_or(self.created_at, |call| call.since);
        let ends = since.checked_add(minutes(i64::from(policy.hold_minutes)));
        ends.map_or(self.expires_at, |ends| ends.min(self.expires_at))
    }

    /// What the lot is told to keep for a call of that kind; a change says what it is to become.
    pub fn reservation(&self, what: CallKind) -> Reservation {
        let wanted = self.wanted.filter(|_| what == CallKind::Change);
        let Wanted { enter_at, space } =
            wanted.unwrap_or(Wanted { enter_at: self.enter_at, space: self.space });
        Reservation {
            lot: self.lot.clone(),
            reservation_code: self.code.as_str().to_owned(),
            plate: self.plate.clone(),
            plate_kind: None,
            vehicle: None,
            arrives_at: enter_at,
            expires_at: window_ends(enter_at, self.keep_minutes),
            kept_minutes: self.keep_minutes,
            only_if_free: true,
            space,
            changes: what == CallKind::Change,
        }
    }

    /// What the lot is told to let go.
    pub fn cancellation(&self) -> Cancellation {
        Cancellation { lot: self.lot.clone(), reservation_code: self.code.as_str().to_owned() }
    }

    /// Whether what its lot is to be told is pretended, and not told: see [`Call::is_pretended`].
    pub fn is_pretended(&self) -> bool {
        self.barred.is_some() || self.call.as_ref().is_some_and(|call| call.is_pretended)
    }

    /// Whether it takes, or is about to take, a place of that kind.
    pub(super) fn holds(&self, space: SpaceKind) -> bool {
        self.state.holds_place()
            && (self.space == space || self.wanted.is_some_and(|wanted| wanted.space == space))
    }

    /// Takes what was wanted for what is.
    pub(super) fn become_wanted(&mut self, wanted: Wanted) {
        (self.enter_at, self.space) = (wanted.enter_at, wanted.space);
        self.expires_at = window_ends(wanted.enter_at, self.keep_minutes);
    }
}

/// When the window of a car that is to come at `enter_at` is over.
pub(super) fn window_ends(enter_at: Timestamp, keep_minutes: i64) -> Timestamp {
    enter_at.checked_add(minutes(keep_minutes)).unwrap_or(Timestamp::MAX)
}

pub(super) fn minutes_before(at: Timestamp, count: i64) -> Timestamp {
    at.checked_sub(minutes(count)).unwrap_or(Timestamp::MIN)
}
