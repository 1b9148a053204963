//! Lots: listed, shown, made and changed, each with what became of it.

mod change;
mod fields;
mod history;
mod item;
mod pictures;
mod select;
mod table;

pub(super) use change::{__path_change, __path_create, change, create};
pub(in crate::http) use fields::{LotFields, ReliefFields, code_of, words};
pub(super) use history::{
    __path_list as __path_history, HistoryItem, HistoryQuery, list as history, of as history_of,
};
pub(super) use item::{LotItem, item};
pub(super) use pictures::{__path_add as __path_add_picture, __path_remove as __path_remove_picture};
pub(super) use pictures::{add as add_picture, remove as remove_picture};
pub(super) use table::{__path_table, table};

use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::Lot;
use select::{LotsQuery, select};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A page of lots.
#[derive(Serialize, ToSchema)]
pub(super) struct LotList {
    items: Vec<LotItem>,
    /// The cursor of the next page, null on the last.
    next: Option<String>,
    /// How many there are in all pages together.
    total: usize,
}

/// The lots that whoever asks sees, those in service unless others are asked for.
#[utoipa::path(get, operation_id = "listLots", path = "/api/v1/lots", tag = "api", security(("token" = [])), params(LotsQuery), responses(
    (status = 200, description = "A page of them", body = LotList),
    (status = 401, description = "No token, or a dead one", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<LotsQuery>,
) -> Result<Json<LotList>, Problem> {
    let page = select(&app, &principal, query).await?;
    let snapshot = app.registry.snapshot();
    let items = page.lots.iter().map(|(lot, view)| item::shown(&snapshot, lot, view)).collect();
    Ok(Json(LotList { items, next: page.next, total: page.total }))
}

/// What a search found: a lot, or a provider.
#[derive(Serialize, ToSchema)]
pub(super) struct Found {
    pub(super) code: String,
    pub(super) name: String,
}

/// The first lots with these words, whichever their state.
pub(super) async fn found(
    app: &App,
    principal: &Principal,
    words: &str,
    limit: usize,
) -> Result<Vec<Found>, Problem> {
    let page = select(app, principal, LotsQuery::of_words(words, limit)).await?;
    let found = |lot: &Lot| Found { code: lot.code.to_string(), name: lot.name.clone() };
    Ok(page.lots.iter().map(|(lot, _)| found(lot)).collect())
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
    let lot: Arc<Lot> = principal.lot(&app, &code)?;
    Ok(Json(item(&app, &lot)))
}
