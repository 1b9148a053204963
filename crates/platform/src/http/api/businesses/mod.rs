//! `/api/v1/businesses`: market supervision's list, held against who is connected; a work list for each district.

mod table;
mod work;

pub(super) use table::{__path_import, __path_preview, import, preview};

use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use crate::office::businesses::{
    Business, BusinessState, Listed, Match, MatchedBy, Matcher, Note, assigned_to, overdue,
};
use crate::office::{self, Document as _, Kept};
use crate::registry::Snapshot;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_model::ProviderCode;
use bowei_store::{OfficeQuery, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use work::{apply, keep};

/// Which businesses.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct BusinessesQuery {
    /// In districts whose code begins so.
    district: Option<String>,
    /// In these states; several, split at a comma.
    #[param(value_type = Option<Vec<BusinessState>>, style = Form, explode = false)]
    state: Option<String>,
    /// With these words in the name, the credit code or the address.
    q: Option<String>,
    /// Whom they are given to: a login.
    assignee: Option<String>,
    /// `true`: whose next date is past, and that are not connected.
    overdue: Option<bool>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The provider that a business is.
#[derive(Serialize, ToSchema)]
pub(super) struct BusinessMatch {
    /// Its code.
    provider: String,
    provider_name: Option<String>,
    by: MatchedBy,
    /// 1: it is certain.
    score: f64,
}

/// A word on a business.
#[derive(Serialize, ToSchema)]
pub(super) struct BusinessNote {
    at: String,
    /// A login, or a token's id.
    user: String,
    text: String,
}

/// A business of the list.
#[derive(Serialize, ToSchema)]
pub(super) struct BusinessItem {
    id: String,
    credit_code: Option<String>,
    name: String,
    address: String,
    /// GB/T 2260 code; empty: it is not known where.
    district: String,
    /// When it was registered with market supervision.
    registered_at: Option<String>,
    /// The provider that it is; null where none is known.
    r#match: Option<BusinessMatch>,
    state: BusinessState,
    /// What stands in the way.
    obstacle: Option<String>,
    /// The login of who has it.
    assignee: Option<String>,
    /// When somebody looks at it next.
    next_at: Option<String>,
    /// When it was told to be connected.
    notified_at: Option<String>,
    /// The last 50, the oldest first.
    notes: Vec<BusinessNote>,
    /// What it is by now: sent back with a change, so that nobody else's is overwritten unseen.
    revision: String,
}

/// What to change of a business. What is left out stays, an empty text takes what was there away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct BusinessFields {
    obstacle: Option<String>,
    /// A login.
    assignee: Option<String>,
    #[schema(format = DateTime)]
    next_at: Option<String>,
    /// `not-required`, or `unknown` to have it looked for again.
    #[schema(pattern = "^(not-required|unknown)$")]
    state: Option<String>,
    /// A word to add.
    note: Option<String>,
    /// The code of the provider that it is; empty: it is looked for again.
    provider: Option<String>,
    /// When it was told to be connected: from then on its provider's term of registration runs.
    #[schema(format = DateTime)]
    notified_at: Option<String>,
    /// The `revision` that the change was worked out from.
    revision: Option<String>,
}

/// A district's work.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct BusinessDistrict {
    /// GB/T 2260 code; empty: of businesses of which it is not known where they are.
    district: String,
    connected: u64,
    registered: u64,
    unknown: u64,
    not_required: u64,
    /// Those to be connected whose next date is past.
    overdue: u64,
}

fn item(snapshot: &Snapshot, kept: Kept<Business>) -> BusinessItem {
    let mut business = kept.document;
    // What the registry has learnt since it was looked for last.
    business.is_connected =
        business.found.as_ref().is_some_and(|found| is_connected(snapshot, &found.provider));
    let state = business.how_far();
    let Business { listed, found, obstacle, assignee, next_at, notified_at, notes, .. } = business;
    let Listed { credit_code, name, address, district, registered_at } = listed;
    let note = |Note { at, user, text }| BusinessNote { at: timestamps::shown(at), user, text };
    BusinessItem {
        id: kept.id,
        credit_code,
        name,
        address,
        district,
        registered_at: registered_at.map(timestamps::shown),
        r#match: found.map(|Match { provider, by, score }| {
            let score = (score * 100.0).round() / 100.0;
            let provider_name = snapshot.provider_name(&provider);
            BusinessMatch { provider: provider.to_string(), provider_name, by, score }
        }),
        state,
        obstacle,
        assignee,
        next_at: next_at.map(timestamps::shown),
        notified_at: notified_at.map(timestamps::shown),
        notes: notes.into_iter().map(note).collect(),
        revision: kept.revision.to_string(),
    }
}

fn is_connected(snapshot: &Snapshot, provider: &ProviderCode) -> bool {
    snapshot.providers.get(provider).is_some_and(|row| row.details.connected_at.is_some())
}

/// The businesses that whoever asks sees: first those with a next date, the last of them first.
#[utoipa::path(get, operation_id = "listBusinesses", path = "/api/v1/businesses", tag = "office", security(("session" = []), ("token" = [])), params(BusinessesQuery), responses(
    (status = 200, description = "A page of them", body = List<BusinessItem>),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<BusinessesQuery>,
) -> Result<Json<List<BusinessItem>>, Problem> {
    let mut states: Vec<BusinessState> = enums::several("state", query.state.as_deref())?;
    let cursor = app.cursors.open("businesses", query.cursor)?;
    let Ok(district) = principal.district_asked(query.district.as_deref()) else {
        return Ok(Json(List { items: Vec::new(), next: None }));
    };
    let is_overdue = query.overdue == Some(true);
    if is_overdue && states.is_empty() {
        states.extend(BusinessState::TO_DO);
    }
    let overdue = is_overdue.then(|| overdue(app.clock.now()));
    let asked = OfficeQuery {
        states: states.into_iter().map(|state| state.name().to_owned()).collect(),
        district: district.map(str::to_owned),
        words: query.q.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty()),
        and_words: query.assignee.as_deref().map(assigned_to),
        from: overdue.map(|(from, _)| from),
        before: overdue.map(|(_, now)| now),
        limit: limit(query.limit),
        cursor,
        ..OfficeQuery::default()
    };
    let found = office::list::<Business>(app.store.as_ref(), asked).await?;
    let next = app.cursors.seal("businesses", found.next)?;
    let snapshot = app.registry.snapshot();
    Ok(Json(List { items: found.items.into_iter().map(|kept| item(&snapshot, kept)).collect(), next }))
}

/// How far each district is that whoever asks sees.
#[utoipa::path(get, operation_id = "listBusinessDistricts", path = "/api/v1/businesses/districts", tag = "office", security(("session" = []), ("token" = [])), responses(
    (status = 200, description = "All of them, by their codes", body = List<BusinessDistrict>),
))]
pub(super) async fn districts(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<List<BusinessDistrict>>, Problem> {
    let within = overdue(app.clock.now());
    let counts = app.store.office_districts(Business::KIND, principal.district(), within).await?;
    let mut districts: BTreeMap<String, BusinessDistrict> = BTreeMap::new();
    for count in counts {
        let district = count.district;
        let of = districts.entry(district.clone()).or_default();
        of.district = district;
        let state = count.state.as_str();
        if BusinessState::TO_DO.iter().any(|to_do| to_do.name() == state) {
            of.overdue += count.within;
        }
        match state {
            "connected" => of.connected += count.count,
            "registered" => of.registered += count.count,
            "not-required" => of.not_required += count.count,
            _ => of.unknown += count.count,
        }
    }
    Ok(Json(List { items: districts.into_values().collect(), next: None }))
}

/// Changes what is being done about a business.
#[utoipa::path(patch, operation_id = "changeBusiness", path = "/api/v1/businesses/{id}", tag = "office", security(("session" = []), ("token" = [])),
    params(("id" = String, Path, description = "The business's id")), request_body = BusinessFields, responses(
    (status = 200, description = "As it is now", body = BusinessItem),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such business for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Somebody else has changed it meanwhile: read it again", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn change(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<BusinessFields>,
) -> Result<Json<BusinessItem>, Problem> {
    let before: Option<Kept<Business>> = office::one(app.store.as_ref(), &id).await?;
    let before = before.filter(|kept| principal.sees_district(&kept.document.listed.district));
    let before = before.ok_or_else(|| {
        Problem::not_found("没有此企业，或无权查看 there is no such business for whoever asks")
    })?;
    let outdated = || {
        let words = "somebody else has changed the business meanwhile: read it again";
        Problem::new(StatusCode::CONFLICT, words)
    };
    if asked.revision.as_ref().is_some_and(|revision| *revision != before.revision.to_string()) {
        return Err(outdated());
    }
    let mut after = before.clone();
    apply(&app, &source, &asked, &mut after.document).await?;
    if after.document != before.document {
        match keep(&app, &source, &before, &after).await {
            Err(StoreError::Outdated { .. }) => return Err(outdated()),
            kept => kept?,
        }
        after.revision += 1;
    }
    Ok(Json(item(&app.registry.snapshot(), after)))
}

/// What businesses are looked for among.
fn matcher(snapshot: &Snapshot) -> Matcher {
    Matcher::new(snapshot.providers.values(), snapshot.lots.values().map(Arc::as_ref))
}
