//! What the open API and the office's share of reservations: why something was not done, as a problem.

use super::problem::Problem;
use crate::reservations::{NotDone, words};
use axum::http::StatusCode;
use bowei_model::reservation::{AppealRefused, Declined};

/// Seconds after which a full desk is worth another try.
const RETRY_AFTER: u64 = 2;

impl From<NotDone> for Problem {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Declined(why) => declined(&why),
            NotDone::NotReservable(why) => Self::new(StatusCode::CONFLICT, why.words()),
            NotDone::Appeal(AppealRefused::Text) => {
                Self::invalid("text", "请填写 1 至 1000 个字 1 to 1,000 characters are expected")
            }
            NotDone::Appeal(why) => Self::new(
                StatusCode::CONFLICT,
                format!("该预约当前不能申诉或处理申诉 this cannot be done: {why}"),
            ),
            NotDone::Busy => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, why.to_string()).after_seconds(RETRY_AFTER)
            }
            NotDone::Unavailable(error) => {
                tracing::warn!(error, "reservations are not available");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "the store is busy or away: try again in a moment")
            }
        }
    }
}

fn declined(why: &Declined) -> Problem {
    let words = words::declined(why);
    match why {
        Declined::Past => Problem::invalid("enter_at", words),
        Declined::TooFarAhead { latest } => {
            let latest = super::timestamps::shown(*latest);
            Problem::invalid("enter_at", format!("{words}: {latest} 之前 at the latest"))
        }
        Declined::CodeTaken | Declined::BookFull => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, words).after_seconds(RETRY_AFTER)
        }
        _ => Problem::new(StatusCode::CONFLICT, words),
    }
}
