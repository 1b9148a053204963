//! What a lot says of itself over days.

use crate::faults::hit::{Hit, Outcome};
use crate::message::{Message, Says};
use jiff::SignedDuration;

/// After so long a lot tells a day again, otherwise.
const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(26);
/// Records that it then has no more.
const VANISHED: usize = 3;
/// A change of base data is reported so long after it is made.
const SAID_LATE: SignedDuration = SignedDuration::from_hours(4 * 24);

/// Records are gone from a day that is declared again.
pub(in crate::faults) fn vanished(hit: &mut Hit<'_>) -> Outcome {
    let Says::DayDeclared(declared) = &hit.message.says else { return Outcome::Untouched };
    if hit.again || declared.exits.len() <= VANISHED {
        return Outcome::Untouched;
    }
    let mut fewer = declared.clone();
    let gone: Vec<String> = declared.exits.intersection(&declared.entries).take(VANISHED).cloned().collect();
    for record in &gone {
        fewer.entries.remove(record);
        fewer.exits.remove(record);
    }
    if gone.is_empty() {
        return Outcome::Untouched;
    }
    let (due, lot) = (hit.later(TOLD_AGAIN), hit.message.lot.clone());
    hit.records.extend(gone);
    hit.more.push(Message::new(due, lot, Says::DayDeclared(fewer)));
    Outcome::Hit
}

/// Something about the lot changes, and its provider says so days later.
pub(in crate::faults) fn base_data_late(hit: &mut Hit<'_>) -> Outcome {
    if !hit.is_within || hit.memory.is_enough.is_some() || hit.message.due < hit.from + SAID_LATE {
        return Outcome::Untouched;
    }
    hit.memory.is_enough = Some(true);
    let (due, lot) = (hit.message.due, hit.message.lot.clone());
    hit.more.push(Message::new(due, lot, Says::LotChanged(hit.from)));
    Outcome::Followed
}
