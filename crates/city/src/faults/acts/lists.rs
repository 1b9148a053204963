//! Lists of the cars inside that disagree with who is inside.

use crate::faults::hit::{Hit, Outcome};
use crate::message::Says;
use bowei_model::Report;

/// One car in so many is left out.
const LEFT_OUT_ONE_IN: usize = 3;

/// Cars that are inside are not in the list.
pub(in crate::faults) fn mismatch(hit: &mut Hit<'_>) -> Outcome {
    let Says::OfLot(Report::CarsInside(cars)) = &mut hit.message.says else { return Outcome::Untouched };
    let mut number = 0;
    let before = cars.plates.len();
    cars.plates.retain(|_| {
        number += 1;
        number % LEFT_OUT_ONE_IN != 0
    });
    if cars.plates.len() < before { Outcome::Hit } else { Outcome::Untouched }
}
