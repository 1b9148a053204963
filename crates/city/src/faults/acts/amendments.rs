//! Records that are said again.

use crate::faults::hit::{Hit, Outcome};
use crate::message::{Message, Says};
use bowei_model::Passage;
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

fn amend(hit: &mut Hit<'_>, after: SignedDuration) -> Outcome {
    let Says::Passage(passage) = &hit.message.says else { return Outcome::Untouched };
    let mut amended = passage.clone();
    change(&mut amended, hit.message.lot.standard);
    let (due, lot) = (hit.later(after), hit.message.lot.clone());
    let within = hit.message.within.clone();
    hit.more.push(Message { within, ..Message::new(due, lot, Says::Passage(amended)) });
    Outcome::Hit
}

/// Another gate, berth or colour: what nothing else hangs on.
fn change(passage: &mut Passage, standard: &str) {
    match (standard, &mut passage.vehicle, &mut passage.gate, &mut passage.berth) {
        ("ningbo", Some(vehicle), ..) => {
            let white = vehicle.color.as_deref() == Some("白");
            vehicle.color = Some(if white { "黑" } else { "白" }.to_owned());
        }
        (_, _, Some(gate), _) => gate.push_str("（更正）"),
        (_, _, None, Some(berth)) => *berth = if berth == "A001" { "A002" } else { "A001" }.to_owned(),
        _ => {}
    }
}
