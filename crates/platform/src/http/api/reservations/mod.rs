//! `/api/v1/reservations`: orders, their queues and lots, plates that are suspended or object, and the city's rules.

mod act;
mod item;
mod lots;
mod plates;
mod policy;

pub(super) use act::{__path_act, act};
pub(super) use lots::{__path_lots, __path_queues, __path_set_terms, lots, queues, set_terms};
pub(super) use plates::{__path_plates, plates};
pub(super) use policy::{__path_apply, __path_policy, __path_versions, apply, policy, versions};

use super::sessions::may_search;
use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use crate::office::{self, Kept};
use crate::reservations::kept::KeptOrder;
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::Plate;
use bowei_model::reservation::OrderState;
use bowei_store::OfficeQuery;
use item::{ReservationPage, ReservationRow, page, row};
use serde::Deserialize;
use utoipa::IntoParams;

/// The list as its cursors know it.
const LIST: &str = "reservations";

/// Which reservations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct ReservationsQuery {
    /// Of this lot.
    lot: Option<String>,
    /// In one of these states, split at a comma.
    #[param(value_type = Option<Vec<enums::ReservationState>>, style = Form, explode = false)]
    state: Option<String>,
    /// Exactly this plate. A person says why.
    plate: Option<String>,
    /// Why a person looks for a plate: 4 characters and more; it stays in the audit.
    reason: Option<String>,
    /// Of lots of this provider.
    provider: Option<String>,
    /// Of lots in districts whose code begins so.
    district: Option<String>,
    /// For this time or later.
    #[param(format = DateTime)]
    from: Option<String>,
    /// For before this time.
    #[param(format = DateTime)]
    to: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Reservations at lots that whoever asks sees, those for the latest time first.
#[utoipa::path(get, operation_id = "listReservations", path = "/api/v1/reservations", tag = "api", security(("token" = [])), params(ReservationsQuery), responses(
    (status = 200, description = "A page of reservations", body = List<ReservationRow>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    QueryParams(query): QueryParams<ReservationsQuery>,
) -> Result<Json<List<ReservationRow>>, Problem> {
    let states: Vec<OrderState> = enums::several("state", query.state.as_deref())?;
    let nothing = || Ok(Json(List { items: Vec::new(), next: None }));
    let lot = query.lot.as_deref().map(|code| principal.lot(&app, code)).transpose()?;
    let Ok(district) = principal.district_asked(query.district.as_deref()) else { return nothing() };
    let Ok(provider) = principal.provider_asked(query.provider.as_deref()) else { return nothing() };
    let mut and_words = None;
    if let Some(plate) = &query.plate {
        let object = "reservations".to_owned();
        may_search(&app, &principal, source, (object, plate), query.reason.as_deref()).await?;
        // One that is past its time is found by what stands for it.
        let Some(plate) = Plate::searched(plate) else { return nothing() };
        and_words = Some(format!("plate:{plate}\n"));
    }
    let asked = OfficeQuery {
        states: states.into_iter().map(|state| state.name().to_owned()).collect(),
        provider,
        district: district.map(str::to_owned),
        words: lot.map(|lot| format!("lot:{}\n", lot.code)),
        and_words,
        from: timestamps::asked("from", query.from.as_deref())?,
        before: timestamps::asked("to", query.to.as_deref())?,
        limit: limit(query.limit),
        cursor: app.cursors.open(LIST, query.cursor)?,
        ..OfficeQuery::default()
    };
    let found = office::list::<KeptOrder>(app.store.as_ref(), asked).await?;
    let seen = found.items.iter().filter(|kept| sees(&principal, &kept.document));
    let items = seen.map(|kept| row(&app, &principal, kept)).collect();
    Ok(Json(List { items, next: app.cursors.seal(LIST, found.next)? }))
}

/// Whether whoever asks sees an order.
fn sees(principal: &Principal, kept: &KeptOrder) -> bool {
    principal.provider().is_none_or(|own| *own == kept.provider) && principal.sees_district(&kept.district)
}

/// The order of that code, if whoever asks may see it.
async fn visible(app: &App, principal: &Principal, code: &str) -> Result<Kept<KeptOrder>, Problem> {
    let found = office::one::<KeptOrder>(app.store.as_ref(), code).await?;
    found.filter(|kept| sees(principal, &kept.document)).ok_or_else(|| {
        Problem::not_found(format!(
            "there is no reservation {code:?} for whoever asks: see /api/v1/reservations"
        ))
    })
}

/// One reservation, with all that happened and what its no-show rests on.
#[utoipa::path(get, operation_id = "getOfficeReservation", path = "/api/v1/reservations/{code}", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The reservation's code")), responses(
    (status = 200, description = "The reservation", body = ReservationPage),
    (status = 404, description = "No such reservation for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
) -> Result<Json<ReservationPage>, Problem> {
    let kept = visible(&app, &principal, &code).await?;
    Ok(Json(page(&app, &principal, kept).await?))
}
