//! Pictures that are not as they should be.

use crate::faults::hit::{Hit, Outcome};
use crate::message::{Message, Says, Twist};
use bowei_model::RecordId;
use jiff::SignedDuration;

/// As many as are kept of a record.
const KEPT: u8 = 32;

/// A picture of a record that nobody has ever said.
pub(in crate::faults) fn without_record(hit: &mut Hit<'_>) -> Outcome {
    let Says::Photo(scene) = &hit.message.says else { return Outcome::Untouched };
    if hit.again {
        return Outcome::Untouched;
    }
    let mut scene = scene.clone();
    scene.record_id = RecordId::from(format!("{}N", scene.record_id));
    let (due, lot) = (hit.later(SignedDuration::from_secs(2)), hit.message.lot.clone());
    hit.records.push(scene.record_id.to_string());
    hit.more.push(Message::new(due, lot, Says::Photo(scene)));
    Outcome::Hit
}

/// Smaller than the text asks.
pub(in crate::faults) fn too_small(hit: &mut Hit<'_>) -> Outcome {
    let Says::Photo(scene) = &hit.message.says else { return Outcome::Untouched };
    if hit.again {
        return Outcome::Untouched;
    }
    // Where pictures have names, what is wrong with one is found of it.
    let name = bowei_standards::shenzhen::photo_id_of(&scene.record_id, scene.role, None);
    hit.records.push(name);
    hit.message.twist = Some(Twist::PictureSmall);
    Outcome::Hit
}

/// More of one record than are kept.
pub(in crate::faults) fn too_many(hit: &mut Hit<'_>) -> Outcome {
    let pictures = hit.by_edge(KEPT + 8, KEPT + 1, KEPT);
    let Says::Photo(scene) = &hit.message.says else { return Outcome::Untouched };
    // The exit's: the entry's would be counted with it.
    if hit.again || scene.role != bowei_model::PhotoRole::Exit {
        return Outcome::Untouched;
    }
    // It has one of the entry and one of the exit already.
    for number in 1..=pictures - 2 {
        let due = hit.later(SignedDuration::from_secs(i64::from(number)));
        let more = Message { due, twist: Some(Twist::PictureNumber(number)), ..hit.message.clone() };
        hit.more.push(more);
    }
    Outcome::Hit
}
