//! Plates and marks that are wrong.

use crate::faults::hit::{Hit, Outcome};
use crate::message::Says;
use bowei_model::{Direction, Plate, PlateKind};

/// The camera reads a plate that fits no shape, at both gates.
pub(in crate::faults) fn odd(hit: &mut Hit<'_>) -> Outcome {
    let Says::Passage(passage) = &mut hit.message.says else { return Outcome::Untouched };
    match (passage.direction, hit.again) {
        (Direction::Entry, false) => {
            let Some(read) = passage.plate.as_ref().and_then(shapeless) else { return Outcome::Untouched };
            let known = (passage.at, Some(read.clone()));
            hit.memory.records.insert(passage.record_id.clone(), known);
            passage.plate = Some(read);
            Outcome::Hit
        }
        (Direction::Exit, true) => {
            if let Some((_, read)) = hit.memory.records.get(&passage.record_id) {
                passage.plate.clone_from(read);
            }
            Outcome::Followed
        }
        _ => Outcome::Untouched,
    }
}

/// What is left of a plate whose end no camera can read.
fn shapeless(plate: &Plate) -> Option<Plate> {
    let chars: Vec<char> = plate.as_str().chars().collect();
    let cut = |left: usize| Plate::read(&chars.iter().take(left).collect::<String>());
    (3..chars.len()).rev().filter_map(cut).find(|read| read.shape().is_none())
}

/// The exit's camera reads another plate.
pub(in crate::faults) fn mismatch(hit: &mut Hit<'_>) -> Outcome {
    let Some(exit) = hit.passage(Direction::Exit) else { return Outcome::Untouched };
    let Some(read) = exit.plate.as_ref().and_then(another) else { return Outcome::Untouched };
    exit.plate = Some(read);
    Outcome::Hit
}

/// The same with another digit.
pub(super) fn another(plate: &Plate) -> Option<Plate> {
    let mut chars: Vec<char> = plate.as_str().chars().collect();
    let digit = chars.iter().rposition(char::is_ascii_digit)?;
    let value = chars.get(digit)?.to_digit(10)?;
    *chars.get_mut(digit)? = char::from_digit((value + 3) % 10, 10)?;
    let read = Plate::read(&chars.into_iter().collect::<String>())?;
    (read.shape() == plate.shape()).then_some(read)
}

/// The kind of plate that is said does not go with the plate.
pub(in crate::faults) fn kind_mismatch(hit: &mut Hit<'_>) -> Outcome {
    let Some(entry) = hit.passage(Direction::Entry) else { return Outcome::Untouched };
    let wrong = match entry.plate_kind {
        Some(PlateKind::SMALL | PlateKind::LARGE) => PlateKind::SMALL_NEW_ENERGY,
        Some(PlateKind::SMALL_NEW_ENERGY | PlateKind::LARGE_NEW_ENERGY) => PlateKind::SMALL,
        _ => return Outcome::Untouched,
    };
    entry.plate_kind = Some(wrong);
    Outcome::Hit
}

/// The lot itself marks the passage as abnormal.
pub(in crate::faults) fn abnormal(hit: &mut Hit<'_>) -> Outcome {
    let Some(exit) = hit.passage(Direction::Exit) else { return Outcome::Untouched };
    exit.abnormal = Some(true);
    exit.memo = Some("道闸常开，车辆跟车驶出".to_owned());
    Outcome::Hit
}
