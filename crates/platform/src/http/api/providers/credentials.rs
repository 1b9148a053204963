//! `/api/v1/providers/{code}/credentials/{standard}`: keys, issued, rotated and revoked.

use super::visible;
use crate::accounts::Principal;
use crate::app::App;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::office::handovers::Handover;
use crate::office::{self, Kept};
use crate::registry::Told;
use crate::registry::apply::{ApplyError, OVERLAP};
use crate::registry::providers::Issued;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bowei_standards::platform_side::Fields;
use bowei_store::{Change, ChangeSource, StoreError};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest overlap: a quarter, in which every lot has been visited.
const OVERLAP_DAYS_MAX: u32 = 92;

/// How a key is issued.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::http::api) struct KeyRequest {
    /// For how many days the present key is still accepted; 7 unless said otherwise, 0 ends it at once.
    #[schema(maximum = 92)]
    overlap_days: Option<u32>,
    /// Where the secrets go: into this `answer` (the default), or to the provider's own `account`, whose people collect
    /// them once.
    to: Option<String>,
    /// Fields that are given and not made, by the names of the registry file: an account's name, a callback's address.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    fields: Option<Fields>,
}

/// A key that was issued.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct KeyIssued {
    id: String,
    account: String,
    /// Everything that the lot's system is set up with, shown this once; empty where the provider collects it.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    fields: Fields,
}

impl From<ApplyError> for Problem {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Credential { fault, .. } => Self::invalid("fields", fault.to_string()),
            ApplyError::AccountTaken { .. } => {
                Self::invalid("fields", error.to_string()).with_status(StatusCode::CONFLICT)
            }
            ApplyError::IdTaken(_) => Self::new(StatusCode::CONFLICT, error.to_string()),
            ApplyError::Store(error) => error.into(),
            ApplyError::Seal(error) => error.into(),
            other => Self::bad_request(other.to_string()),
        }
    }
}

/// Issues a provider's first key of a standard, or rotates it.
#[utoipa::path(post, operation_id = "issueKey", path = "/api/v1/providers/{code}/credentials/{standard}", tag = "office", security(("session" = []), ("token" = [])),
    params(("code" = String, Path, description = "The provider's code"), ("standard" = String, Path, description = "The standard")),
    request_body = KeyRequest, responses(
    (status = 201, description = "The key", body = KeyIssued),
    (status = 400, description = "The body does not fit, or there is no such standard", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such provider for whoever asks", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The account's name is another provider's", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn issue(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path((code, standard)): Path<(String, String)>,
    JsonBody(asked): JsonBody<KeyRequest>,
) -> Result<(StatusCode, Json<KeyIssued>), Problem> {
    let provider = visible(&app, &principal, &code)?.code;
    let overlap = match asked.overlap_days {
        None => OVERLAP,
        Some(days) if days <= OVERLAP_DAYS_MAX => SignedDuration::from_hours(i64::from(days) * 24),
        Some(days) => {
            let words = format!(
                "新旧密钥并用最多 {OVERLAP_DAYS_MAX} 天 overlap_days is {days}: {OVERLAP_DAYS_MAX} at most are expected"
            );
            return Err(Problem::invalid("overlap_days", words));
        }
    };
    let to_account = match asked.to.as_deref() {
        None | Some("answer") => false,
        Some("account") => true,
        Some(other) => {
            let words = format!("to is {other:?}: \"answer\" or \"account\" is expected");
            return Err(Problem::invalid("to", words));
        }
    };
    must_be_confirmed(&app, &principal)?;
    let told = Told::new(&source, ChangeSource::Console, app.clock.now());
    let waiting = |issued: &Issued| -> Result<Vec<Change>, Problem> {
        if !to_account {
            return Ok(Vec::new());
        }
        Ok(vec![handover(&app, &provider, &standard, issued)?.change()?])
    };
    let of = (&provider, standard.as_str());
    let Issued { id, account, fields } =
        app.registry.issue(of, asked.fields.as_ref(), overlap, &told, waiting).await?;
    let fields = if to_account { Fields::new() } else { fields };
    Ok((StatusCode::CREATED, Json(KeyIssued { id, account, fields })))
}

/// Keys that wait for their provider, sealed.
pub(in crate::http::api) fn handover(
    app: &App,
    provider: &bowei_model::ProviderCode,
    standard: &str,
    issued: &Issued,
) -> Result<Kept<Handover>, Problem> {
    let unwritten = |error: serde_json::Error| StoreError::Unreadable(error.to_string());
    let plain = serde_json::to_vec(&issued.fields).map_err(unwritten)?;
    let sealed = app.registry.key().seal(&sealed_for(provider, &issued.id), &plain)?;
    let document = Handover {
        provider: provider.clone(),
        standard: standard.to_owned(),
        account: issued.account.clone(),
        sealed: STANDARD.encode(sealed),
        at: app.clock.now(),
    };
    Ok(Kept::new(issued.id.clone(), document))
}

/// What the keys of a handover are bound to.
pub(super) fn sealed_for(provider: &bowei_model::ProviderCode, id: &str) -> String {
    serde_json::json!(["handover", provider.as_str(), id]).to_string()
}

/// Revokes a key at once, as after abuse.
#[utoipa::path(delete, operation_id = "revokeKey", path = "/api/v1/providers/{code}/credentials/{standard}/{id}", tag = "office", security(("session" = []), ("token" = [])),
    params(("code" = String, Path, description = "The provider's code"), ("standard" = String, Path, description = "The standard"),
        ("id" = String, Path, description = "The key's id")), responses(
    (status = 204, description = "It is accepted no more"),
    (status = 404, description = "No such provider for whoever asks, or no such key that is accepted", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn revoke(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path((code, standard, id)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let provider = visible(&app, &principal, &code)?.code;
    must_be_confirmed(&app, &principal)?;
    let told = Told::new(&source, ChangeSource::Console, app.clock.now());
    let waiting: Option<Kept<Handover>> = office::one(app.store.as_ref(), &id).await?;
    let more = waiting.map(|waiting| waiting.removal()).into_iter().collect();
    let found: bool = app.registry.revoke::<Problem>((&provider, &standard), &id, &told, more).await?;
    if found {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::not_found(format!("provider {provider} has no {standard} key {id} that is accepted")))
}
