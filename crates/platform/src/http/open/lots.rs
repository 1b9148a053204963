//! `GET /open/v1/lots` and `/open/v1/lots/{code}`: lots as GeoJSON in WGS 84.

use crate::app::{App, Shared};
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use crate::open_data::degrees;
use crate::registry::Snapshot;
use crate::vacancy::Status;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_model::{Lot, LotCode, LotKind, Position};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Lots in one answer at most; the next page has the next.
const LIMIT_MAX: usize = 10_000;

/// Lots are found nearest first but for rounding, which near the other end of the earth is decimetres.
const ROUNDING_M: f64 = 1.0;

/// Which lots.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LotsQuery {
    /// Longitude and latitude in WGS 84, `120.0868,30.8937`: nearest first.
    #[param(
        pattern = "^-?(180|(1[0-7][0-9]|[0-9]{1,2})([.][0-9]{1,12})?),-?(90|[1-8]?[0-9]([.][0-9]{1,12})?)$"
    )]
    near: Option<String>,
    /// Metres around `near`; says nothing without it.
    #[param(minimum = 0)]
    radius: Option<f64>,
    /// At most so many; 10,000 without it.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
    /// Prefix of a GB/T 2260 code, such as `3305` or `330502`.
    district: Option<String>,
    /// `next` of the page before, with the other parameters as they were.
    cursor: Option<String>,
}

/// GeoJSON of several lots.
#[derive(Serialize, ToSchema)]
pub(super) struct FeatureCollection {
    /// `FeatureCollection`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The lots.
    features: Vec<Feature>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

/// GeoJSON of one lot.
#[derive(Serialize, ToSchema)]
pub(super) struct Feature {
    /// `Feature`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Where it is; null where the lot has not said so.
    geometry: Option<Point>,
    /// What is known of it.
    pub(super) properties: LotProperties,
}

/// A GeoJSON point.
#[derive(Serialize, ToSchema)]
pub(super) struct Point {
    /// `Point`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Degrees east and north, WGS 84.
    coordinates: [f64; 2],
}

/// What the public sees of a lot.
#[derive(Serialize, ToSchema)]
pub(super) struct LotProperties {
    /// The platform's code.
    pub(super) code: String,
    /// Its name.
    name: String,
    /// Off the street, or berths along a road.
    #[schema(value_type = enums::LotKind)]
    kind: LotKind,
    /// GB/T 2260 code.
    district: String,
    /// Street address.
    address: String,
    /// All spaces.
    spaces_total: u32,
    /// Free spaces; null while unknown: before the lot was ever heard of, or where it reports more than it has.
    pub(super) vacant: Option<i64>,
    /// Free spaces with a charger; null where the lot does not say, or says more than it has.
    pub(super) charging_vacant: Option<i64>,
    /// Of all spaces, those with a charger.
    charging_spaces: u32,
    /// Of all spaces, the accessible ones; 0 also where it is not known.
    accessible_spaces: u32,
    /// The price, in the lot's own words; null where it has not said.
    tariff: Option<String>,
    /// When it is open, in its own words; null where it has not said.
    hours: Option<String>,
    /// Whether it is heard from.
    #[schema(value_type = enums::LotStatus)]
    pub(super) status: Status,
    /// When the vacancy was right.
    pub(super) as_of: Option<String>,
    /// Metres from `near`; null without it.
    distance_m: Option<f64>,
}

pub(super) fn feature(app: &Shared, lot: &Lot, near: Option<Position>, now: Timestamp) -> Feature {
    let view = app.vacancy.of(lot, now);
    // A tenth of a metre says all that a car park's position can mean.
    let distance_m =
        near.zip(lot.position).map(|(near, place)| (near.metres_to(place) * 10.0).round() / 10.0);
    Feature {
        kind: "Feature",
        geometry: lot.position.map(|place| Point {
            kind: "Point",
            coordinates: [degrees(place.longitude), degrees(place.latitude)],
        }),
        properties: LotProperties {
            code: lot.code.to_string(),
            name: lot.name.clone(),
            kind: lot.kind,
            district: lot.district.clone(),
            address: lot.address.clone(),
            spaces_total: lot.spaces_total,
            vacant: view.vacant(lot),
            charging_vacant: view.state.charging_vacant(lot.charging_spaces),
            charging_spaces: lot.charging_spaces,
            accessible_spaces: lot.accessible_spaces,
            tariff: lot.tariff.clone(),
            hours: lot.hours.clone(),
            status: view.status,
            as_of: view.as_of().map(timestamps::shown),
            distance_m,
        },
    }
}

/// Lots with their vacancy, in pages: by code or, with `near`, nearest first.
#[utoipa::path(get, operation_id = "listOpenLots", path = "/open/v1/lots", tag = "open", params(LotsQuery), responses(
    (status = 200, description = "GeoJSON in WGS 84", body = FeatureCollection, content_type = "application/geo+json"),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<LotsQuery>,
) -> Result<Response, Problem> {
    let near = query.near.as_deref().map(position).transpose()?;
    if query.radius.is_some_and(|radius| !radius.is_finite() || radius < 0.0) {
        return Err(Problem::invalid("radius", "radius is in metres: a number of 0 or more is expected"));
    }
    let after = query.cursor.as_deref().map(place_of).transpose()?;
    let (now, snapshot) = (app.clock.now(), app.registry.snapshot());
    let district = query.district.as_deref().unwrap_or_default();
    let limit = query.limit.unwrap_or(LIMIT_MAX).clamp(1, LIMIT_MAX);
    let is_asked = |(place, lot): &(Place, &Arc<Lot>)| {
        lot.district.starts_with(district) && after.as_ref().is_none_or(|after| place > after)
    };
    let mut lots = match near {
        None => snapshot.live_lots().map(|lot| placed(lot, 0)).filter(is_asked).collect(),
        Some(near) => nearest(&snapshot, near, query.radius, limit, is_asked),
    };
    lots.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let more = lots.len() > limit;
    lots.truncate(limit);
    let next = lots.last().filter(|_| more).map(|(place, _)| cursor_of(place));
    let features = lots.into_iter().map(|(_, lot)| feature(&app, lot, near, now)).collect();
    Ok(geojson(Json(FeatureCollection { kind: "FeatureCollection", features, next })))
}

/// Where a lot stands in the list: by how far it is, where that is asked for, and by its code.
type Place = (u64, LotCode);

fn placed(lot: &Arc<Lot>, distance: u64) -> (Place, &Arc<Lot>) {
    ((distance, lot.code.clone()), lot)
}

/// The lots nearest to a position within a radius that are asked for: those that come first, one more than `limit` of them where
/// there are so many, and whatever else is as far; in no order. A lot that has not said where it is comes last. A place has a
/// distance's bits, which are ordered as distances are.
fn nearest(
    snapshot: &Snapshot,
    near: Position,
    radius: Option<f64>,
    limit: usize,
    is_asked: impl Fn(&(Place, &Arc<Lot>)) -> bool,
) -> Vec<(Place, &Arc<Lot>)> {
    let mut found = Vec::new();
    let mut furthest = radius.unwrap_or(f64::INFINITY);
    for lot in snapshot.nearest().to(near) {
        let metres = lot.position.map_or(f64::INFINITY, |place| near.metres_to(place));
        if metres > furthest + ROUNDING_M {
            return found;
        }
        let lot = placed(lot, metres.abs().to_bits());
        if radius.is_none_or(|radius| metres <= radius) && is_asked(&lot) {
            found.push(lot);
            if found.len() == limit + 1 {
                furthest = metres;
            }
        }
    }
    if radius.is_none() {
        let elsewhere = snapshot.live_lots().filter(|lot| lot.position.is_none());
        found.extend(elsewhere.map(|lot| placed(lot, u64::MAX)).filter(is_asked));
    }
    found
}

/// There is nothing in it but what the page shows: it need not be sealed, and the same page keeps its tag.
fn cursor_of((distance, code): &Place) -> String {
    URL_SAFE_NO_PAD.encode(format!("{distance} {code}"))
}

fn place_of(cursor: &str) -> Result<Place, Problem> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.as_deref().and_then(|text| text.split_once(' '));
    let place = place.and_then(|(distance, code)| Some((distance.parse().ok()?, LotCode::from(code))));
    place.ok_or_else(|| {
        Problem::invalid(
            "cursor",
            "the cursor is none of this list: hand back `next` of its last page as it came, or leave the cursor out to \
             begin anew",
        )
    })
}

/// One lot with its vacancy.
#[utoipa::path(get, operation_id = "getOpenLot", path = "/open/v1/lots/{code}", tag = "open", params(("code" = String, Path, description = "The lot's code")), responses(
    (status = 200, description = "GeoJSON in WGS 84", body = Feature, content_type = "application/geo+json"),
    (status = 404, description = "No such lot", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(State(app): State<App>, Path(code): Path<String>) -> Result<Response, Problem> {
    let snapshot = app.registry.snapshot();
    let lot = live(&snapshot, &code)?;
    Ok(geojson(Json(feature(&app, lot, None, app.clock.now()))))
}

/// The lot of that code that the public may see.
pub(super) fn live<'s>(snapshot: &'s Snapshot, code: &str) -> Result<&'s Arc<Lot>, Problem> {
    let lot = snapshot.live_lot(&LotCode::from(code));
    lot.ok_or_else(|| Problem::not_found(format!("there is no lot {code:?}: see /open/v1/lots")))
}

fn geojson(body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    let kind = axum::http::HeaderValue::from_static("application/geo+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn position(text: &str) -> Result<Position, Problem> {
    let pair = text.split_once(',').and_then(|(longitude, latitude)| {
        Position::read(
            longitude.trim().parse().ok()?,
            latitude.trim().parse().ok()?,
            bowei_model::Datum::Wgs84,
        )
    });
    pair.ok_or_else(|| {
        Problem::invalid(
            "near",
            format!(
                "near={text} 不是有效位置，应为“经度,纬度”，如 120.1,30.9 is no place: LONGITUDE,LATITUDE in degrees is expected"
            ),
        )
    })
}
