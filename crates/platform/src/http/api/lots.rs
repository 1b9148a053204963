//! `GET /api/v1/lots` and `/api/v1/lots/{code}`.

use super::List;
use super::holder::Asking;
use crate::http::open::degrees;
use crate::http::problem::Problem;
use crate::http::{App, when};
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::{Lot, LotKind};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A lot with what is known of it.
#[derive(Serialize, ToSchema)]
pub(super) struct LotItem {
    code: String,
    name: String,
    /// `off-street` or `on-street`.
    #[schema(value_type = String)]
    kind: LotKind,
    /// GB/T 2260 code.
    district: String,
    address: String,
    /// WGS 84; null where the lot has not said where it is.
    longitude: Option<f64>,
    /// WGS 84; null likewise.
    latitude: Option<f64>,
    spaces_total: u32,
    charging_spaces: u32,
    tariff: Option<String>,
    /// The provider's code.
    provider: String,
    provider_name: Option<String>,
    /// What each standard calls the lot.
    ids: BTreeMap<String, String>,
    /// When the lot last described itself in a report.
    described_at: Option<String>,
    /// What it said of itself beyond these fields: the standard's items by their names on the wire, each as JSON text.
    details: BTreeMap<String, String>,
    /// Heard from within three of its intervals.
    online: bool,
    /// `online`, `stale` or `closed`.
    status: &'static str,
    last_heard_at: Option<String>,
    /// Free spaces as the lot last said.
    reported: Option<i64>,
    reported_at: Option<String>,
    /// Free spaces that follow from its passages: all spaces less the cars known inside.
    derived: i64,
    /// Cars of which an entry and no exit is known.
    inside: i64,
    /// Free spaces with a charger as the lot last said.
    charging_vacant: Option<i64>,
}

fn item(app: &App, lot: &Lot) -> LotItem {
    let view = app.vacancy.of(lot, app.clock.now());
    let provider = app.registry.snapshot().providers.get(&lot.provider).map(|provider| provider.name.clone());
    let state = &view.state;
    LotItem {
        code: lot.code.to_string(),
        name: lot.name.clone(),
        kind: lot.kind,
        district: lot.district.clone(),
        address: lot.address.clone(),
        longitude: lot.position.map(|place| degrees(place.longitude)),
        latitude: lot.position.map(|place| degrees(place.latitude)),
        spaces_total: lot.spaces_total,
        charging_spaces: lot.charging_spaces,
        tariff: lot.tariff.clone(),
        provider: lot.provider.to_string(),
        provider_name: provider,
        ids: lot.ids.clone(),
        described_at: lot.described_at.map(when::shown),
        details: lot.details.clone(),
        online: view.status == crate::vacancy::Status::Online,
        status: view.status.name(),
        last_heard_at: view.last_heard_at.map(when::shown),
        reported: state.reported.map(|word| word.vacant),
        reported_at: state.reported.map(|word| when::shown(word.as_of)),
        derived: state.derived(lot.spaces_total),
        inside: state.inside,
        charging_vacant: state.charging.and_then(|word| word.charging_vacant),
    }
}

/// The lots that the token sees.
#[utoipa::path(get, operation_id = "listLots", path = "/api/v1/lots", tag = "api", security(("token" = [])), responses(
    (status = 200, description = "All of them, in the order of their codes", body = List<LotItem>),
    (status = 401, description = "No token, or a dead one", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(State(app): State<App>, asking: Asking) -> Json<List<LotItem>> {
    let items = asking.lots(&app).iter().map(|lot| item(&app, lot)).collect();
    Json(List { items, next: None })
}

/// One lot.
#[utoipa::path(get, operation_id = "getLot", path = "/api/v1/lots/{code}", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code")), responses(
    (status = 200, description = "The lot", body = LotItem),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    asking: Asking,
    Path(code): Path<String>,
) -> Result<Json<LotItem>, Problem> {
    Ok(Json(item(&app, &*asking.lot(&app, &code)?)))
}
