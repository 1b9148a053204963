//! What is never said.

use crate::faults::hit::{Hit, Outcome};
use crate::message::Says;
use bowei_model::{Direction, PhotoRole};
use jiff::SignedDuration;

/// When a picture is missed, and more than what a message is on its way.
const MISSED_AFTER_S: i64 = 10 * 60;
const ON_ITS_WAY_MOST_S: i64 = 3;
/// Of exits on the day of a gate that counts badly, so many are lost.
const MANY: f64 = 0.5;
/// Fewer may be what a day is out by anyway.
const MANY_MIN: i64 = 8;

/// An entry, with its picture.
pub(in crate::faults) fn entry(hit: &mut Hit<'_>) -> Outcome {
    passage(hit, Direction::Entry)
}

/// An exit, with its picture.
pub(in crate::faults) fn exit(hit: &mut Hit<'_>) -> Outcome {
    passage(hit, Direction::Exit)
}

fn passage(hit: &Hit<'_>, direction: Direction) -> Outcome {
    match &hit.message.says {
        Says::Passage(passage) if passage.direction == direction => Outcome::HitAndLost,
        Says::Photo(scene) if hit.again && scene.role == PhotoRole::from(direction) => Outcome::Lost,
        _ => Outcome::Untouched,
    }
}

/// All of a stay.
pub(in crate::faults) fn stay(hit: &mut Hit<'_>) -> Outcome {
    match (&hit.message.says, hit.again) {
        (Says::Passage(passage), false) if passage.direction == Direction::Entry => Outcome::HitAndLost,
        (Says::Passage(_) | Says::Photo(_), true) => Outcome::Lost,
        _ => Outcome::Untouched,
    }
}

/// Many exits of a day.
pub(in crate::faults) fn many_exits(hit: &mut Hit<'_>) -> Outcome {
    match &hit.message.says {
        Says::Passage(passage) if passage.direction == Direction::Exit && hit.is_within => {
            if !hit.rng.happens(MANY) {
                return Outcome::Untouched;
            }
            hit.memory.records.insert(passage.record_id.clone(), (passage.at, None));
            hit.memory.number += 1;
            hit.memory.is_enough = Some(hit.memory.number >= MANY_MIN);
            Outcome::HitAndLost
        }
        Says::Photo(scene) if scene.role == PhotoRole::Exit => {
            let is_lost = hit.memory.records.contains_key(&scene.record_id);
            if is_lost { Outcome::Lost } else { Outcome::Untouched }
        }
        _ => Outcome::Untouched,
    }
}

/// A picture, or it comes too late.
pub(in crate::faults) fn photo(hit: &mut Hit<'_>) -> Outcome {
    if hit.again || !matches!(hit.message.says, Says::Photo(_)) {
        return Outcome::Untouched;
    }
    let late_s = hit.by_edge(
        None,
        Some(MISSED_AFTER_S + ON_ITS_WAY_MOST_S),
        Some(MISSED_AFTER_S - ON_ITS_WAY_MOST_S - 2),
    );
    let Some(late_s) = late_s else { return Outcome::HitAndLost };
    hit.message.due = hit.later(SignedDuration::from_secs(late_s));
    Outcome::Hit
}
