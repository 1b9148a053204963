//! The rules that look at a lot's day as a whole, a file a family. Each is a function of the day alone and says what holds
//! of it; what was found before and holds no more is [`super::evaluate`]'s to tell.

mod base_data;
mod charges;
mod counts;
mod declarations;
mod lists;
mod presence;
mod records;
mod sequential;

pub use base_data::metres_outside;
pub(super) use base_data::{ITEMS, faults, late};
pub(super) use counts::{Balance, hours_of_counts};
pub(super) use declarations::missing;
pub(super) use records::{picture_due, pictured_at};

use super::day::Day;
use crate::{Facts, Finding, FindingKind, ParkingSession, RecordId};
use jiff::Timestamp;

/// Every rule by day.
const RULES: [fn(&Day<'_>) -> Vec<Found>; 17] = [
    records::double_entry,
    records::two_lots_at_once,
    records::missing_exit,
    records::missing_photo,
    records::amendment_share,
    counts::vacancy_drift,
    counts::unbalanced_day,
    counts::frozen_count,
    counts::count_jump,
    lists::list_mismatch,
    presence::heartbeat_missed,
    presence::silence,
    presence::clock_off,
    base_data::base_data,
    charges::charges_missing,
    declarations::missing_record,
    declarations::vanished_record,
];

/// What holds of a day.
pub(super) struct Found {
    /// The record that it is about; `None`: the day.
    record_id: Option<RecordId>,
    /// What tells it from others of its kind about the same.
    which: String,
    /// The moment that is doubted.
    at: Timestamp,
    /// When it could be told, by the evidence alone.
    opened_at: Timestamp,
    /// When it was cured, where what cured it was received too late.
    resolved_at: Option<Timestamp>,
    facts: Facts,
}

impl Found {
    /// About the day.
    fn of_day(which: impl Into<String>, at: Timestamp, opened_at: Timestamp, facts: Facts) -> Self {
        Self { record_id: None, which: which.into(), at, opened_at, resolved_at: None, facts }
    }

    /// About a record. The day is part of what tells it from others: another day may say the same of it.
    fn of_record(
        (record_id, day): (&RecordId, &Day<'_>),
        part: &str,
        (at, opened_at): (Timestamp, Timestamp),
        facts: Facts,
    ) -> Self {
        let day = day.evidence.day;
        let which = if part.is_empty() { day.to_string() } else { format!("{day} {part}") };
        Self { record_id: Some(record_id.clone()), which, at, opened_at, resolved_at: None, facts }
    }

    fn into_finding(self, day: &Day<'_>) -> Finding {
        let subject = match &self.record_id {
            Some(record_id) => ParkingSession::subject(record_id),
            None => format!("day:{}", day.evidence.day),
        };
        Finding {
            kind: self.facts.kind().unwrap_or(FindingKind::MalformedMessage),
            lot: day.evidence.lot.code.clone(),
            subject,
            which: self.which,
            record_id: self.record_id.map(|id| id.as_str().to_owned()),
            at: self.at,
            facts: self.facts,
            opened_at: in_millis(self.opened_at),
            resolved_at: self.resolved_at.map(in_millis),
        }
    }
}

/// As it is kept.
fn in_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// All that holds of a day. Of a lot that is out of service nothing is asked.
pub(super) fn find(day: &Day<'_>) -> Vec<Finding> {
    if day.evidence.lot.closed {
        return Vec::new();
    }
    RULES.iter().flat_map(|rule| rule(day)).map(|found| found.into_finding(day)).collect()
}
