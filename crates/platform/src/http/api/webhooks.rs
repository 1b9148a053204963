//! `GET /api/v1/webhooks`: what was told to the operator's own system, and what became of it.

use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use crate::office::{self, Kept};
use crate::webhooks::Delivery;
use axum::Json;
use axum::extract::State;
use bowei_store::OfficeQuery;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "webhooks";

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WebhooksQuery {
    /// `waiting`, `delivered` or `given-up`.
    #[param(pattern = "^(waiting|delivered|given-up)$")]
    state: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A delivery.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookItem {
    id: String,
    /// Such as `order.overdue`.
    event: String,
    at: String,
    attempts: u32,
    /// When it was taken; null while it was not.
    delivered_at: Option<String>,
    status: Option<u16>,
    /// Why it was not taken the last time.
    failure: Option<String>,
    /// It is not sent any more.
    given_up: bool,
}

/// What was told, the newest first.
#[utoipa::path(get, operation_id = "listWebhooks", path = "/api/v1/webhooks", tag = "api", security(("token" = [])), params(WebhooksQuery), responses(
    (status = 200, description = "A page of deliveries", body = List<WebhookItem>),
))]
pub(super) async fn list(
    State(app): State<App>,
    _: Principal,
    QueryParams(query): QueryParams<WebhooksQuery>,
) -> Result<Json<List<WebhookItem>>, Problem> {
    let asked = OfficeQuery {
        states: query.state.into_iter().collect(),
        limit: limit(query.limit),
        cursor: app.cursors.open(LIST, query.cursor)?,
        ..OfficeQuery::default()
    };
    let found = office::list::<Delivery>(app.store.as_ref(), asked).await?;
    let item = |Kept { id, document: one, .. }: Kept<Delivery>| WebhookItem {
        id,
        event: one.event,
        at: timestamps::shown(one.at),
        attempts: one.attempts,
        delivered_at: one.delivered.map(|(at, _)| timestamps::shown(at)),
        status: one.delivered.map(|(_, status)| status),
        failure: one.failure,
        given_up: one.is_given_up,
    };
    let items = found.items.into_iter().map(item).collect();
    Ok(Json(List { items, next: app.cursors.seal(LIST, found.next)? }))
}
