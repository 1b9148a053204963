//! `GET /api/v1/lots`, and `GET` and `PATCH /api/v1/lots/{code}`.

use super::List;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::body::JsonBody;
use crate::http::open::degrees;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use crate::registry::{NotChanged, Told};
use crate::vacancy::Status;
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::{Lot, LotCode, LotKind, Standing, district};
use bowei_store::ChangeSource;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Which lots.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LotsQuery {
    /// Those in service (the default), those that wait or both, split at a comma.
    #[param(value_type = Option<Vec<LotState>>, style = Form, explode = false)]
    state: Option<String>,
}

/// Whether an operator stands behind a lot.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum LotState {
    /// Public and counted.
    Live,
    /// It waits for an operator's approval: it is neither public nor counted.
    Waiting,
}

/// What an operator changes of a lot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LotChange {
    /// `live`: a lot that describes itself is public and counted from now on.
    #[schema(pattern = "^live$")]
    state: Option<String>,
    /// GB/T 2260 code, six digits.
    #[schema(pattern = "^[0-9]{6}$")]
    district: Option<String>,
}

/// A lot with what is known of it.
#[derive(Serialize, ToSchema)]
pub(super) struct LotItem {
    code: String,
    /// `live`, or `waiting` for an operator's approval: then it is neither public nor counted.
    state: LotState,
    /// It has come into being by its own word, and no operator has approved it.
    self_described: bool,
    name: String,
    /// Off the street, or berths along a road.
    #[schema(value_type = enums::LotKind)]
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
    /// Whether it is heard from.
    #[schema(value_type = enums::LotStatus)]
    status: Status,
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
        state: state_of(lot),
        self_described: !lot.standing.is_registered(),
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
        described_at: lot.described_at.map(timestamps::shown),
        details: lot.details.clone(),
        online: view.status == Status::Online,
        status: view.status,
        last_heard_at: view.last_heard_at.map(timestamps::shown),
        reported: state.reported.map(|word| word.vacant),
        reported_at: state.reported.map(|word| timestamps::shown(word.as_of)),
        derived: state.derived(lot.spaces_total),
        inside: state.inside,
        charging_vacant: state.charging.and_then(|word| word.charging_vacant),
    }
}

fn state_of(lot: &Lot) -> LotState {
    if lot.is_live() { LotState::Live } else { LotState::Waiting }
}

/// The lots that the token sees; those that wait for approval where they are asked for.
#[utoipa::path(get, operation_id = "listLots", path = "/api/v1/lots", tag = "api", security(("token" = [])), params(LotsQuery), responses(
    (status = 200, description = "All of them, in the order of their codes", body = List<LotItem>),
    (status = 401, description = "No token, or a dead one", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<LotsQuery>,
) -> Result<Json<List<LotItem>>, Problem> {
    let states = enums::several("state", Some(query.state.as_deref().unwrap_or("live")))?;
    let lots = principal.lots(&app);
    let items = lots.iter().filter(|lot| states.contains(&state_of(lot))).map(|lot| item(&app, lot));
    Ok(Json(List { items: items.collect(), next: None }))
}

/// One lot.
#[utoipa::path(get, operation_id = "getLot", path = "/api/v1/lots/{code}", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code")), responses(
    (status = 200, description = "The lot", body = LotItem),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
) -> Result<Json<LotItem>, Problem> {
    Ok(Json(item(&app, &*principal.lot(&app, &code)?)))
}

/// Approves a lot that describes itself, or says in which district it lies. For operators.
#[utoipa::path(patch, operation_id = "changeLot", path = "/api/v1/lots/{code}", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code")), request_body = LotChange, responses(
    (status = 200, description = "The lot as it is now", body = LotItem),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Not an operator's token", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn change(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(code): Path<String>,
    JsonBody(LotChange { state, district }): JsonBody<LotChange>,
) -> Result<Json<LotItem>, Problem> {
    let lot = principal.lot(&app, &code)?;
    if let Some(state) = state.as_deref().filter(|state| *state != "live") {
        return Err(Problem::invalid("state", format!("state is {state:?}: \"live\" is expected")));
    }
    if let Some(district) = &district {
        if !district::is_code(district) {
            let words = format!(
                "district is {district:?}: a GB/T 2260 code is expected, six digits such as \"330502\""
            );
            return Err(Problem::invalid("district", words));
        }
        // Whoever is bounded by a district does not put a lot beyond it.
        if !principal.sees(&Lot { district: district.clone(), ..Lot::clone(&lot) }) {
            return Err(Problem::forbidden(format!("district {district} is beyond this token's")));
        }
    }
    let code = LotCode::from(code);
    if (&state, &district) == (&None, &None) {
        return Err(Problem::bad_request("nothing to change: {\"state\":\"live\"} is expected"));
    }
    let told = Told::new(&source, ChangeSource::Console, app.clock.now());
    let changed = app.registry.change_lot(&code, &told, |lot| Lot {
        standing: if state.is_some() { Standing::Registered } else { lot.standing },
        district: district.clone().unwrap_or_else(|| lot.district.clone()),
        ..lot.clone()
    });
    let changed = changed.await.map_err(|error| match error {
        NotChanged::NoSuchLot(_) => Problem::not_found(error.to_string()),
        NotChanged::Store(error) => error.into(),
    })?;
    app.publisher.lots_changed();
    Ok(Json(item(&app, &changed)))
}
