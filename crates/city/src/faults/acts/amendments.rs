//! Records that are said again.

use super::plates::another;
use crate::faults::hit::{Hit, Outcome};
use crate::message::{Message, Says};
use jiff::SignedDuration;

/// How many of a day's records are changed afterwards where it is many.
const MANY: f64 = 0.6;

/// A record is changed afterwards.
pub(in crate::faults) fn one(hit: &mut Hit<'_>) -> Outcome {
    let after = SignedDuration::from_mins(5);
    if hit.again { Outcome::Untouched } else { amend(hit, after) }
}

/// Many of a day are.
pub(in crate::faults) fn many(hit: &mut Hit<'_>) -> Outcome {
    let after = SignedDuration::from_mins(20 + hit.rng.below(120) as i64);
    if hit.is_within && hit.rng.happens(MANY) { amend(hit, after) } else { Outcome::Untouched }
}

/// The same is said once more, which is nobody's fault: an answer may be lost.
pub(in crate::faults) fn repeated(hit: &mut Hit<'_>) -> Outcome {
    if hit.again || !matches!(hit.message.says, Says::Passage(_)) {
        return Outcome::Untouched;
    }
    let due = hit.later(SignedDuration::from_secs(30));
    let again = Message { due, ..hit.message.clone() };
    hit.more.push(again);
    Outcome::Hit
}

/// The camera has read another plate, and somebody puts it right.
fn amend(hit: &mut Hit<'_>, after: SignedDuration) -> Outcome {
    let (due, right) = (hit.later(after), hit.message.clone());
    let Says::Passage(passage) = &mut hit.message.says else { return Outcome::Untouched };
    let Some(read) = passage.plate.as_ref().and_then(another) else { return Outcome::Untouched };
    passage.plate = Some(read);
    hit.more.push(Message { due, ..right });
    Outcome::Hit
}
