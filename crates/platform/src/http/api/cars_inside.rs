//! `GET /api/v1/lots/{code}/cars-inside`: the lot's own list of the cars inside, held against the sessions that the
//! platform thinks were open at that moment. Worked out when asked, so that a record that comes late mends it.

use crate::accounts::Principal;
use crate::app::App;
use crate::cars_inside::last_list;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use axum::Json;
use axum::extract::{Path, State};
use bowei_model::{LotCode, Plate};
use bowei_store::{SessionQuery, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

/// Sessions read at once.
const PAGE: usize = 1_000;

/// Which list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CarsInsideQuery {
    /// The last list of this moment or before it, RFC 3339; without it, the last list.
    #[param(format = DateTime)]
    at: Option<String>,
}

/// A lot's list against the platform's sessions.
#[derive(Serialize, ToSchema)]
pub(super) struct CarsInsideItem {
    /// The moment of the list; null where the lot has sent none.
    at: Option<String>,
    /// How many plates the lot lists.
    listed: usize,
    /// How many plates the platform thinks were inside.
    known: usize,
    /// On the lot's list, and not known to be inside.
    unknown_here: Vec<String>,
    /// Known to be inside, and not on the lot's list.
    not_listed: Vec<String>,
}

/// A lot's cars inside, as it lists them and as the platform knows them.
#[utoipa::path(get, operation_id = "getCarsInside", path = "/api/v1/lots/{code}/cars-inside", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), CarsInsideQuery), responses(
    (status = 200, description = "The two held against each other", body = CarsInsideItem),
    (status = 403, description = "A viewer's token does not see plates", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<CarsInsideQuery>,
) -> Result<Json<CarsInsideItem>, Problem> {
    let lot = principal.lot(&app, &code)?;
    let upto = timestamps::asked("at", query.at.as_deref())?;
    let Some(cars) = last_list(app.store.as_ref(), &lot.code, upto).await? else {
        let (at, unknown_here, not_listed) = (None, Vec::new(), Vec::new());
        return Ok(Json(CarsInsideItem { at, listed: 0, known: 0, unknown_here, not_listed }));
    };
    let listed: BTreeSet<Plate> = cars.plates.iter().cloned().collect();
    let known = inside_at(&app, &lot.code, cars.at).await?;
    let only_in = |a: &BTreeSet<Plate>, b: &BTreeSet<Plate>| a.difference(b).map(Plate::to_string).collect();
    Ok(Json(CarsInsideItem {
        at: Some(timestamps::shown(cars.at)),
        listed: listed.len(),
        known: known.len(),
        unknown_here: only_in(&listed, &known),
        not_listed: only_in(&known, &listed),
    }))
}

/// The plates of the sessions that were open at that moment.
async fn inside_at(app: &App, lot: &LotCode, at: Timestamp) -> Result<BTreeSet<Plate>, StoreError> {
    let mut plates = BTreeSet::new();
    // Open now, or closed since: who came in before and has not left, or left later.
    for (open, closed) in [(true, false), (false, true)] {
        let mut cursor = None;
        loop {
            let query = SessionQuery {
                lot: Some(lot.clone()),
                open,
                closed,
                // Nobody looks further back for cars that have left since: a stay of a month is open or forgotten.
                from: closed.then(|| at - jiff::SignedDuration::from_hours(24 * 31)),
                to: Some(at),
                limit: PAGE,
                cursor,
                ..SessionQuery::default()
            };
            let page = app.store.sessions(query).await?;
            let there = page.items.iter().filter(|session| {
                let received = session.entered_at().is_some_and(|received| received <= at);
                received && session.exited_at().is_none_or(|left| left > at)
            });
            plates.extend(there.filter_map(|session| session.plate().cloned()));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(plates)
}
