//! Lots of which nothing is heard.

use crate::faults::hit::{Hit, Outcome};
use crate::message::Says;
use bowei_model::Report;
use jiff::{SignedDuration, Timestamp};

/// Seconds in which what a line has held up is said once it is up again.
const DRAINED_S: f64 = 5.0;

/// Cars pass and nobody says so; signs of life go on.
pub(in crate::faults) fn passages(hit: &mut Hit<'_>) -> Outcome {
    match &hit.message.says {
        Says::OfLot(_) | Says::DayDeclared(_) | Says::LotChanged(_) | Says::Charge(_) => Outcome::Untouched,
        Says::Passage(_) | Says::Photo(_) if hit.is_within => Outcome::HitAndLost,
        Says::Passage(_) | Says::Photo(_) => Outcome::Untouched,
    }
}

/// Nothing comes of it any more.
pub(in crate::faults) fn dead(hit: &mut Hit<'_>) -> Outcome {
    match &hit.message.says {
        // The account's other lots live on.
        Says::OfLot(Report::Heartbeat(heartbeat)) if heartbeat.lot.is_none() => Outcome::Untouched,
        Says::Charge(_) => Outcome::Untouched,
        _ => Outcome::HitAndLost,
    }
}

/// The line is down: signs of life are lost, and what was to be said is said when it is up again, in its order.
pub(in crate::faults) fn line(hit: &mut Hit<'_>) -> Outcome {
    if !hit.is_within {
        return Outcome::Untouched;
    }
    match &hit.message.says {
        Says::OfLot(Report::Heartbeat(_)) => Outcome::HitAndLost,
        // The operator has a line of its own.
        Says::Charge(_) => Outcome::Untouched,
        _ => {
            let waits = |until: Timestamp| until.duration_since(hit.from).as_secs_f64();
            let place = waits(hit.message.due) / waits(hit.to);
            hit.message.due = hit.to + SignedDuration::from_secs_f64(DRAINED_S * place);
            Outcome::Hit
        }
    }
}
