//! Free spaces that are said wrongly.

use crate::faults::hit::{Hit, Outcome};
use crate::message::Says;
use bowei_model::moment;

/// What a count may be off by: as many spaces, and as many in a hundred.
const TOLERANCE: (i64, i64) = (3, 5);

/// Cars, and passages, without which a count may well stand still.
const MOVED_MIN: i64 = 6;
const PASSAGES_MIN: usize = 12;

/// So many hours of a day in which a count is off are no chance.
const HOURS_MIN: usize = 7;

fn tolerance(total: i64) -> i64 {
    let (spaces, percent) = TOLERANCE;
    spaces.max(total * percent / 100)
}

/// More than the lot has.
pub(in crate::faults) fn exceeds_total(hit: &mut Hit<'_>) -> Outcome {
    let total = i64::from(hit.message.lot.spaces_total);
    let over = hit.by_edge(1 + total / 5, 1, 0);
    vacant(hit, |_| total + over)
}

/// Once, and then as before: by day, when the word before was not long ago.
pub(in crate::faults) fn jump(hit: &mut Hit<'_>) -> Outcome {
    const BUSY: std::ops::Range<i8> = 9..20;
    if !BUSY.contains(&moment::to_wall(hit.message.due).hour()) {
        return Outcome::Untouched;
    }
    let total = i64::from(hit.message.lot.spaces_total);
    vacant(hit, |vacant| if vacant * 2 > total { 0 } else { total })
}

fn vacant(hit: &mut Hit<'_>, reported: impl Fn(i64) -> i64) -> Outcome {
    if hit.again {
        return Outcome::Untouched;
    }
    let Says::Passage(passage) = &mut hit.message.says else { return Outcome::Untouched };
    let Some(really) = passage.vacant else { return Outcome::Untouched };
    passage.vacant = Some(reported(really));
    Outcome::Hit
}

/// The same number whoever passes.
pub(in crate::faults) fn frozen(hit: &mut Hit<'_>) -> Outcome {
    let is_within = hit.is_within;
    let Says::Passage(passage) = &mut hit.message.says else { return Outcome::Untouched };
    let Some(really) = passage.vacant.filter(|_| is_within) else { return Outcome::Untouched };
    if hit.memory.changed == 0 {
        hit.memory.number = really;
    }
    passage.vacant = Some(hit.memory.number);
    // As many cars must have come, or gone, as a counter that works would show.
    let moved = (really - hit.memory.number).abs() >= MOVED_MIN;
    let was_enough = hit.memory.is_enough.unwrap_or(false);
    hit.memory.is_enough = Some(was_enough || (moved && hit.memory.changed >= PASSAGES_MIN));
    Outcome::Hit
}

/// A counter that takes leaving cars for coming ones now and then: fewer and fewer free, until somebody sets it right,
/// which is done space by space.
pub(in crate::faults) fn drift(hit: &mut Hit<'_>) -> Outcome {
    let total = i64::from(hit.message.lot.spaces_total);
    let tolerance = tolerance(total);
    // A near miss never comes to anything, and is certain to.
    let most = hit.by_edge((total / 4).max(2 * tolerance + 2), tolerance + 2, tolerance - 1);
    let (is_within, to, lasts) = (hit.is_within, hit.to, hit.to.duration_since(hit.from));
    let is_set_right = to.duration_since(hit.message.due) < lasts / 10;
    let Says::Passage(passage) = &mut hit.message.says else { return Outcome::Untouched };
    let Some(really) = passage.vacant.filter(|_| is_within) else { return Outcome::Untouched };
    let step = if is_set_right { -1 } else { 1 };
    hit.memory.number = (hit.memory.number + step).clamp(0, most);
    let reported = (really - hit.memory.number).max(0);
    passage.vacant = Some(reported);
    hit.memory.is_enough.get_or_insert(false);
    if really - reported > tolerance {
        let hour = passage.at.as_second().div_euclid(3_600);
        hit.memory.hours.insert(hour);
        // By the wall clock, which is eight hours ahead.
        let day = (hour + 8).div_euclid(24) * 24 - 8;
        let of_day = hit.memory.hours.range(day..day + 24).count();
        hit.memory.is_enough = Some(hit.memory.is_enough == Some(true) || of_day >= HOURS_MIN);
    }
    Outcome::Hit
}
