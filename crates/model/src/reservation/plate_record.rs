//! What a plate has on its record over all lots: its orders, late cancellations and no-shows, and what follows from them.

use super::code::OrderCode;
use super::policy::Policy;
use super::reason::Limit;
use crate::moment;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Characters of an appeal.
pub const APPEAL_TEXT_MAX: usize = 1_000;
/// Marks and orders are kept so long: the month that counts, and the one before it, which may still be appealed against.
const KEPT: SignedDuration = SignedDuration::from_hours(62 * 24);

/// Something that counts against a plate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The order that it is about.
    pub code: OrderCode,
    /// When it happened: the month of this moment is the one that it counts in.
    pub at: Timestamp,
    /// Since when it counts.
    pub counted_at: Timestamp,
    /// Whether it was taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_revoked: bool,
}

/// A plate may not book for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Since when.
    pub since: Timestamp,
    /// Until when: the month's end.
    pub until: Timestamp,
    /// The orders whose cars did not come.
    pub orders: Vec<OrderCode>,
}

/// The driver says that a mark is not right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// The order whose mark it is.
    pub code: OrderCode,
    /// When it was made.
    pub at: Timestamp,
    /// The driver's words.
    pub text: String,
    /// What the office decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<AppealDecision>,
}

/// What the office decided on an appeal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealDecision {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Whether the driver is right: the mark is taken back.
    pub is_sustained: bool,
    /// Why.
    pub reason: String,
}

/// An appeal, or a decision on one, that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppealRefused {
    /// The order has no mark that counts.
    NoMark,
    /// There is one already, or it is decided already.
    AlreadyMade,
    /// There is none to decide.
    NoAppeal,
    /// It says nothing, or more than [`APPEAL_TEXT_MAX`].
    Text,
}

impl fmt::Display for AppealRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMark => "nothing counts against this order",
            Self::AlreadyMade => "there is one already",
            Self::NoAppeal => "there is no appeal to decide",
            Self::Text => "a text of 1 to 1,000 characters is needed",
        })
    }
}

impl std::error::Error for AppealRefused {}

/// A plate's record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlateRecord {
    /// Its orders that count, with when they were made.
    pub orders: BTreeMap<OrderCode, Timestamp>,
    /// Its orders on waitlists.
    pub waiting: BTreeSet<OrderCode>,
    /// Orders called off later than is free.
    pub late_cancels: Vec<Mark>,
    /// Orders whose car was proven not to have come.
    pub no_shows: Vec<Mark>,
    /// When the office last ended a suspension: what counted by then suspends no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifted_at: Option<Timestamp>,
    /// Appeals, one an order at most.
    pub appeals: Vec<Appeal>,
}

impl PlateRecord {
    /// Whether the plate may book at `now`.
    pub fn may_book(&self, now: Timestamp, policy: &Policy) -> Result<(), Limit> {
        let today = moment::to_wall(now).date();
        let is_today = |at: Timestamp| moment::to_wall(at).date() == today;
        if let Some(Suspension { until, .. }) = self.suspension(now, policy) {
            return Err(Limit::Suspended { until });
        }
        let late = |of: &dyn Fn(Timestamp) -> bool| {
            self.late_cancels.iter().filter(|mark| !mark.is_revoked && of(mark.at)).count()
        };
        if reached(late(&is_today), policy.late_cancels_per_day) {
            return Err(Limit::LateCancelsOfDay);
        }
        if reached(late(&|at| is_same_month(at, now)), policy.late_cancels_per_month) {
            return Err(Limit::LateCancelsOfMonth);
        }
        let orders = self.orders.values().filter(|at| is_today(**at)).count();
        if orders >= policy.orders_per_day as usize { Err(Limit::PerDay) } else { Ok(()) }
    }

    /// Whether the plate may go on a waitlist.
    pub fn may_wait(&self, policy: &Policy) -> Result<(), Limit> {
        if self.waiting.len() >= policy.waiting_per_plate as usize { Err(Limit::Waits) } else { Ok(()) }
    }

    /// The suspension that holds at `now`, which ends by itself at the month's end, or as soon as fewer no-shows count.
    pub fn suspension(&self, now: Timestamp, policy: &Policy) -> Option<Suspension> {
        let counts = |mark: &&Mark| {
            !mark.is_revoked
                && is_same_month(mark.at, now)
                && mark.counted_at <= now
                && self.lifted_at.is_none_or(|lifted_at| mark.counted_at > lifted_at)
        };
        let mut marks: Vec<_> = self.no_shows.iter().filter(counts).collect();
        marks.sort_by_key(|mark| mark.counted_at);
        if !reached(marks.len(), policy.no_shows_per_month) {
            return None;
        }
        let last = marks.get(policy.no_shows_per_month.checked_sub(1)? as usize)?;
        let orders = marks.iter().map(|mark| mark.code.clone()).collect();
        Some(Suspension { since: last.counted_at, until: next_month(now)?, orders })
    }

    /// Counts an order made at `at`; again it is the same one.
    pub fn booked(&mut self, code: OrderCode, at: Timestamp) {
        self.orders.entry(code).or_insert(at);
    }

    /// Counts an order no more: the lot never took it.
    pub fn unbooked(&mut self, code: &OrderCode) {
        self.orders.remove(code);
    }

    /// An order goes on a waitlist.
    pub fn waits(&mut self, code: OrderCode) {
        self.waiting.insert(code);
    }

    /// An order waits no longer, whatever came of it.
    pub fn waits_no_longer(&mut self, code: &OrderCode) {
        self.waiting.remove(code);
    }

    /// An order was called off late at `now`; again it is the same mark.
    pub fn late_cancelled(&mut self, code: OrderCode, now: Timestamp) {
        mark(&mut self.late_cancels, code, now, now);
    }

    /// The car of an order for `enter_at` was proven at `now` not to have come; again it is the same mark, and one that was
    /// taken back stays so.
    pub fn no_show(&mut self, code: OrderCode, enter_at: Timestamp, now: Timestamp) {
        mark(&mut self.no_shows, code, enter_at, now);
    }

    /// Takes the marks of an order back; whether there was one.
    pub fn revoke(&mut self, code: &OrderCode) -> bool {
        let marks = self.no_shows.iter_mut().chain(&mut self.late_cancels);
        let mut revoked = false;
        for mark in marks.filter(|mark| mark.code == *code && !mark.is_revoked) {
            (mark.is_revoked, revoked) = (true, true);
        }
        revoked
    }

    /// The office ends the suspension; whether there was one.
    pub fn lift(&mut self, now: Timestamp, policy: &Policy) -> bool {
        let is_suspended = self.suspension(now, policy).is_some();
        if is_suspended {
            self.lifted_at = Some(now);
        }
        is_suspended
    }

    /// The driver appeals against the mark of an order.
    pub fn appeal(&mut self, code: OrderCode, text: &str, now: Timestamp) -> Result<(), AppealRefused> {
        let text = text.trim();
        let has_mark =
            self.no_shows.iter().chain(&self.late_cancels).any(|mark| mark.code == code && !mark.is_revoked);
        if !has_mark {
            return Err(AppealRefused::NoMark);
        }
        if self.appeals.iter().any(|appeal| appeal.code == code) {
            return Err(AppealRefused::AlreadyMade);
        }
        check_text(text)?;
        self.appeals.push(Appeal { code, at: now, text: text.to_owned(), decision: None });
        Ok(())
    }

    /// The office decides an appeal: a sustained one takes the order's marks back.
    pub fn decide(&mut self, code: &OrderCode, decision: AppealDecision) -> Result<(), AppealRefused> {
        check_text(decision.reason.trim())?;
        let appeal = self.appeals.iter_mut().find(|appeal| appeal.code == *code);
        let appeal = appeal.ok_or(AppealRefused::NoAppeal)?;
        if appeal.decision.is_some() {
            return Err(AppealRefused::AlreadyMade);
        }
        let is_sustained = decision.is_sustained;
        appeal.decision = Some(decision);
        if is_sustained {
            self.revoke(code);
        }
        Ok(())
    }

    /// Forgets what counts no more and can no longer be appealed against; whether nothing is left.
    pub fn forget(&mut self, now: Timestamp) -> bool {
        let is_kept = |at: Timestamp| at.checked_add(KEPT).is_ok_and(|until| until > now);
        self.orders.retain(|_, at| is_kept(*at));
        self.late_cancels.retain(|mark| is_kept(mark.counted_at));
        self.no_shows.retain(|mark| is_kept(mark.counted_at));
        self.appeals.retain(|appeal| appeal.decision.is_none() || is_kept(appeal.at));
        self.lifted_at = self.lifted_at.filter(|at| is_kept(*at));
        *self == Self::default()
    }
}

/// Whether a number has reached a limit; 0 is none.
fn reached(count: usize, limit: u32) -> bool {
    limit > 0 && count >= limit as usize
}

fn mark(marks: &mut Vec<Mark>, code: OrderCode, at: Timestamp, counted_at: Timestamp) {
    if !marks.iter().any(|mark| mark.code == code) {
        marks.push(Mark { code, at, counted_at, is_revoked: false });
    }
}

fn check_text(text: &str) -> Result<(), AppealRefused> {
    let fits = (1..=APPEAL_TEXT_MAX).contains(&text.chars().take(APPEAL_TEXT_MAX + 1).count());
    if fits { Ok(()) } else { Err(AppealRefused::Text) }
}

fn month(at: Timestamp) -> (i16, i8) {
    let wall = moment::to_wall(at);
    (wall.year(), wall.month())
}

fn is_same_month(a: Timestamp, b: Timestamp) -> bool {
    month(a) == month(b)
}

/// When the month after that of `at` begins.
fn next_month(at: Timestamp) -> Option<Timestamp> {
    let (year, month) = month(at);
    let (year, month) = if month == 12 { (year.checked_add(1)?, 1) } else { (year, month + 1) };
    moment::start_of_date(Date::new(year, month, 1).ok()?)
}
