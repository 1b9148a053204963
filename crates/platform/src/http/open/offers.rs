//! `GET /open/v1/offers`: which lots take reservations, and which sell parking off peak.

use crate::app::App;
use crate::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use bowei_model::LotCode;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Lots that offer more than a space to whoever comes first, as they did within the last minute.
#[derive(Serialize, ToSchema)]
pub(super) struct PublicOffers {
    /// Codes of the lots of which some space can be reserved.
    reservable: Vec<String>,
    /// Codes of the lots with an off-peak offer that can be bought.
    off_peak: Vec<String>,
}

/// Lots that take reservations, and lots with off-peak offers.
#[utoipa::path(get, operation_id = "getOpenOffers", path = "/open/v1/offers", tag = "open", responses(
    (status = 200, description = "Codes of lots of /open/v1/lots, as of the last minute", body = PublicOffers),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn lots(State(app): State<App>) -> Result<Json<PublicOffers>, Problem> {
    let offers = app.offers.lots(&app.reservations.parts).await?;
    let snapshot = app.registry.snapshot();
    let shown = |lots: &BTreeSet<LotCode>| {
        let live = lots.iter().filter(|code| snapshot.live_lot(code).is_some_and(|lot| !lot.closed));
        live.map(ToString::to_string).collect()
    };
    Ok(Json(PublicOffers { reservable: shown(&offers.reservable), off_peak: shown(&offers.off_peak) }))
}
