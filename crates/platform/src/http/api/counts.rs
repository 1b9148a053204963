//! `GET /api/v1/lots/{code}/counts`: the curve of reported against derived.

use super::List;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use axum::Json;
use axum::extract::{Path, State};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Without `from`, the curve begins so long before `to`.
const SPAN_DEFAULT: SignedDuration = SignedDuration::from_hours(24);
/// Points of a curve at most: more than any screen has columns.
const POINTS_MAX: usize = 5_000;

/// Which part of the curve.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CountsQuery {
    /// From this moment, RFC 3339; a day before `to` without it.
    #[param(format = DateTime)]
    from: Option<String>,
    /// To this moment, RFC 3339; now without it.
    #[param(format = DateTime)]
    to: Option<String>,
}

/// A point of the curve: it holds until the next.
#[derive(Serialize, ToSchema)]
pub(super) struct CountItem {
    at: String,
    /// Free spaces as the lot had last said; null before its first word.
    reported: Option<i64>,
    /// Free spaces that follow from the passages known now.
    derived: i64,
}

/// A lot's free spaces over time, as it says and as its passages say.
#[utoipa::path(get, operation_id = "listCounts", path = "/api/v1/lots/{code}/counts", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), CountsQuery), responses(
    (status = 200, description = "The points, oldest first; at most 5,000, thinned evenly", body = List<CountItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn series(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<CountsQuery>,
) -> Result<Json<List<CountItem>>, Problem> {
    let lot = principal.lot(&app, &code)?;
    let to = timestamps::asked("to", query.to.as_deref())?.unwrap_or_else(|| app.clock.now());
    let from = match timestamps::asked("from", query.from.as_deref())? {
        Some(from) => from,
        None => to.saturating_sub(SPAN_DEFAULT).unwrap_or(jiff::Timestamp::MIN),
    };
    // Between a moment and an earlier one there is nothing.
    if from > to {
        return Ok(Json(List { items: Vec::new(), next: None }));
    }
    let points = app.store.counts(&lot.code, from, to, POINTS_MAX).await?;
    let total = i64::from(lot.spaces_total);
    let items = points
        .into_iter()
        .map(|point| CountItem {
            at: timestamps::shown(point.at),
            reported: point.reported,
            derived: total - point.inside,
        })
        .collect();
    Ok(Json(List { items, next: None }))
}
