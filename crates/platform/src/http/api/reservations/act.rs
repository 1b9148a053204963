//! `POST /api/v1/reservations/{code}/actions`: what the office does with a reservation.

use super::item::{ReservationPage, page};
use super::visible;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::reveals::reason;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::reservations::OfficeAct;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;

/// What is to be done.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::http::api) enum ReservationAction {
    /// Calls it off.
    Cancel,
    /// Decides its driver's objection.
    DecideAppeal,
    /// Ends the suspension of its plate.
    EndSuspension,
}

/// What is to be done, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct ReservationAct {
    action: ReservationAction,
    /// Why, 4 to 500 characters; it stays in the audit.
    reason: String,
    /// `decide-appeal`: whether the driver is right.
    sustained: Option<bool>,
}

/// Does something with a reservation.
#[utoipa::path(post, operation_id = "handleReservation", path = "/api/v1/reservations/{code}/actions", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The reservation's code")), request_body = ReservationAct, responses(
    (status = 200, description = "The reservation as it is now", body = ReservationPage),
    (status = 400, description = "The body does not fit, or there is no reason", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such reservation for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It cannot be done with the reservation as it is now", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn act(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(code): Path<String>,
    JsonBody(asked): JsonBody<ReservationAct>,
) -> Result<Json<ReservationPage>, Problem> {
    let kept = visible(&app, &principal, &code).await?;
    let why = reason(&asked.reason)?;
    let act = match asked.action {
        ReservationAction::Cancel => OfficeAct::Cancel,
        ReservationAction::DecideAppeal => OfficeAct::DecideAppeal {
            sustained: asked.sustained.ok_or_else(|| Problem::missing(&["sustained"]))?,
        },
        ReservationAction::EndSuspension => OfficeAct::EndSuspension,
    };
    must_be_confirmed(&app, &principal)?;
    app.reservations.act(&kept, &act, (&source, &why)).await?;
    let kept = visible(&app, &principal, &code).await?;
    Ok(Json(page(&app, &principal, kept).await?))
}
