//! The open data's files: `GET /open/v1/catalog.json` lists them.

mod apds;
mod ngsi_ld;
mod serving;

pub(super) use apds::{
    __path_observation, __path_observations, __path_place, __path_places, observation, observations, place,
    places,
};
pub(super) use ngsi_ld::{__path_entities, entities};

use crate::app::App;
use crate::http::problem::Problem;
use crate::open_data::Format;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serving::whole;

/// The catalogue of the open data: DCAT-AP in JSON-LD.
#[utoipa::path(get, operation_id = "getCatalog", path = "/open/v1/catalog.json", tag = "open", responses(
    (status = 200, description = "DCAT-AP", body = serde_json::Value, content_type = "application/ld+json"),
    (status = 304, description = "It has not changed"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn catalog(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    whole(&app, &headers, Format::Catalog).await
}

/// The lots, DATEX II 3.5.
#[utoipa::path(get, operation_id = "getParkingTable", path = "/open/v1/datex2/parking-table.xml", tag = "open", responses(
    (status = 200, description = "ParkingTablePublication", body = String, content_type = "application/xml"),
    (status = 304, description = "It has not changed"),
    (status = 404, description = "There are no lots: DATEX II has no form for that", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn parking_table(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    whole(&app, &headers, Format::ParkingTable).await
}

/// How full the lots are, DATEX II 3.5.
#[utoipa::path(get, operation_id = "getParkingStatus", path = "/open/v1/datex2/parking-status.xml", tag = "open", responses(
    (status = 200, description = "ParkingStatusPublication", body = String, content_type = "application/xml"),
    (status = 304, description = "It has not changed"),
    (status = 404, description = "There are no lots: DATEX II has no form for that", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn parking_status(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    whole(&app, &headers, Format::ParkingStatus).await
}

/// The lots as a table.
#[utoipa::path(get, operation_id = "getLotsCsv", path = "/open/v1/lots.csv", tag = "open", responses(
    (status = 200, description = "RFC 4180 in UTF-8, with a head", body = String, content_type = "text/csv"),
    (status = 304, description = "It has not changed"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn lots_csv(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    whole(&app, &headers, Format::LotsCsv).await
}
