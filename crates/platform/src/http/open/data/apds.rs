//! `GET /open/v1/apds/places` and `observations`: the paths of APDS 4.1, as far as they read.

use super::serving::{one, some, whole};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::open_data::{Format, Which};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bowei_model::{Datum, LotCode, Position};
use serde::Deserialize;
use utoipa::IntoParams;

/// Ids in one question at most.
const PLACES_MAX: usize = 1_000;

/// What `expand` of APDS may name: more than `occupancy` is always there, as far as it is known.
const EXPANDS: [&str; 12] = [
    "all",
    "none",
    "rightSpecifications",
    "occupancy",
    "areaLocation",
    "pointLocation",
    "contacts",
    "operatingRestrictions",
    "characteristics",
    "paymentMethods",
    "openingTimes",
    "streetAddress",
];

/// Which places.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http::open) struct PlacesQuery {
    /// Degrees north, WGS 84: with `longitude` and `radius`.
    latitude: Option<f64>,
    /// Degrees east, WGS 84.
    longitude: Option<f64>,
    /// Metres around.
    #[param(minimum = 0)]
    radius: Option<u32>,
    /// What APDS lets be asked for besides, between commas: `occupancy` and `all` have how full the places are.
    #[param(
        pattern = "^(all|none|rightSpecifications|occupancy|areaLocation|pointLocation|contacts|operatingRestrictions|characteristics|paymentMethods|openingTimes|streetAddress)(,(all|none|occupancy)){0,3}$"
    )]
    expand: Option<String>,
}

/// How much of one place.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http::open) struct PlaceQuery {
    /// As in the list.
    #[param(pattern = "^(all|none|occupancy)$")]
    expand: Option<String>,
}

/// Which observations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http::open) struct ObservationsQuery {
    /// Of these places alone: ids between commas.
    place: Option<String>,
    /// Degrees north, WGS 84: with `longitude` and `radius`.
    latitude: Option<f64>,
    /// Degrees east, WGS 84.
    longitude: Option<f64>,
    /// Metres around.
    #[param(minimum = 0)]
    radius: Option<u32>,
}

/// The lots as places, APDS 4.1.
#[utoipa::path(get, operation_id = "listApdsPlaces", path = "/open/v1/apds/places", tag = "open", params(PlacesQuery), responses(
    (status = 200, description = "Places", body = serde_json::Value),
    (status = 304, description = "They have not changed"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::open) async fn places(
    State(app): State<App>,
    headers: HeaderMap,
    QueryParams(query): QueryParams<PlacesQuery>,
) -> Result<Response, Problem> {
    let PlacesQuery { latitude, longitude, radius, expand } = query;
    let format = Format::ApdsPlaces { occupancy: occupancy(expand.as_deref())? };
    match near(latitude, longitude, radius)? {
        None => whole(&app, &headers, format).await,
        near => some(&app, format, Which { near, ..Which::default() }).await,
    }
}

/// One lot as a place, APDS 4.1.
#[utoipa::path(get, operation_id = "getApdsPlace", path = "/open/v1/apds/places/{id}", tag = "open",
    params(("id" = String, Path, description = "The lot's code"), PlaceQuery), responses(
    (status = 200, description = "The place", body = serde_json::Value),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::open) async fn place(
    State(app): State<App>,
    Path(id): Path<String>,
    QueryParams(query): QueryParams<PlaceQuery>,
) -> Result<Response, Problem> {
    one(&app, Format::ApdsPlaces { occupancy: occupancy(query.expand.as_deref())? }, &id).await
}

/// How full the lots are as observations, APDS 4.1. Of no vehicle is anything said.
#[utoipa::path(get, operation_id = "listApdsObservations", path = "/open/v1/apds/observations", tag = "open", params(ObservationsQuery), responses(
    (status = 200, description = "Observations", body = serde_json::Value),
    (status = 304, description = "They have not changed"),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::open) async fn observations(
    State(app): State<App>,
    headers: HeaderMap,
    QueryParams(query): QueryParams<ObservationsQuery>,
) -> Result<Response, Problem> {
    let ObservationsQuery { place, latitude, longitude, radius } = query;
    let near = near(latitude, longitude, radius)?;
    let codes: Option<Vec<LotCode>> = place.map(|ids| ids.split(',').map(LotCode::from).collect());
    if codes.as_ref().is_some_and(|codes| codes.len() > PLACES_MAX) {
        let words = format!("place has more than {PLACES_MAX} ids: leave it out to have all");
        return Err(Problem::invalid("place", words));
    }
    match (&near, &codes) {
        (None, None) => whole(&app, &headers, Format::ApdsObservations).await,
        _ => some(&app, Format::ApdsObservations, Which { near, codes, ..Which::default() }).await,
    }
}

/// How full one lot is as an observation, APDS 4.1.
#[utoipa::path(get, operation_id = "getApdsObservation", path = "/open/v1/apds/observations/{id}", tag = "open",
    params(("id" = String, Path, description = "The lot's code")), responses(
    (status = 200, description = "The observation", body = serde_json::Value),
    (status = 503, description = "The store cannot be asked now", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::open) async fn observation(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    one(&app, Format::ApdsObservations, &id).await
}

/// A place of which lots are asked for that lie near it: all three, or none.
fn near(
    latitude: Option<f64>,
    longitude: Option<f64>,
    radius: Option<u32>,
) -> Result<Option<(Position, f64)>, Problem> {
    if latitude.is_none() && longitude.is_none() && radius.is_none() {
        return Ok(None);
    }
    let missing = |name: &str| {
        Problem::invalid(name, format!("{name} is not there: latitude, longitude and radius go together"))
    };
    let latitude = latitude.ok_or_else(|| missing("latitude"))?;
    let longitude = longitude.ok_or_else(|| missing("longitude"))?;
    let radius = radius.ok_or_else(|| missing("radius"))?;
    let place = Position::read(longitude, latitude, Datum::Wgs84).ok_or_else(|| {
        let words =
            format!("latitude={latitude} and longitude={longitude} are no place: degrees are expected");
        Problem::invalid("latitude", words)
    })?;
    Ok(Some((place, f64::from(radius))))
}

fn occupancy(expand: Option<&str>) -> Result<bool, Problem> {
    let mut asked = expand.unwrap_or("none").split(',').map(str::trim);
    match asked.clone().find(|word| !EXPANDS.contains(word)) {
        Some(unknown) => {
            let words = format!("expand={unknown} is not known: {} is expected", EXPANDS.join(", "));
            Err(Problem::invalid("expand", words))
        }
        None => Ok(asked.any(|word| matches!(word, "all" | "occupancy"))),
    }
}
