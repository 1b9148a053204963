//! Lots that can be reserved: their queues, how they answer, and on which terms they are reserved.

use super::LIST;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::reveals::reason;
use crate::http::api::visible::over_lots;
use crate::http::api::{List, limit};
use crate::http::auth::Actor;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use crate::reservations::{NotReservable, is_offered};
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::reservation::{Book, OrderState, Policy};
use bowei_model::{Lot, SpaceKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which lots.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(in crate::http::api) struct ReservableLotsQuery {
    /// This lot alone.
    lot: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A queue: one kind of space of one lot.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct QueueItem {
    lot: String,
    lot_name: String,
    #[schema(value_type = enums::SpaceKind)]
    space: SpaceKind,
    /// Spaces that the lot grants.
    reservable: u32,
    /// What the lot last said is left of them, and when that was right.
    unused: Option<u32>,
    unused_as_of: Option<String>,
    /// Orders that hold a place, confirmed or on their way.
    held: usize,
    confirmed: usize,
    /// Cars that came under an order and are still there.
    entered: usize,
    /// Places that can be given now.
    free: u32,
    waiting: usize,
    /// When the one that waits longest was asked for.
    waiting_since: Option<String>,
}

/// A lot that can be reserved, and how it answers.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct AnsweringLot {
    lot: String,
    lot_name: String,
    provider: String,
    district: String,
    reservable: bool,
    /// Why not, where it cannot be reserved.
    why: Option<NotReservable>,
    /// Spaces that it grants, by kind.
    #[schema(value_type = BTreeMap<String, u32>)]
    spaces: BTreeMap<SpaceKind, u32>,
    /// `called`: the platform calls it; `asks`: its gateway asks.
    way: &'static str,
    /// When its gateway last asked.
    asked_at: Option<String>,
    /// What the office grants where the lot's own reports say nothing of it.
    #[schema(value_type = BTreeMap<String, u32>)]
    granted_by_office: BTreeMap<SpaceKind, u32>,
    /// Why the office has stopped reservations, where it has.
    stopped: Option<String>,
    /// Its last 200 calls by this node, and what came of them.
    calls: usize,
    taken: usize,
    no_space: usize,
    refused: usize,
    silent: usize,
    /// Seconds to an answer, of half of the answers and of 95 of a hundred.
    p50_s: Option<f64>,
    p95_s: Option<f64>,
    /// Its circuit breaker lets nothing through until then.
    breaker_until: Option<String>,
}

/// On which terms a lot is reserved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct LotTermsChange {
    /// Spaces by kind that can be reserved where the lot's own reports say nothing of it: `{"ordinary": 10}`.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, u32>)]
    granted: BTreeMap<SpaceKind, u32>,
    /// Whether no order is to be taken.
    #[serde(default)]
    stopped: bool,
    /// Why, 4 to 500 characters; it stays in the audit.
    reason: String,
}

/// A page of the lots that take reservations, or did.
async fn reservable(
    app: &App,
    principal: &Principal,
    query: &ReservableLotsQuery,
) -> Result<(Vec<Arc<Lot>>, Option<String>), Problem> {
    if let Some(code) = &query.lot {
        return Ok((vec![principal.lot(app, code)?], None));
    }
    let after = app.cursors.open(LIST, query.cursor.clone())?;
    let limit = limit(query.limit);
    let with_terms = app.reservations.parts.lots_with_terms().await?;
    let mut found = over_lots(app, principal, move |app, principal| {
        let is_next = |lot: &Arc<Lot>| after.as_deref().is_none_or(|after| lot.code.as_str() > after);
        let takes = |lot: &Arc<Lot>| with_terms.contains_key(lot.code.as_str()) || is_offered(lot);
        let lots = principal.lots(app).into_iter();
        lots.filter(is_next).filter(takes).take(limit + 1).collect::<Vec<_>>()
    })
    .await?;
    let is_last = found.len() <= limit;
    found.truncate(limit);
    let last = found.last().filter(|_| !is_last).map(|lot| lot.code.to_string());
    Ok((found, app.cursors.seal(LIST, last)?))
}

/// The queues of lots that whoever asks sees.
#[utoipa::path(get, operation_id = "listReservationQueues", path = "/api/v1/reservations/queues", tag = "api", security(("token" = [])), params(ReservableLotsQuery), responses(
    (status = 200, description = "A page of queues", body = List<QueueItem>),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn queues(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<ReservableLotsQuery>,
) -> Result<Json<List<QueueItem>>, Problem> {
    let (lots, next) = reservable(&app, &principal, &query).await?;
    let (policy, now) = (app.reservations.parts.policy.settings(), app.clock.now());
    let mut items = Vec::new();
    for lot in lots {
        let seen = app.reservations.parts.seen(&lot.code).await?;
        items.extend(of_book(&lot, &seen.book, &policy, now));
    }
    Ok(Json(List { items, next }))
}

fn of_book(lot: &Lot, book: &Book, policy: &Policy, now: Timestamp) -> Vec<QueueItem> {
    let item = |(space, grant): (&SpaceKind, &bowei_model::reservation::Grant)| {
        let count = |holds: &dyn Fn(OrderState) -> bool| {
            book.orders.values().filter(|order| order.space == *space && holds(order.state)).count()
        };
        let queue = book.queue(*space);
        QueueItem {
            lot: lot.code.to_string(),
            lot_name: lot.name.clone(),
            space: *space,
            reservable: grant.reservable,
            unused: grant.unused.map(|(unused, _)| unused),
            unused_as_of: grant.unused.map(|(_, at)| timestamps::shown(at)),
            held: count(&|state| state.holds_place()),
            confirmed: count(&|state| state == OrderState::Confirmed),
            entered: count(&|state| state == OrderState::Entered),
            free: book.free(*space, now, policy),
            waiting: queue.len(),
            waiting_since: queue.iter().map(|order| order.created_at).min().map(timestamps::shown),
        }
    };
    book.granted.by_space.iter().map(item).collect()
}

/// Lots that can be reserved, and how they answer.
#[utoipa::path(get, operation_id = "listReservableLots", path = "/api/v1/reservations/lots", tag = "api", security(("token" = [])), params(ReservableLotsQuery), responses(
    (status = 200, description = "A page of lots", body = List<AnsweringLot>),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn lots(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<ReservableLotsQuery>,
) -> Result<Json<List<AnsweringLot>>, Problem> {
    let (lots, next) = reservable(&app, &principal, &query).await?;
    let mut items = Vec::new();
    for lot in lots {
        items.push(answering(&app, &lot).await?);
    }
    Ok(Json(List { items, next }))
}

async fn answering(app: &App, lot: &Lot) -> Result<AnsweringLot, Problem> {
    let parts = &app.reservations.parts;
    let (terms, answers) = (parts.terms(&lot.code).await?, app.reservations.answers(&lot.code));
    let (spaces, why) = match parts.reservable(lot).await? {
        Ok(spaces) => (spaces, None),
        Err(why) => (BTreeMap::new(), Some(why)),
    };
    Ok(AnsweringLot {
        lot: lot.code.to_string(),
        lot_name: lot.name.clone(),
        provider: lot.provider.to_string(),
        district: lot.district.clone(),
        reservable: why.is_none(),
        why,
        spaces,
        way: if parts.is_called(lot) { "called" } else { "asks" },
        asked_at: terms.asked_at.map(timestamps::shown),
        granted_by_office: terms.granted,
        stopped: terms.stopped,
        calls: answers.calls,
        taken: answers.taken,
        no_space: answers.no_space,
        refused: answers.refused,
        silent: answers.silent,
        p50_s: answers.p50_s,
        p95_s: answers.p95_s,
        breaker_until: answers.breaker_until.map(timestamps::shown),
    })
}

/// Sets on which terms a lot is reserved.
#[utoipa::path(post, operation_id = "setReservationTerms", path = "/api/v1/reservations/lots/{code}", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code")), request_body = LotTermsChange, responses(
    (status = 200, description = "The lot as it is now", body = AnsweringLot),
    (status = 400, description = "The body does not fit, or there is no reason", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn set_terms(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(code): Path<String>,
    JsonBody(asked): JsonBody<LotTermsChange>,
) -> Result<Json<AnsweringLot>, Problem> {
    let lot = principal.lot(&app, &code)?;
    let why = reason(&asked.reason)?;
    if let Some((_, too_many)) = asked.granted.iter().find(|(_, spaces)| **spaces > lot.spaces_total.max(1)) {
        let total = lot.spaces_total;
        let words = format!("可预约车位不能超过车位总数 {total} the lot has {total} spaces, not {too_many}");
        return Err(Problem::invalid("granted", words));
    }
    let granted = asked.granted.into_iter().filter(|(_, spaces)| *spaces > 0).collect();
    let stopped = asked.stopped.then(|| why.clone());
    app.reservations.set_terms(&lot.code, (granted, stopped), (&source, &why)).await?;
    Ok(Json(answering(&app, &lot).await?))
}
