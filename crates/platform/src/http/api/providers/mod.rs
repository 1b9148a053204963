//! Providers: listed, shown, made and changed, with their terms and keys.

mod credentials;
mod handovers;
mod item;

pub(super) use credentials::{__path_issue, __path_revoke, handover, issue, revoke};
pub(super) use handovers::{__path_collect, __path_list as __path_handovers, collect, list as handovers};

use super::lots::{Found, HistoryItem, HistoryQuery, code_of, history_of, words};
use super::visible::over_lots;
use super::{List, limit};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use crate::office::credit_code;
use crate::registry::Told;
use crate::registry::providers::provider_revision;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_model::ProviderCode;
use bowei_store::{ChangeSource, HistoryEntry, ProviderDetails, ProviderRow};
use item::{ProviderItem, ProviderPage, item, page};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// The longest name, and the longest contact, address or number.
const NAME_MAX: usize = 100;
const WORDS_MAX: usize = 200;

/// Which providers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ProvidersQuery {
    /// With these words in the code, the name, the credit code or the contact.
    q: Option<String>,
    /// Whose term stands so; several, split at a comma.
    #[param(value_type = Option<Vec<crate::office::deadlines::DeadlineState>>, style = Form, explode = false)]
    state: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// What is said of a provider. A field that is left out says nothing, an empty one takes what was there away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProviderFields {
    /// Its code, of a new one; without it one is made.
    code: Option<String>,
    name: Option<String>,
    /// Whom to call.
    contact: Option<String>,
    /// 统一社会信用代码, 18 characters.
    credit_code: Option<String>,
    address: Option<String>,
    phone: Option<String>,
    /// When it was told to be connected: from then on the term of registration runs.
    #[schema(format = DateTime)]
    notified_at: Option<String>,
    /// The `revision` that the change was worked out from.
    revision: Option<String>,
}

impl ProviderFields {
    fn applied_to(&self, row: &ProviderRow) -> Result<ProviderRow, Problem> {
        let mut row = row.clone();
        if let Some(name) = &self.name {
            row.name = words("name", name, 1, NAME_MAX)?;
        }
        let text = |field, given: &Option<String>, before: &mut Option<String>| -> Result<(), Problem> {
            if let Some(given) = given {
                *before = Some(words(field, given, 0, WORDS_MAX)?).filter(|text| !text.is_empty());
            }
            Ok(())
        };
        text("contact", &self.contact, &mut row.contact)?;
        text("credit_code", &self.credit_code, &mut row.details.credit_code)?;
        text("address", &self.address, &mut row.details.address)?;
        text("phone", &self.phone, &mut row.details.phone)?;
        if let (Some(_), Some(code)) = (&self.credit_code, &row.details.credit_code) {
            credit_code::check(code).map_err(|error| Problem::invalid("credit_code", error.to_string()))?;
        }
        if let Some(given) = self.notified_at.as_deref() {
            let at = Some(given).filter(|given| !given.is_empty());
            row.details.notified_at = timestamps::asked("notified_at", at)?;
        }
        Ok(row)
    }
}

/// The providers that whoever asks sees, in the order of their codes.
#[utoipa::path(get, operation_id = "listProviders", path = "/api/v1/providers", tag = "office", security(("session" = []), ("token" = [])), params(ProvidersQuery), responses(
    (status = 200, description = "A page of them", body = List<ProviderItem>),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<ProvidersQuery>,
) -> Result<Json<List<ProviderItem>>, Problem> {
    let states: Vec<String> =
        query.state.iter().flat_map(|states| states.split(',')).map(str::to_owned).collect();
    let after = app.cursors.open("providers", query.cursor)?;
    let needle = query.q.unwrap_or_default().trim().to_lowercase();
    let size = limit(query.limit);
    let listing = over_lots(&app, &principal, move |app, principal| {
        let snapshot = app.registry.snapshot();
        let is_in_state = |row: &ProviderRow| {
            let state = || item::deadline_state(app, row);
            states.is_empty() || states.iter().any(|asked| Some(asked.as_str()) == state())
        };
        let mut rows: Vec<_> = item::seen(&snapshot, principal)
            .into_iter()
            .skip_while(|row| after.as_ref().is_some_and(|after| row.code.as_str() <= after.as_str()))
            .filter(|row| has_words(row, &needle) && is_in_state(row))
            .take(size + 1)
            .collect();
        let more = rows.len() > size;
        rows.truncate(size);
        let items: Vec<_> = rows.into_iter().map(|row| item(app, &snapshot, principal, row)).collect();
        let last = items.last().map(|item| item.code().to_owned()).filter(|_| more);
        Ok(List { items, next: app.cursors.seal("providers", last)? })
    });
    listing.await?.map(Json)
}

/// Whether a provider has these words, which are in lower case.
fn has_words(row: &ProviderRow, needle: &str) -> bool {
    let words = [Some(row.code.as_str()), Some(row.name.as_str()), row.contact.as_deref()];
    let mut words = words.into_iter().chain([row.details.credit_code.as_deref()]).flatten();
    words.any(|text| text.to_lowercase().contains(needle))
}

/// The first providers with these words.
pub(super) fn found(app: &App, principal: &Principal, words: &str, limit: usize) -> Vec<Found> {
    let snapshot = app.registry.snapshot();
    let needle = words.to_lowercase();
    let named = item::seen(&snapshot, principal).into_iter().filter(|row| has_words(row, &needle));
    named.take(limit).map(|row| Found { code: row.code.to_string(), name: row.name.clone() }).collect()
}

/// The provider of that code, if whoever asks may see it.
fn visible(app: &App, principal: &Principal, code: &str) -> Result<ProviderRow, Problem> {
    let code = ProviderCode::from(code);
    let snapshot = app.registry.snapshot();
    let row = snapshot.providers.get(&code).cloned();
    row.filter(|_| item::sees(&snapshot, principal, &code)).ok_or_else(|| {
        Problem::not_found(format!(
            "没有接入单位 {code}，或无权查看 there is no provider {code} for whoever asks"
        ))
    })
}

/// One provider with its keys and accounts.
#[utoipa::path(get, operation_id = "getProvider", path = "/api/v1/providers/{code}", tag = "office", security(("session" = []), ("token" = [])),
    params(("code" = String, Path, description = "The provider's code")), responses(
    (status = 200, description = "The provider", body = ProviderPage),
    (status = 404, description = "No such provider for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
) -> Result<Json<ProviderPage>, Problem> {
    let row = visible(&app, &principal, &code)?;
    Ok(Json(page(&app, &principal, &row).await?))
}

/// Registers a provider.
#[utoipa::path(post, operation_id = "createProvider", path = "/api/v1/providers", tag = "office", security(("session" = []), ("token" = [])),
    request_body = ProviderFields, responses(
    (status = 201, description = "The provider", body = ProviderPage),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "There is one of that code", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<ProviderFields>,
) -> Result<(StatusCode, Json<ProviderPage>), Problem> {
    if principal.is_of_a_district() {
        let words = "a provider is the whole city's: ask somebody who is bounded by no district";
        return Err(Problem::forbidden(words));
    }
    if asked.name.is_none() {
        return Err(Problem::missing(&["name"]));
    }
    let code = match asked.code.as_deref().filter(|code| !code.is_empty()) {
        Some(code) => code_of(code)?,
        None => free_code(&app),
    };
    let now = app.clock.now();
    let told = Told::new(&source, ChangeSource::Console, now);
    let details = ProviderDetails { registered_at: Some(now), ..ProviderDetails::default() };
    let blank = ProviderRow { code: code.clone(), name: String::new(), contact: None, details };
    let row = app
        .registry
        .put_provider(&code, &told, |known| match known {
            Some(_) => {
                let words = format!("there is a provider {code} already: choose another code");
                Err(Problem::invalid("code", words).with_status(StatusCode::CONFLICT))
            }
            None => asked.applied_to(&blank),
        })
        .await?;
    Ok((StatusCode::CREATED, Json(page(&app, &principal, &row).await?)))
}

/// Changes a provider.
#[utoipa::path(patch, operation_id = "changeProvider", path = "/api/v1/providers/{code}", tag = "office", security(("session" = []), ("token" = [])),
    params(("code" = String, Path, description = "The provider's code")), request_body = ProviderFields, responses(
    (status = 200, description = "The provider as it is now", body = ProviderPage),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such provider for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Somebody else has changed it meanwhile: read it again", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn change(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(code): Path<String>,
    JsonBody(asked): JsonBody<ProviderFields>,
) -> Result<Json<ProviderPage>, Problem> {
    let known = visible(&app, &principal, &code)?;
    if asked.code.as_ref().is_some_and(|code| *code != known.code.as_str()) {
        return Err(Problem::invalid(
            "code",
            "接入单位代码不能修改：停车场和密钥以其为准 a provider keeps its code: lots and keys go by it",
        ));
    }
    let told = Told::new(&source, ChangeSource::Console, app.clock.now());
    let row = app
        .registry
        .put_provider(&known.code, &told, |row| {
            let row = row
                .ok_or_else(|| Problem::not_found("此接入单位已不存在 there is no such provider any more"))?;
            if asked.revision.as_ref().is_some_and(|revision| *revision != provider_revision(row)) {
                let words = "somebody else has changed the provider meanwhile: read it again";
                return Err(Problem::new(StatusCode::CONFLICT, words));
            }
            asked.applied_to(row)
        })
        .await?;
    Ok(Json(page(&app, &principal, &row).await?))
}

/// What became of a provider and its keys, the last change first.
#[utoipa::path(get, operation_id = "getProviderHistory", path = "/api/v1/providers/{code}/history", tag = "office", security(("session" = []), ("token" = [])),
    params(("code" = String, Path, description = "The provider's code"), HistoryQuery), responses(
    (status = 200, description = "The changes", body = List<HistoryItem>),
    (status = 404, description = "No such provider for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn history(
    State(app): State<App>,
    principal: Principal,
    Path(code): Path<String>,
    QueryParams(query): QueryParams<HistoryQuery>,
) -> Result<Json<List<HistoryItem>>, Problem> {
    let row = visible(&app, &principal, &code)?;
    history_of(&app, HistoryEntry::of_provider(&row.code), query).await
}

/// The first code that no provider has.
pub(super) fn free_code(app: &App) -> ProviderCode {
    let snapshot = app.registry.snapshot();
    let mut codes = (1u32..).map(|number| ProviderCode::from(format!("p-{number:04}")));
    codes.find(|code| !snapshot.providers.contains_key(code)).unwrap_or_else(|| "p".into())
}
