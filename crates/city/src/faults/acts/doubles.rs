//! One car twice.

use crate::faults::hit::{Hit, Outcome};
use crate::message::{Message, Says};
use bowei_model::{Direction, RecordId};
use jiff::SignedDuration;

/// After so long a car that came in comes in once more: less than anybody stays.
const COMES_AGAIN: SignedDuration = SignedDuration::from_secs(140);
/// A car with the same plate is elsewhere for so long at least, before and together.
const TOGETHER: SignedDuration = SignedDuration::from_mins(20);

/// The same passages under two ids.
pub(in crate::faults) fn same_second(hit: &mut Hit<'_>) -> Outcome {
    second(hit, "D", SignedDuration::ZERO)
}

/// A car comes in that is inside, and goes out twice.
pub(in crate::faults) fn inside_twice(hit: &mut Hit<'_>) -> Outcome {
    second(hit, "E", COMES_AGAIN)
}

/// A second record of the same stay, entered so much later. Its exit is said in the same second where its entry is,
/// and a second later where not.
fn second(hit: &mut Hit<'_>, mark: &str, later: SignedDuration) -> Outcome {
    let Says::Passage(passage) = &hit.message.says else { return Outcome::Untouched };
    let is_entry = passage.direction == Direction::Entry;
    if is_entry == hit.again || passage.plate.is_none() {
        return Outcome::Untouched;
    }
    let mut copy = passage.clone();
    copy.record_id = RecordId::from(format!("{}{mark}", passage.record_id));
    let name = copy.record_id.to_string();
    let after = if is_entry { later } else { later.min(SignedDuration::from_secs(1)) };
    copy.at += after;
    copy.entered_at = copy.entered_at.map(|at| at + later);
    copy.minutes = copy.entered_at.map(|entered_at| copy.at.duration_since(entered_at).as_secs() / 60);
    let due = hit.later(after.max(SignedDuration::from_secs(1)));
    let lot = hit.message.lot.clone();
    hit.more
        .push(Message { within: hit.message.within.clone(), ..Message::new(due, lot, Says::Passage(copy)) });
    hit.records.push(name);
    if is_entry { Outcome::Hit } else { Outcome::Followed }
}

/// A car is read with the plate of one that is inside another lot.
pub(in crate::faults) fn two_lots(hit: &mut Hit<'_>) -> Outcome {
    let Says::Passage(passage) = &mut hit.message.says else { return Outcome::Untouched };
    if passage.direction == Direction::Entry && !hit.again {
        let fits = |other: &&bowei_model::Passage| {
            let is_alike = other.plate.is_some() && other.plate_kind == passage.plate_kind;
            is_alike && passage.at.duration_since(other.at) > TOGETHER
        };
        let others: Vec<_> = hit.inside.elsewhere(&passage.lot).filter(fits).collect();
        let Some(other) = hit.rng.one_of(&others) else { return Outcome::Untouched };
        passage.plate.clone_from(&other.plate);
        let id = passage.record_id.clone();
        hit.memory.records.insert(id.clone(), (passage.at, other.plate.clone()));
        hit.memory.partners.insert(id, (other.lot.clone(), other.record_id.clone()));
        hit.elsewhere = Some((other.lot.clone(), other.record_id.to_string()));
        return Outcome::Uncertain;
    }
    let Some((entered_at, plate)) = hit.memory.records.get(&passage.record_id).cloned() else {
        return Outcome::Untouched;
    };
    passage.plate = plate;
    let Some((lot, record)) = hit.memory.partners.get(&passage.record_id).cloned() else {
        return Outcome::Followed;
    };
    // They were together for all of the stay, or nobody knows here for how long.
    let together = hit.inside.contains(&lot, &record) && passage.at.duration_since(entered_at) > TOGETHER;
    if together {
        hit.elsewhere = Some((lot, record.to_string()));
        return Outcome::Hit;
    }
    Outcome::Followed
}
