//! `GET /api/v1/lots/{code}/history`: who changed what of it.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::{List, limit};
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use axum::Json;
use axum::extract::{Path, State};
use bowei_store::{ChangeSource, HistoryEntry};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Within what a change of the facts has to be told.
const DUE_WITHIN: SignedDuration = SignedDuration::from_hours(48);

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http::api) struct HistoryQuery {
    limit: Option<usize>,
    cursor: Option<String>,
}

/// A change.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct HistoryItem {
    at: String,
    /// A login, a token's id, the name of whoever ran a command, or the provider whose lot said so itself.
    user: String,
    #[schema(value_type = enums::ChangeSource)]
    source: ChangeSource,
    /// Since when it is so, where that was said.
    effective_at: Option<String>,
    /// Whether it was told more than 48 hours after it was so.
    late: bool,
    note: Option<String>,
    changes: Vec<FieldItem>,
}

/// A field that was changed.
#[derive(Serialize, ToSchema)]
struct FieldItem {
    field: String,
    /// What it was; null where it was not there.
    from: Value,
    /// What it is.
    to: Value,
}

fn item(entry: HistoryEntry) -> HistoryItem {
    let late = entry.effective_at.is_some_and(|since| entry.at.duration_since(since) > DUE_WITHIN);
    HistoryItem {
        at: timestamps::shown(entry.at),
        user: entry.user,
        source: entry.source,
        effective_at: entry.effective_at.map(timestamps::shown),
        late,
        note: entry.note,
        changes: entry
            .changes
            .into_iter()
            .map(|change| FieldItem { field: change.field, from: change.from, to: change.to })
            .collect(),
    }
}

/// The history of an object of the registry, the last change first.
pub(in crate::http::api) async fn of(
    app: &App,
    object: String,
    query: HistoryQuery,
) -> Result<Json<List<HistoryItem>>, Problem> {
    let list = format!("history of {object}");
    let cursor = app.cursors.open(&list, query.cursor)?;
    let page = app.store.registry_history(&object, limit(query.limit), cursor).await?;
    let next = app.cursors.seal(&list, page.next)?;
    Ok(Json(List { items: page.items.into_iter().map(item).collect(), next }))
}

/// What became of a lot's base data, the last change first.
#[utoipa::path(get, operation_id = "getLotHistory", path = "/api/v1/lots/{code}/history", tag = "office", security(("session" = []), ("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), HistoryQuery), responses(
    (status = 200, description = "The changes", body = List<HistoryItem>),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn list(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<HistoryQuery>,
) -> Result<Json<List<HistoryItem>>, Problem> {
    let lot = principal.lot(&app, &code)?;
    of(&app, HistoryEntry::of_lot(&lot.code), query).await
}
