//! Messages that are wrong by themselves, whatever they say.

use crate::faults::hit::{Hit, Outcome};
use crate::message::{Says, Twist};

/// A field that the text requires has nothing in it.
pub(in crate::faults) fn field_blank(hit: &mut Hit<'_>) -> Outcome {
    twist(hit, Twist::FieldBlank)
}

/// A value that an open list does not have.
pub(in crate::faults) fn value_unlisted(hit: &mut Hit<'_>) -> Outcome {
    twist(hit, Twist::ValueUnlisted)
}

/// JSON as nobody writes it.
pub(in crate::faults) fn json_malformed(hit: &mut Hit<'_>) -> Outcome {
    twist(hit, Twist::JsonMalformed)
}

/// Said through the interface for berths on the street.
pub(in crate::faults) fn other_lot_kind(hit: &mut Hit<'_>) -> Outcome {
    let outcome = twist(hit, Twist::OtherLotKind);
    if let Says::Passage(passage) = &mut hit.message.says
        && outcome == Outcome::Hit
    {
        passage.berth = Some("A001".to_owned());
    }
    outcome
}

fn twist(hit: &mut Hit<'_>, twist: Twist) -> Outcome {
    if hit.again || !matches!(hit.message.says, Says::Passage(_)) {
        return Outcome::Untouched;
    }
    hit.message.twist = Some(twist);
    Outcome::Hit
}
