//! `POST /open/v1/lots/{code}/taps`: a driver says whether there was a space. It is counted, and whoever said it is not kept.

use super::reservations::no_lot;
use crate::app::App;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::office::taps::{self, ShownCount};
use crate::vacancy::Status;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_model::LotCode;
use bowei_service::Client;
use serde::Deserialize;
use utoipa::ToSchema;

/// Seconds after which to try again where too much is tapped at a lot at once.
const RETRY_AFTER_S: u64 = 5;

/// What a driver found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Tap {
    /// Whether there was a space.
    found: bool,
}

/// Says whether there was a space. Nothing of whoever says it is kept; one address counts at a lot so often and no more.
#[utoipa::path(post, operation_id = "tapLot", path = "/open/v1/lots/{code}/taps", tag = "open",
    params(("code" = String, Path, description = "The lot's code")), request_body = Tap, responses(
    (status = 204, description = "Counted"),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many of this address, or of this address at this lot: see Retry-After", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Too much at once, or the store is away: see Retry-After", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http) async fn tap(
    State(app): State<App>,
    client: Option<Extension<Client>>,
    Path(code): Path<String>,
    JsonBody(tap): JsonBody<Tap>,
) -> Result<StatusCode, Problem> {
    let snapshot = app.registry.snapshot();
    let lot = snapshot.live_lot(&LotCode::from(code.as_str())).ok_or_else(|| no_lot(&code))?;
    app.address_limits.take_tap(client.as_deref(), &lot.code).map_err(|seconds| {
        let words = "此网络地址的反馈过多，请稍后再试 this address has said so too often: try again later";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, words).after_seconds(seconds)
    })?;
    let now = app.clock.now();
    let view = app.vacancy.of(lot, now);
    let shown = ShownCount::of(lot, view.vacant(lot).filter(|_| view.status == Status::Online));
    match taps::count(app.store.as_ref(), lot, (shown, tap.found), now).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => {
            let words = "反馈过多，请稍后再试 too many say so at once: try again in a moment";
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, words).after_seconds(RETRY_AFTER_S))
        }
    }
}
