//! Times that cannot be, or are not those of the message.

use crate::faults::hit::{Hit, Outcome};
use crate::message::Says;
use bowei_model::{Direction, PhotoRole};
use jiff::SignedDuration;

/// What an entry time may be off by.
const ENTRY_TIME_TOLERANCE_S: i64 = 5 * 60;
/// What a time may lie ahead of the platform's clock, and more than what a message is on its way.
const FUTURE_TOLERANCE_S: i64 = 5 * 60;
const ON_ITS_WAY_MOST_S: i64 = 3;
/// When a passage is late.
const LATE_AFTER_S: i64 = 10 * 60;

/// The exit lies before the entry.
pub(in crate::faults) fn exit_before_entry(hit: &mut Hit<'_>) -> Outcome {
    let back_s = hit.by_edge(180, 1, 0);
    let Some(exit) = hit.passage(Direction::Exit) else { return Outcome::Untouched };
    let Some(entered_at) = exit.entered_at else { return Outcome::Untouched };
    exit.at = entered_at - SignedDuration::from_secs(back_s);
    exit.minutes = Some(0);
    if let Some(payment) = &mut exit.payment {
        payment.paid_at = payment.paid_at.map(|paid_at| paid_at.min(exit.at));
    }
    Outcome::Hit
}

/// The duration is not that between the two.
pub(in crate::faults) fn duration(hit: &mut Hit<'_>) -> Outcome {
    let edge = hit.by_edge(0, 1, 2);
    let Some(exit) = hit.passage(Direction::Exit) else { return Outcome::Untouched };
    let Some(entered_at) = exit.entered_at else { return Outcome::Untouched };
    let stay_s = exit.at.duration_since(entered_at).as_secs();
    // The most whole minutes that are within a minute of it.
    let most = (stay_s + 60) / 60;
    exit.minutes = Some(match edge {
        0 => most + 15,
        1 => most + 1,
        _ => most,
    });
    Outcome::Hit
}

/// The exit says that the car came at another time than the entry does.
pub(in crate::faults) fn entry_time(hit: &mut Hit<'_>) -> Outcome {
    let by_s = hit.by_edge(4 * ENTRY_TIME_TOLERANCE_S, ENTRY_TIME_TOLERANCE_S + 1, ENTRY_TIME_TOLERANCE_S);
    let Some(exit) = hit.passage(Direction::Exit) else { return Outcome::Untouched };
    exit.entered_at = exit.entered_at.map(|at| at - SignedDuration::from_secs(by_s));
    Outcome::Hit
}

/// A time that has not come.
pub(in crate::faults) fn in_future(hit: &mut Hit<'_>) -> Outcome {
    let by_s = hit.by_edge(12 * 60, FUTURE_TOLERANCE_S + ON_ITS_WAY_MOST_S + 1, FUTURE_TOLERANCE_S);
    let Some(exit) = hit.passage(Direction::Exit) else { return Outcome::Untouched };
    exit.at += SignedDuration::from_secs(by_s);
    exit.minutes = exit.entered_at.map(|entered_at| exit.at.duration_since(entered_at).as_secs() / 60);
    Outcome::Hit
}

/// An exit is said late. An entry would leave its exit without one for a while.
pub(in crate::faults) fn late(hit: &mut Hit<'_>) -> Outcome {
    let hours_s = (hit.rng.share() * 5.0 * 3_600.0) as i64;
    let by_s =
        hit.by_edge(LATE_AFTER_S + 60 + hours_s, LATE_AFTER_S + 1, LATE_AFTER_S - ON_ITS_WAY_MOST_S - 2);
    match &hit.message.says {
        Says::Passage(exit) if exit.direction == Direction::Exit => {
            let record = exit.record_id.clone();
            hit.message.due = hit.later(SignedDuration::from_secs(by_s));
            hit.memory.records.insert(record, (hit.message.due, None));
            Outcome::Hit
        }
        // Its picture comes with it.
        Says::Photo(scene) if hit.again && scene.role == PhotoRole::Exit => {
            if let Some((due, _)) = hit.memory.records.get(&scene.record_id) {
                hit.message.due = *due;
            }
            Outcome::Followed
        }
        _ => Outcome::Untouched,
    }
}

/// The lot's clock is fast or slow, by less than what is doubted of one message.
pub(in crate::faults) fn clock_off(hit: &mut Hit<'_>) -> Outcome {
    if hit.memory.number == 0 {
        let sign = if hit.rng.happens(0.5) { 1 } else { -1 };
        hit.memory.number = sign * hit.by_edge(230, 75, 45);
    }
    let shift = SignedDuration::from_secs(hit.memory.number);
    let is_within = hit.is_within;
    match &mut hit.message.says {
        Says::Passage(passage) => {
            let entry_was_off = hit.memory.records.contains_key(&passage.record_id);
            if passage.direction == Direction::Exit && entry_was_off {
                passage.entered_at = passage.entered_at.map(|at| at + shift);
            }
            if is_within {
                passage.at += shift;
                if passage.direction == Direction::Entry {
                    hit.memory.records.insert(passage.record_id.clone(), (passage.at, None));
                }
            }
            let stay = passage.entered_at.map(|entered_at| passage.at.duration_since(entered_at));
            passage.minutes = stay.map(|stay| stay.as_secs() / 60);
            if is_within { Outcome::Hit } else { Outcome::Followed }
        }
        Says::Photo(scene) if is_within => {
            scene.at += shift;
            Outcome::Followed
        }
        _ => Outcome::Untouched,
    }
}
