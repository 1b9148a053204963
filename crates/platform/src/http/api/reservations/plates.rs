//! `GET /api/v1/reservations/suspensions`: plates that are suspended, and drivers who object.

use super::item::{OfficeAppeal, appeal};
use super::sees;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::{List, limit};
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use crate::office::{self, Kept};
use crate::reservations::kept::{APPEALED, KeptOrder, KeptPlate, SUSPENDED};
use axum::Json;
use axum::extract::State;
use bowei_model::reservation::OrderCode;
use bowei_store::OfficeQuery;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "reservation-plates";

/// Which plates.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(in crate::http::api) struct SuspensionsQuery {
    /// `suspended` (without it) or `appealed`: those with an objection that nobody has decided.
    #[param(pattern = "^(suspended|appealed)$")]
    state: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A plate that is suspended, or whose driver objects.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct SuspensionItem {
    /// Masked for viewers and people.
    plate: String,
    since: Option<String>,
    until: Option<String>,
    /// The orders whose cars did not come.
    orders: Vec<String>,
    /// Late cancellations that count this month or the one before.
    late_cancels: usize,
    appeals: Vec<OfficeAppeal>,
}

/// Plates that are suspended, or whose drivers object, as far as their orders are at lots that whoever asks sees.
#[utoipa::path(get, operation_id = "listSuspensions", path = "/api/v1/reservations/suspensions", tag = "api", security(("token" = [])), params(SuspensionsQuery), responses(
    (status = 200, description = "A page of plates", body = List<SuspensionItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn plates(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<SuspensionsQuery>,
) -> Result<Json<List<SuspensionItem>>, Problem> {
    let (states, words) = match query.state.as_deref() {
        None | Some("suspended") => (vec![SUSPENDED.to_owned()], None),
        Some("appealed") => (Vec::new(), Some(APPEALED.to_owned())),
        Some(other) => {
            let words = format!("state={other}: suspended or appealed is expected");
            return Err(Problem::invalid("state", words));
        }
    };
    let is_for_appeals = words.is_some();
    let asked = OfficeQuery {
        states,
        words,
        limit: limit(query.limit),
        cursor: app.cursors.open(LIST, query.cursor)?,
        ..OfficeQuery::default()
    };
    let found = office::list::<KeptPlate>(app.store.as_ref(), asked).await?;
    let mut items = Vec::new();
    for kept in &found.items {
        items.extend(item(&app, &principal, kept, is_for_appeals).await?);
    }
    Ok(Json(List { items, next: app.cursors.seal(LIST, found.next)? }))
}

/// The plate, if whoever asks sees an order of it.
async fn item(
    app: &App,
    principal: &Principal,
    kept: &Kept<KeptPlate>,
    is_for_appeals: bool,
) -> Result<Option<SuspensionItem>, Problem> {
    let (record, now) = (&kept.document.record, app.clock.now());
    let suspension = record.suspension(now, &app.reservations.parts.policy.settings());
    // The month may have ended since it was kept.
    if suspension.is_none() && !is_for_appeals {
        return Ok(None);
    }
    let of_suspension = suspension.iter().flat_map(|suspension| &suspension.orders);
    let named: BTreeSet<&OrderCode> =
        of_suspension.chain(record.appeals.iter().map(|appeal| &appeal.code)).collect();
    let mut plate = None;
    let mut seen = BTreeSet::new();
    for code in named {
        let order = office::one::<KeptOrder>(app.store.as_ref(), code.as_str()).await?;
        if let Some(order) = order.filter(|order| sees(principal, &order.document)) {
            plate = Some(principal.plate(&order.document.order.plate));
            seen.insert(code.clone());
        }
    }
    let Some(plate) = plate else { return Ok(None) };
    let orders = suspension.iter().flat_map(|suspension| &suspension.orders);
    Ok(Some(SuspensionItem {
        plate,
        since: suspension.as_ref().map(|suspension| timestamps::shown(suspension.since)),
        until: suspension.as_ref().map(|suspension| timestamps::shown(suspension.until)),
        orders: orders.filter(|code| seen.contains(code)).map(OrderCode::to_string).collect(),
        late_cancels: record.late_cancels.iter().filter(|mark| !mark.is_revoked).count(),
        appeals: record.appeals.iter().filter(|one| seen.contains(&one.code)).map(appeal).collect(),
    }))
}
