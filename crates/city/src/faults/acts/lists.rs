//! Lists of the cars inside that disagree with who is inside.

use crate::faults::hit::{Hit, Outcome};
use crate::message::Says;
use bowei_model::Report;

/// One car in so many is left out.
const LEFT_OUT_ONE_IN: usize = 2;
/// So many cars left out are more than what is on the ramp, and so many such lists in a row are no chance.
const LEFT_OUT_MIN: usize = 4;
const LISTS_MIN: i64 = 6;

/// Cars that are inside are not in the list.
pub(in crate::faults) fn mismatch(hit: &mut Hit<'_>) -> Outcome {
    let Says::OfLot(Report::CarsInside(cars)) = &mut hit.message.says else { return Outcome::Untouched };
    let mut number = 0;
    let before = cars.plates.len();
    cars.plates.retain(|_| {
        number += 1;
        number % LEFT_OUT_ONE_IN != 0
    });
    let left_out = before - cars.plates.len();
    hit.memory.number += i64::from(left_out >= LEFT_OUT_MIN);
    hit.memory.is_enough = Some(hit.memory.number >= LISTS_MIN);
    if left_out > 0 { Outcome::Hit } else { Outcome::Untouched }
}
