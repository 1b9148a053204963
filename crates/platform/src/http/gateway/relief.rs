//! `GET /gateway/v1/relief`: what a lot takes off a stay whose car charged, asked at its exit.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::charging_relief::{StayRelief, of_stay};
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use axum::Json;
use axum::extract::State;
use bowei_model::{Lot, ParkingSession, Plate};
use bowei_store::SessionQuery;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which stay: by its record, or by the plate of a car that is inside, or has left last.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct GatewayReliefQuery {
    /// The lot's code.
    lot: String,
    /// The stay's record.
    record_id: Option<String>,
    /// Or the car's plate.
    plate: Option<String>,
}

/// What a lot takes off a stay whose car charged (充电减免). Its own provider alone may look by a plate.
#[utoipa::path(get, operation_id = "gatewayRelief", path = "/gateway/v1/relief", tag = "gateway", security(("token" = [])), params(GatewayReliefQuery), responses(
    (status = 200, description = "What is taken off, or why nothing is", body = StayRelief),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token, or no such stay there", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<GatewayReliefQuery>,
) -> Result<Json<StayRelief>, Problem> {
    let lot = principal.lot(&app, &query.lot)?;
    let session = match (&query.record_id, &query.plate) {
        (Some(record_id), None) => app.store.session(&lot.code, record_id).await?,
        (None, Some(plate)) if principal.provider().is_some() => newest(&app, &lot, plate).await?,
        (None, Some(_)) => return Err(Problem::forbidden("only a lot's own provider looks by a plate")),
        _ => return Err(Problem::invalid("record_id", "either record_id or plate is expected")),
    };
    of_stay(&app, &principal, &lot, session).await
}

/// The stay of a car that is inside; else the last one.
async fn newest(app: &App, lot: &Lot, plate: &str) -> Result<Option<ParkingSession>, Problem> {
    let Some(plate) = Plate::read(plate) else { return Ok(None) };
    for open in [true, false] {
        let query = SessionQuery {
            lot: Some(lot.code.clone()),
            plate: Some(plate.to_string()),
            open,
            limit: 1,
            ..SessionQuery::default()
        };
        if let Some(found) = app.store.sessions(query).await?.items.into_iter().next() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
