//! `/api/v1/providers/{code}/handovers`: keys that the provider's own people collect, once.

use super::credentials::sealed_for;
use super::item::HANDOVERS_MAX;
use super::visible;
use crate::accounts::{Principal, entry};
use crate::app::App;
use crate::http::api::List;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::office::handovers::Handover;
use crate::office::{self, Kept};
use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bowei_standards::platform_side::Fields;
use bowei_store::{OfficeQuery, StoreError};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// Keys that wait, without what is secret of them.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct HandoverItem {
    id: String,
    standard: String,
    account: String,
    at: String,
}

/// Keys that were collected.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct KeysCollected {
    standard: String,
    /// Everything that the lot's system is set up with, shown this once.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    fields: Fields,
}

/// The keys that wait for the provider.
#[utoipa::path(get, operation_id = "listHandovers", path = "/api/v1/providers/{code}/handovers", tag = "office", security(("session" = []), ("token" = [])),
    params(("code" = String, Path, description = "The provider's code")), responses(
    (status = 200, description = "All of them", body = List<HandoverItem>),
    (status = 404, description = "No such provider for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn list(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
) -> Result<Json<List<HandoverItem>>, Problem> {
    let provider = visible(&app, &principal, &code)?.code;
    let query = OfficeQuery { provider: Some(provider), limit: HANDOVERS_MAX, ..OfficeQuery::default() };
    let waiting = office::list::<Handover>(app.store.as_ref(), query).await?;
    let item = |Kept { id, document, .. }: Kept<Handover>| {
        let Handover { standard, account, at, .. } = document;
        HandoverItem { id, standard, account, at: timestamps::shown(at) }
    };
    Ok(Json(List { items: waiting.items.into_iter().map(item).collect(), next: None }))
}

/// Collects keys: they are shown this once, and kept no more.
#[utoipa::path(post, operation_id = "collectKeys", path = "/api/v1/providers/{code}/handovers/{id}", tag = "office", security(("session" = [])),
    params(("code" = String, Path, description = "The provider's code"), ("id" = String, Path, description = "The key's id")), responses(
    (status = 200, description = "The keys", body = KeysCollected),
    (status = 404, description = "No such provider for whoever asks, or nothing waits: it was collected already", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn collect(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path((code, id)): Path<(String, String)>,
) -> Result<Json<KeysCollected>, Problem> {
    let provider = visible(&app, &principal, &code)?.code;
    let missing = || {
        Problem::not_found(
            "没有待领取的密钥：可能已被领取 nothing waits here: it may have been collected already",
        )
    };
    let waiting: Option<Kept<Handover>> = office::one(app.store.as_ref(), &id).await?;
    let waiting = waiting.filter(|waiting| waiting.document.provider == provider).ok_or_else(missing)?;
    must_be_confirmed(&app, &principal)?;
    let unreadable = |error: String| StoreError::Unreadable(format!("handover {id}: {error}"));
    let sealed = STANDARD.decode(&waiting.document.sealed).map_err(|error| unreadable(error.to_string()))?;
    let plain = app.registry.key().open(&sealed_for(&provider, &id), &sealed)?;
    let fields = serde_json::from_slice(&plain).map_err(|error| unreadable(error.to_string()))?;
    let Handover { standard, account, .. } = &waiting.document;
    let words = json!({"standard": standard, "account": account, "id": id});
    let what = ("keys.collect", format!("provider:{provider}"));
    let collected = entry(&source, app.clock.now(), what, (None, Some(words)));
    // Of two who collect at once one alone finds it there.
    let taken = Kept { revision: waiting.revision, ..waiting.clone() }.change()?;
    app.store.administer(vec![taken, waiting.removal()], vec![collected]).await.map_err(
        |error| match error {
            StoreError::Outdated { .. } | StoreError::Conflict(_) => missing(),
            other => other.into(),
        },
    )?;
    Ok(Json(KeysCollected { standard: standard.clone(), fields }))
}
