//! The city's rules for reservations. What is not set is as cities publish it.

use super::directive::SpaceKind;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A day's minutes: nothing here is longer.
const DAY_MINUTES: u32 = 1_440;

/// How a city has its lots reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Minutes ahead that can be booked for.
    pub advance_minutes: u32,
    /// The same for spaces with a charger, where it differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charging_advance_minutes: Option<u32>,
    /// Minutes before the time booked from which on the car is let in under its order.
    pub early_minutes: u32,
    /// Minutes after the time booked for which the space is kept (obligatTime).
    pub keep_minutes: u32,
    /// Orders a day for a plate. One that the lot never took does not count.
    pub orders_per_day: u32,
    /// Minutes before the time booked until which calling off is free.
    pub free_cancel_minutes: u32,
    /// Late cancellations after which a plate books no more that day; 0: any number.
    pub late_cancels_per_day: u32,
    /// Late cancellations after which a plate books no more that month; 0: any number.
    pub late_cancels_per_month: u32,
    /// No-shows after which a plate is suspended for the rest of the month; 0: never.
    pub no_shows_per_month: u32,
    /// Orders that a plate may have on waitlists at once.
    pub waiting_per_plate: u32,
    /// Orders that may wait for a lot at once.
    pub waiting_max: u32,
    /// Minutes before the time booked at which the waitlist closes for an order.
    pub waitlist_closes_minutes: u32,
    /// Seconds within which a lot is to answer.
    pub answer_seconds: u32,
    /// Seconds from a failed attempt to the next; twice as many after each further one.
    pub retry_seconds: u32,
    /// Seconds between attempts at most.
    pub retry_max_seconds: u32,
    /// Minutes for which a place is held for a lot that does not answer.
    pub hold_minutes: u32,
    /// Seconds after which a lot that said that it has no space is asked anew, where it has reported no count meanwhile.
    pub no_space_seconds: u32,
    /// Days after which a car that came and was never seen leaving is taken to have left.
    pub stay_days_max: u32,
    /// Hours after a window within which an entry that turns up late takes a no-show back.
    pub settle_hours: u32,
    /// Hours after a window at which the driver's private link dies.
    pub link_hours: u32,
    /// Days after a window at which plate and phone are erased.
    pub erase_days: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            advance_minutes: 120,
            charging_advance_minutes: None,
            early_minutes: 30,
            keep_minutes: 30,
            orders_per_day: 2,
            free_cancel_minutes: 30,
            late_cancels_per_day: 3,
            late_cancels_per_month: 5,
            no_shows_per_month: 3,
            waiting_per_plate: 1,
            waiting_max: 100,
            waitlist_closes_minutes: 10,
            answer_seconds: 5,
            retry_seconds: 5,
            retry_max_seconds: 60,
            hold_minutes: 10,
            no_space_seconds: 60,
            stay_days_max: 30,
            settle_hours: 48,
            link_hours: 24,
            erase_days: 30,
        }
    }
}

/// A setting that is not what it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// Which.
    pub field: &'static str,
    /// The least that it can be.
    pub min: u32,
    /// The most.
    pub max: u32,
    /// What it is.
    pub received: u32,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, min, max, received } = self;
        write!(
            f,
            "{field} 应为 {min} 至 {max}，收到 {received} ({field} has to be {min} to {max}, not {received})"
        )
    }
}

impl std::error::Error for PolicyFault {}

impl Policy {
    /// Whether every setting is what it can be.
    pub fn check(&self) -> Result<(), PolicyFault> {
        let charging = self.charging_advance_minutes.unwrap_or(self.advance_minutes);
        let fields = [
            ("advance_minutes", self.advance_minutes, 1, 31 * DAY_MINUTES),
            ("charging_advance_minutes", charging, 1, 31 * DAY_MINUTES),
            ("early_minutes", self.early_minutes, 0, DAY_MINUTES),
            ("keep_minutes", self.keep_minutes, 1, DAY_MINUTES),
            ("orders_per_day", self.orders_per_day, 1, 100),
            ("free_cancel_minutes", self.free_cancel_minutes, 0, DAY_MINUTES),
            ("late_cancels_per_day", self.late_cancels_per_day, 0, 100),
            ("late_cancels_per_month", self.late_cancels_per_month, 0, 100),
            ("no_shows_per_month", self.no_shows_per_month, 0, 100),
            ("waiting_per_plate", self.waiting_per_plate, 0, 10),
            ("waiting_max", self.waiting_max, 0, 200),
            ("waitlist_closes_minutes", self.waitlist_closes_minutes, 0, DAY_MINUTES),
            ("answer_seconds", self.answer_seconds, 1, 60),
            ("retry_seconds", self.retry_seconds, 1, 3_600),
            ("retry_max_seconds", self.retry_max_seconds, self.retry_seconds, 3_600),
            ("hold_minutes", self.hold_minutes, 1, DAY_MINUTES),
            ("no_space_seconds", self.no_space_seconds, 1, 3_600),
            ("stay_days_max", self.stay_days_max, 1, 366),
            ("settle_hours", self.settle_hours, 0, 720),
            ("link_hours", self.link_hours, 1, 720),
            ("erase_days", self.erase_days, 1, 366),
        ];
        let wrong = fields.into_iter().find(|(_, received, min, max)| !(min..=max).contains(&received));
        match wrong {
            Some((field, received, min, max)) => Err(PolicyFault { field, min, max, received }),
            None => Ok(()),
        }
    }

    /// The latest time that can be booked for at `now`.
    pub fn latest(&self, space: SpaceKind, now: Timestamp) -> Timestamp {
        let charging = self.charging_advance_minutes.filter(|_| space == SpaceKind::Charging);
        let ahead = minutes(i64::from(charging.unwrap_or(self.advance_minutes)));
        now.checked_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// How long after the `failed`th attempt of a call that failed the next is made.
    pub(super) fn backoff(&self, failed: u32) -> SignedDuration {
        let doubled = self.retry_seconds.saturating_mul(1 << failed.saturating_sub(1).min(16));
        SignedDuration::from_secs(i64::from(doubled.min(self.retry_max_seconds)))
    }
}

/// So many minutes.
pub(super) fn minutes(count: i64) -> SignedDuration {
    // Clamped: far more than any setting, far less than a duration's end.
    SignedDuration::from_mins(count.clamp(-10_000_000, 10_000_000))
}
