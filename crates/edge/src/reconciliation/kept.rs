//! What became of the days that were compared: on disk, and in the gateway's status.

use bowei_model::moment;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Days back that are compared.
pub(super) const DAYS_BACK: i64 = 7;

/// Records of a day by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Numbers {
    pub(super) entries: u64,
    pub(super) exits: u64,
    pub(super) photos: u64,
    pub(super) charges: u64,
}

/// What became of a day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DayResult {
    /// When the platform was last asked.
    pub(super) asked_at: Timestamp,
    /// What the lot has, by its own log.
    pub(super) own: Numbers,
    /// What the platform had when it was last asked.
    pub(super) had: Numbers,
    /// Records that it lacked when it was first asked.
    pub(super) missing: u64,
    /// Records of the log that were sent again.
    pub(super) resent: u64,
    /// Records that it lacked when it was last asked.
    pub(super) still_missing: u64,
    /// Records that it has and the lot has not.
    pub(super) unknown_to_lot: u64,
    /// Nothing more is done about it, unless the lot's own log changes.
    pub(super) done: bool,
    /// Of which day it was when it was done with.
    pub(super) looked_on: Option<Date>,
    /// The digest of what the lot has, once it is done with.
    pub(super) of: Option<String>,
    /// The digest of what was declared last.
    pub(super) declared: Option<String>,
}

impl DayResult {
    pub(super) fn new(asked_at: Timestamp) -> Self {
        let (own, had) = (Numbers::default(), Numbers::default());
        Self {
            asked_at,
            own,
            had,
            missing: 0,
            resent: 0,
            still_missing: 0,
            unknown_to_lot: 0,
            done: false,
            looked_on: None,
            of: None,
            declared: None,
        }
    }
}

/// All days.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Since when the log is the lot's whole word: the gateway was set up, or told to compare, then.
    pub(super) since: Timestamp,
    pub(super) days: BTreeMap<Date, DayResult>,
    /// The open orders about missing records for which the days were compared again.
    #[serde(default)]
    pub(super) orders: BTreeSet<String>,
}

impl Kept {
    pub(super) fn new(since: Timestamp) -> Self {
        Self { since, days: BTreeMap::new(), orders: BTreeSet::new() }
    }

    /// Notes which orders about missing records are open: after a new one every day is compared again at once. Gives whether
    /// they are others than before.
    pub(super) fn note_orders(&mut self, open: BTreeSet<String>) -> bool {
        if !open.is_subset(&self.orders) {
            self.days.values_mut().for_each(|day| (day.looked_on, day.of) = (None, None));
        }
        std::mem::replace(&mut self.orders, open) != self.orders
    }

    /// The days to compare at `now`, the newest first. They are looked at from `after_midnight` on, and only those of
    /// which the log, which is kept for `keep`, still has everything.
    pub(super) fn due(
        &self,
        now: Timestamp,
        after_midnight: SignedDuration,
        keep: SignedDuration,
    ) -> Vec<Date> {
        let today = moment::to_wall(now).date();
        let Some(midnight) = moment::start_of_date(today) else { return Vec::new() };
        if now.duration_since(midnight) < after_midnight {
            return Vec::new();
        }
        let is_due = |day: &Date| {
            let Some(begins) = moment::start_of_date(*day) else { return false };
            let is_known = begins + SignedDuration::from_hours(24) > self.since;
            let is_whole = now.duration_since(begins) < keep;
            let is_open = self.days.get(day).is_none_or(|it| !it.done || it.looked_on != Some(today));
            is_known && is_whole && is_open
        };
        (1..=DAYS_BACK).filter_map(|back| today.checked_sub(back.days()).ok()).filter(is_due).collect()
    }

    /// Whether the log is the lot's whole word on a day.
    pub(super) fn is_whole(&self, day: Date) -> bool {
        moment::start_of_date(day).is_some_and(|begins| begins >= self.since)
    }

    /// Forgets days that are compared no longer.
    pub(super) fn forget(&mut self, now: Timestamp) {
        let today = moment::to_wall(now).date();
        let oldest = today.checked_sub(DAYS_BACK.days()).unwrap_or(today);
        self.days.retain(|day, _| *day >= oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const KEEP: SignedDuration = SignedDuration::from_hours(8 * 24);

    fn at(text: &str) -> Timestamp {
        format!("{text}:00+08:00").parse().unwrap()
    }

    #[test]
    fn a_week_is_due_from_a_while_after_midnight_on_and_nothing_that_the_log_has_lost() {
        let kept = Kept::new(at("2026-03-01T00:00"));
        let wait = SignedDuration::from_mins(40);
        assert_eq!(kept.due(at("2026-04-02T00:39"), wait, KEEP), []);
        let all = kept.due(at("2026-04-02T00:40"), wait, KEEP);
        assert_eq!((all.len(), all[0], all[6]), (7, date(2026, 4, 1), date(2026, 3, 26)));
        let short = kept.due(at("2026-04-02T00:40"), wait, SignedDuration::from_hours(48));
        assert_eq!(short, [date(2026, 4, 1)]);
    }

    #[test]
    fn a_day_of_before_the_gateway_is_none_of_its() {
        let kept = Kept::new(at("2026-03-31T15:00"));
        assert_eq!(
            kept.due(at("2026-04-02T09:00"), SignedDuration::ZERO, KEEP),
            [date(2026, 4, 1), date(2026, 3, 31)]
        );
        assert!(kept.is_whole(date(2026, 4, 1)) && !kept.is_whole(date(2026, 3, 31)));
    }

    #[test]
    fn a_new_order_has_every_day_compared_again_once() {
        let mut kept = Kept::new(at("2026-03-31T15:00"));
        let now = at("2026-04-02T09:00");
        let (done, looked_on, of) = (true, Some(date(2026, 4, 2)), Some("digest".to_owned()));
        let day = DayResult { done, looked_on, of, ..DayResult::new(now) };
        let due = |kept: &Kept| kept.due(now, SignedDuration::ZERO, KEEP);
        kept.days = [date(2026, 3, 31), date(2026, 4, 1)].map(|it| (it, day.clone())).into();
        let open = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        assert!(!kept.note_orders(open(&[])));
        assert_eq!(due(&kept), []);
        assert!(kept.note_orders(open(&["O1"])));
        assert_eq!(due(&kept), [date(2026, 4, 1), date(2026, 3, 31)]);
        assert!(kept.days.values().all(|day| day.of.is_none()), "or the platform would not be asked");
        kept.days.values_mut().for_each(|it| *it = day.clone());
        assert!(!kept.note_orders(open(&["O1"])));
        assert!(kept.note_orders(open(&[])), "it is closed");
        assert_eq!(due(&kept), []);
    }

    #[test]
    fn a_day_that_is_done_is_looked_at_once_more_the_next_night() {
        let mut kept = Kept::new(at("2026-03-31T15:00"));
        let now = at("2026-04-02T09:00");
        let done = DayResult { done: true, looked_on: Some(date(2026, 4, 2)), ..DayResult::new(now) };
        kept.days.insert(date(2026, 4, 1), done);
        kept.days.insert(date(2026, 3, 31), DayResult::new(now));
        assert_eq!(kept.due(now, SignedDuration::ZERO, KEEP), [date(2026, 3, 31)]);
        let next = kept.due(at("2026-04-03T09:00"), SignedDuration::ZERO, KEEP);
        assert_eq!(next, [date(2026, 4, 2), date(2026, 4, 1), date(2026, 3, 31)]);
        kept.forget(at("2026-04-08T09:00"));
        assert_eq!(kept.days.keys().copied().collect::<Vec<_>>(), [date(2026, 4, 1)]);
    }
}
