//! `/api/v1/registrations`: the office reads what businesses ask, asks back, refuses and approves.

mod approval;

use super::lots::Found;
use super::{List, limit, words};
use crate::accounts::{Permission, Principal};
use crate::app::App;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::registrations::{RegistrationItem, change, missing, one as kept_one};
use crate::http::{enums, timestamps};
use crate::office::registrations::{Author, MESSAGE_MAX, Registration, RegistrationState, Step};
use crate::office::{self, Document as _, Kept};
use approval::{approve, same_credit_code, sees_provider};
use axum::Json;
use axum::extract::{Path, State};
use bowei_store::OfficeQuery;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which registrations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RegistrationsQuery {
    /// In these states; several, split at a comma.
    #[param(value_type = Option<Vec<RegistrationState>>, style = Form, explode = false)]
    state: Option<String>,
    /// With these words in the name, the credit code, the contact or a lot's name.
    q: Option<String>,
    /// Whose lots all lie in districts whose code begins so.
    district: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// A registration in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct RegistrationSummary {
    id: String,
    state: RegistrationState,
    submitted_at: String,
    closed_at: Option<String>,
    name: String,
    credit_code: String,
    /// What the districts of its lots have in common: a district, a city, a province or nothing.
    district: String,
    standards: Vec<String>,
    /// How many lots it has.
    lots: usize,
    files: usize,
    messages: usize,
    provider: Option<String>,
}

/// A registration as the office sees it.
#[derive(Serialize, ToSchema)]
pub(super) struct RegistrationPage {
    #[serde(flatten)]
    registration: RegistrationItem,
    /// What the districts of its lots have in common.
    district: String,
    /// The provider that has the same credit code: an approval has to name it, and adds the lots to it.
    same_credit_code: Option<String>,
}

/// What the office does with a registration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegistrationAction {
    /// `ask` and `comment` with a `text`, `refuse` with a `reason`, `approve`.
    #[schema(pattern = "^(ask|comment|refuse|approve)$")]
    action: String,
    /// 500 characters at most, which the applicant reads.
    text: Option<String>,
    /// Why it is refused; 500 characters at most, which the applicant reads.
    reason: Option<String>,
    /// The provider's code, when it is approved: one that is free, or the one of the same credit code. Without it one is made.
    provider: Option<String>,
    /// What bounds the provider's account: a prefix of the districts that it sees.
    district: Option<String>,
    /// The login of the provider's account. Without it one is made of the provider's code, unless the provider has an account.
    login: Option<String>,
}

fn summary(kept: Kept<Registration>) -> RegistrationSummary {
    let district = kept.document.district();
    let Registration { state, submitted_at, closed_at, form, files, messages, provider, .. } = kept.document;
    RegistrationSummary {
        id: kept.id,
        state,
        submitted_at: timestamps::shown(submitted_at),
        closed_at: closed_at.map(timestamps::shown),
        name: form.name,
        credit_code: form.credit_code,
        district,
        standards: form.standards,
        lots: form.lots.len(),
        files: files.len(),
        messages: messages.len(),
        provider: provider.map(|code| code.to_string()),
    }
}

fn page(app: &App, principal: &Principal, kept: &Kept<Registration>) -> RegistrationPage {
    let snapshot = app.registry.snapshot();
    let same = same_credit_code(&snapshot, &kept.document.form.credit_code);
    let same = same.filter(|row| sees_provider(&snapshot, principal, &row.code));
    RegistrationPage {
        registration: RegistrationItem::of(kept),
        district: kept.document.district(),
        same_credit_code: same.map(|row| row.code.to_string()),
    }
}

/// The registrations that whoever asks sees, the newest first.
#[utoipa::path(get, operation_id = "listRegistrations", path = "/api/v1/registrations", tag = "office", security(("session" = []), ("token" = [])), params(RegistrationsQuery), responses(
    (status = 200, description = "A page of them", body = List<RegistrationSummary>),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<RegistrationsQuery>,
) -> Result<Json<List<RegistrationSummary>>, Problem> {
    let states: Vec<RegistrationState> = enums::several("state", query.state.as_deref())?;
    let cursor = app.cursors.open("registrations", query.cursor)?;
    let Ok(district) = principal.district_asked(query.district.as_deref()) else {
        return Ok(Json(List { items: Vec::new(), next: None }));
    };
    let asked = OfficeQuery {
        states: states.into_iter().map(|state| state.name().to_owned()).collect(),
        district: district.map(str::to_owned),
        words: query.q.map(|words| words.trim().to_owned()).filter(|words| !words.is_empty()),
        limit: limit(query.limit),
        cursor,
        ..OfficeQuery::default()
    };
    let found = office::list::<Registration>(app.store.as_ref(), asked).await?;
    let next = app.cursors.seal("registrations", found.next)?;
    Ok(Json(List { items: found.items.into_iter().map(summary).collect(), next }))
}

/// The last registrations with these words.
pub(super) async fn found(
    app: &App,
    principal: &Principal,
    words: &str,
    limit: usize,
) -> Result<Vec<Found>, Problem> {
    if !principal.may(Permission::RegistrationsRead) {
        return Ok(Vec::new());
    }
    let district = principal.district().map(str::to_owned);
    let query = OfficeQuery { words: Some(words.to_owned()), district, limit, ..OfficeQuery::default() };
    let found = office::list::<Registration>(app.store.as_ref(), query).await?.items;
    Ok(found.into_iter().map(|kept| Found { code: kept.id, name: kept.document.form.name }).collect())
}

/// The registration of that id, if whoever asks may see it.
async fn visible(app: &App, principal: &Principal, id: &str) -> Result<Kept<Registration>, Problem> {
    let kept = kept_one(app, id).await?;
    if principal.sees_registration(&kept.document) { Ok(kept) } else { Err(missing()) }
}

/// One registration.
#[utoipa::path(get, operation_id = "getRegistration", path = "/api/v1/registrations/{id}", tag = "office", security(("session" = []), ("token" = [])),
    params(("id" = String, Path, description = "The registration's id")), responses(
    (status = 200, description = "The registration", body = RegistrationPage),
    (status = 404, description = "No such registration for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Json<RegistrationPage>, Problem> {
    let kept = visible(&app, &principal, &id).await?;
    Ok(Json(page(&app, &principal, &kept)))
}

/// Asks back, comments, refuses or approves. An approval makes the provider, its lots on trial, its keys and its account,
/// all or nothing.
#[utoipa::path(post, operation_id = "decideRegistration", path = "/api/v1/registrations/{id}/actions", tag = "office", security(("session" = []), ("token" = [])),
    params(("id" = String, Path, description = "The registration's id")), request_body = RegistrationAction, responses(
    (status = 200, description = "The registration as it is now", body = RegistrationPage),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such registration for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is decided or withdrawn, a provider has the same credit code, or a code or login is taken", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<RegistrationAction>,
) -> Result<Json<RegistrationPage>, Problem> {
    let kept = visible(&app, &principal, &id).await?;
    let now = app.clock.now();
    let (step, action, field, text) = match asked.action.as_str() {
        "ask" => (Step::Ask, "registration.ask", "text", &asked.text),
        "comment" => (Step::Comment, "registration.comment", "text", &asked.text),
        "refuse" => (Step::Refuse, "registration.refuse", "reason", &asked.reason),
        "approve" => {
            must_be_confirmed(&app, &principal)?;
            approve(&app, &principal, &source, kept, &asked).await?;
            let kept = visible(&app, &principal, &id).await?;
            return Ok(Json(page(&app, &principal, &kept)));
        }
        other => {
            let words = format!("action is {other:?}: ask, comment, refuse or approve is expected");
            return Err(Problem::invalid("action", words));
        }
    };
    let text = text.as_deref().ok_or_else(|| Problem::missing(&[field]))?;
    let text = words(field, text, 1, MESSAGE_MAX)?;
    let changed = change(&app, &id, (&source, action), Vec::new(), |registration| {
        registration.take(step, now)?;
        Ok(registration.say(Author::Office, text.clone(), now)?)
    });
    Ok(Json(page(&app, &principal, &changed.await?)))
}
