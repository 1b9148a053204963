//! What a lot says of itself over days.

use crate::faults::hit::{Hit, Outcome};
use crate::message::{Message, Says, Twist};
use bowei_model::Report;
use jiff::SignedDuration;

/// After so long a lot tells a day again, otherwise.
const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(26);
/// Records that it then has no more.
const VANISHED: usize = 3;
/// A change of base data is said so long after it is made.
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

/// The lot grows, its counts know it, and its base data say so four days later.
pub(in crate::faults) fn base_data_late(hit: &mut Hit<'_>) -> Outcome {
    let before = hit.message.lot.spaces_total;
    let after = before + (before / 8).max(4);
    let is_said = hit.message.due >= hit.from + SAID_LATE;
    if !hit.is_within {
        return Outcome::Untouched;
    }
    match &mut hit.message.says {
        Says::Passage(passage) => {
            passage.vacant = passage.vacant.map(|vacant| vacant + i64::from(after - before));
            hit.message.twist = Some(Twist::SpacesTotal(after));
            Outcome::Hit
        }
        Says::OfLot(Report::Lot(profile)) if is_said => {
            profile.spaces_total = Some(after);
            Outcome::Hit
        }
        _ => Outcome::Untouched,
    }
}
