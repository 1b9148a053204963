//! `GET /open/v1/availability`: when the platform itself was there, day by day. Its own minutes and nobody else's.

use crate::app::App;
use crate::availability::{DAYS_MAX, PlatformDay};
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AvailabilityQuery {
    /// The last so many days, today among them: 30 without it, 30 at most.
    #[param(minimum = 1, maximum = 30)]
    days: Option<u32>,
}

/// When the platform itself was there.
#[derive(Serialize, ToSchema)]
pub(super) struct Availability {
    /// By day, the last one today; none from before the platform was first there.
    days: Vec<AvailableDay>,
    /// Minutes of these days.
    minutes: u32,
    /// Of these, minutes in which no node of the platform was there.
    away: u32,
    /// The part of the minutes in which it was there, 0 to 1; null where there are none.
    share: Option<f64>,
    /// When.
    as_of: String,
}

/// A day of the platform.
#[derive(Serialize, ToSchema)]
pub(super) struct AvailableDay {
    /// The day, UTC+08:00.
    #[schema(format = Date)]
    day: String,
    /// Minutes that have passed of it.
    minutes: u32,
    /// Of these, minutes in which no node of the platform was there.
    away: u32,
    /// The part of the minutes in which it was there, 0 to 1.
    share: Option<f64>,
}

/// The platform's own availability by day.
#[utoipa::path(get, operation_id = "getAvailability", path = "/open/v1/availability", tag = "open", params(AvailabilityQuery), responses(
    (status = 200, description = "The days", body = Availability),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn days(
    State(app): State<App>,
    QueryParams(query): QueryParams<AvailabilityQuery>,
) -> Result<Json<Availability>, Problem> {
    let all = app.availability.days(app.store.as_ref(), app.clock.as_ref()).await?;
    let asked = query.days.unwrap_or(DAYS_MAX).clamp(1, DAYS_MAX) as usize;
    let asked = all.get(all.len().saturating_sub(asked)..).unwrap_or_default();
    // Days before the platform was first there have no minutes.
    let days: Vec<&PlatformDay> = asked.iter().filter(|day| day.minutes > 0).collect();
    let (minutes, away) = (days.iter().map(|day| day.minutes).sum(), days.iter().map(|day| day.away).sum());
    Ok(Json(Availability {
        minutes,
        away,
        share: share(minutes, away),
        days: days
            .into_iter()
            .map(|day| AvailableDay {
                day: day.day.to_string(),
                minutes: day.minutes,
                away: day.away,
                share: share(day.minutes, day.away),
            })
            .collect(),
        // The same within a minute, so that whoever has it is told that nothing has changed.
        as_of: timestamps::shown(minute_of(app.clock.now())),
    }))
}

/// The beginning of a moment's minute.
fn minute_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60).unwrap_or(at)
}

/// In ten-thousandths, and never rounded up to all of it.
fn share(minutes: u32, away: u32) -> Option<f64> {
    let there = u64::from(minutes.saturating_sub(away)) * 10_000;
    #[expect(clippy::cast_precision_loss, reason = "at most ten thousand")]
    there.checked_div(u64::from(minutes)).map(|share| share as f64 / 10_000.0)
}
