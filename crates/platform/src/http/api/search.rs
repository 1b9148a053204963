//! `GET /api/v1/search`: lots, providers and records by a few letters. A plate is not searched for here: that costs a reason.

use super::lots::{Found, found};
use crate::accounts::{Permission, Principal};
use crate::app::App;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use axum::Json;
use axum::extract::State;
use bowei_model::LotCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Of each kind so many are shown: whoever wants more goes to its list.
const SHOWN_MAX: usize = 5;

/// A record's id has so many characters at least: shorter ones are looked for among lots and providers alone.
const RECORD_MIN: usize = 6;

/// Lots among which a record is looked for.
const RECORD_LOTS_MAX: usize = 2_000;

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// Words of a lot or a provider, or a record's id; nothing is found without any.
    #[serde(default)]
    q: String,
}

/// What was found.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct SearchResult {
    lots: Vec<Found>,
    providers: Vec<Found>,
    /// Records of exactly that id.
    records: Vec<FoundRecord>,
    /// Registrations, by their ids.
    registrations: Vec<Found>,
}

/// A record that was found.
#[derive(Serialize, ToSchema)]
struct FoundRecord {
    lot: String,
    record_id: String,
    /// When the car went in, or else out.
    at: String,
}

/// Looks for lots, providers and records.
#[utoipa::path(get, operation_id = "search", path = "/api/v1/search", tag = "office", security(("session" = []), ("token" = [])), params(SearchQuery), responses(
    (status = 200, description = "The first of each kind", body = SearchResult),
))]
pub(super) async fn find(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<SearchQuery>,
) -> Result<Json<SearchResult>, Problem> {
    let words = query.q.trim();
    if words.is_empty() {
        return Ok(Json(SearchResult::default()));
    }
    // Refused where the list of lots refuses its own words: before anything else is looked through.
    let lots = found(&app, &principal, words, SHOWN_MAX).await?;
    let providers = if principal.may(Permission::ProvidersRead) {
        super::providers::found(&app, &principal, words, SHOWN_MAX)
    } else {
        Vec::new()
    };
    let mut records = Vec::new();
    if words.len() >= RECORD_MIN && principal.may(Permission::SessionsRead) {
        let snapshot = app.registry.snapshot();
        let seen = principal.seen(&snapshot, None);
        let lots: Vec<LotCode> = seen.take(RECORD_LOTS_MAX).map(|lot| lot.code.clone()).collect();
        let called = app.store.lots_with_record(words, lots, SHOWN_MAX).await?;
        for lot in called {
            let session = app.store.session(&lot, words).await?;
            let passage = session.as_ref().and_then(|session| session.entry().or(session.exit()));
            // Of which no car has passed, there is nothing to show.
            let Some(at) = passage.map(|passage| timestamps::shown(passage.content.at)) else { continue };
            records.push(FoundRecord { lot: lot.to_string(), record_id: principal.record_id(words), at });
        }
    }
    let registrations = super::registrations::found(&app, &principal, words, SHOWN_MAX).await?;
    Ok(Json(SearchResult { lots, providers, records, registrations }))
}
