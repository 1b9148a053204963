//! `GET /api/v1/relief`: what is taken off a stay whose car charged.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::charging_relief::{StayRelief, of_stay};
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which stay.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReliefQuery {
    /// The lot's code.
    lot: String,
    /// The stay's record.
    #[param(required = true)]
    record_id: Option<String>,
}

/// What is taken off a stay whose car charged (充电减免), by the lot's own rules of when it began. Of a car that is inside:
/// what it would be now.
#[utoipa::path(get, operation_id = "getRelief", path = "/api/v1/relief", tag = "api", security(("token" = [])), params(ReliefQuery), responses(
    (status = 200, description = "What is taken off, or why nothing is", body = StayRelief),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token, or no such stay there", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<ReliefQuery>,
) -> Result<Json<StayRelief>, Problem> {
    let lot = principal.lot(&app, &query.lot)?;
    let record_id = query.record_id.ok_or_else(|| Problem::missing(&["record_id"]))?;
    let session = app.store.session(&lot.code, &record_id).await?;
    of_stay(&app, &principal, &lot, session).await
}
