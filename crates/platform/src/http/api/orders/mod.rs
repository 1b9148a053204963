//! `/api/v1/orders`: orders to correct, their documents, and what is done with them.

mod act;
mod document;
mod files;
mod item;
mod package;

pub(super) use act::{__path_act, act, draft};
pub(super) use document::{__path_document, document};
pub(super) use files::{__path_add_file, add_file};
pub(super) use package::{__path_package, package};

use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::enums;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::office::{self, Kept};
use crate::orders::KeptOrder;
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::supervision::order::OrderState;
use bowei_store::OfficeQuery;
use item::{OrderItem, OrderPage, item, page};
use serde::Deserialize;
use utoipa::IntoParams;

/// The list as its cursors know it.
const LIST: &str = "orders";

/// Which orders.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct OrdersQuery {
    /// In one of these states, split at a comma.
    #[param(value_type = Option<Vec<enums::OrderState>>, style = Form, explode = false)]
    state: Option<String>,
    /// On this lot.
    lot: Option<String>,
    /// To this provider.
    provider: Option<String>,
    /// On lots in districts whose code begins so.
    district: Option<String>,
    /// From this case.
    case: Option<String>,
    /// With these words in its number or its party's name.
    q: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Orders on lots that whoever asks sees, the newest first.
#[utoipa::path(get, operation_id = "listOrders", path = "/api/v1/orders", tag = "supervision", security(("token" = [])), params(OrdersQuery), responses(
    (status = 200, description = "A page of orders", body = List<OrderItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<OrdersQuery>,
) -> Result<Json<List<OrderItem>>, Problem> {
    let states: Vec<OrderState> = enums::several("state", query.state.as_deref())?;
    let nothing = || Ok(Json(List { items: Vec::new(), next: None }));
    let Ok(district) = principal.district_asked(query.district.as_deref()) else { return nothing() };
    let Ok(provider) = principal.provider_asked(query.provider.as_deref()) else { return nothing() };
    let lot = query.lot.as_deref().map(|code| principal.lot(&app, code)).transpose()?;
    let words =
        lot.map(|lot| format!("lot:{}\n", lot.code)).or(query.case.map(|case| format!("case:{case}\n")));
    let asked = OfficeQuery {
        states: states.into_iter().map(|state| state.name().to_owned()).collect(),
        provider,
        district: district.map(str::to_owned),
        words,
        and_words: query.q.filter(|words| !words.trim().is_empty()),
        limit: limit(query.limit),
        cursor: app.cursors.open(LIST, query.cursor)?,
        ..OfficeQuery::default()
    };
    let found = office::list::<KeptOrder>(app.store.as_ref(), asked).await?;
    let seen = found.items.iter().filter(|kept| principal.sees_order(&kept.document));
    let items = seen.map(|kept| item(&app, kept)).collect();
    Ok(Json(List { items, next: app.cursors.seal(LIST, found.next)? }))
}

/// The order of that id, if whoever asks may see it.
async fn visible(app: &App, principal: &Principal, id: &str) -> Result<Kept<KeptOrder>, Problem> {
    let found = crate::orders::one(app.store.as_ref(), id).await?;
    let missing =
        || Problem::not_found(format!("there is no order {id:?} for whoever asks: see /api/v1/orders"));
    found.filter(|kept| principal.sees_order(&kept.document)).ok_or_else(missing)
}

/// One order, with its time line.
#[utoipa::path(get, operation_id = "getOrder", path = "/api/v1/orders/{id}", tag = "supervision", security(("token" = [])),
    params(("id" = String, Path, description = "The order's id")), responses(
    (status = 200, description = "The order", body = OrderPage),
    (status = 404, description = "No such order for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Json<OrderPage>, Problem> {
    let kept = visible(&app, &principal, &id).await?;
    Ok(Json(page(&app, &principal, &kept).await?))
}
