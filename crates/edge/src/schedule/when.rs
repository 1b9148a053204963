//! When a duty is due next. Pure.

use bowei_model::moment;
use bowei_standards::lot_side::When;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// The occurrence of a duty that `now` lies in: the latest moment, not after `now`, at which it was due. `None` for a
/// duty that counts from when it was done last.
pub(super) fn latest(when: When, now: Timestamp) -> Option<Timestamp> {
    let there = now.to_zoned(moment::zone()).datetime();
    let due = match when {
        When::Hourly => there.date().at(there.hour(), 0, 0, 0),
        When::DailyAt { hour } => {
            let today = there.date().at(hour, 0, 0, 0);
            if today <= there { today } else { today.checked_sub(1.day()).ok()? }
        }
        When::Every(_) => return None,
    };
    Some(due.to_zoned(moment::zone()).ok()?.timestamp())
}

/// How often a duty is due, which is also how late it may at most be made up for.
pub(super) fn period(when: When) -> SignedDuration {
    match when {
        When::Hourly => SignedDuration::from_hours(1),
        When::DailyAt { .. } => SignedDuration::from_hours(24),
        When::Every(period) => period,
    }
}
