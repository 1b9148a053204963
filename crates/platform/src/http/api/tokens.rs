//! `/api/v1/tokens`: what programs say who they are with, for the security administrator.

use super::List;
use super::users::known_provider;
use crate::accounts::user::{UnfitUser, bounded};
use crate::accounts::{Permission, Principal, entry, token};
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::{enums, timestamps};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_store::{Change, RegistryChange, StoreError, TokenRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A token, without what it is known by.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenItem {
    id: String,
    /// `operator`, `regulator`, `viewer`, `provider:CODE` or, of an off-peak service, `off-peak:CODE`.
    role: String,
    /// What the provider of the role is called.
    provider_name: Option<String>,
    district: Option<String>,
    /// What its holder may do, by the names of `x-permission`.
    #[schema(value_type = Vec<enums::Permission>)]
    permissions: Vec<&'static str>,
    issued_at: String,
    /// Null: it has no end.
    expires_at: Option<String>,
}

/// A token to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// `operator`, `regulator`, `viewer`, `provider:CODE` or, of an off-peak service, `off-peak:CODE`.
    role: String,
    district: Option<String>,
    /// RFC 3339.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenCreated {
    id: String,
    /// The token, shown this once.
    token: String,
}

fn item(app: &App, row: TokenRow) -> TokenItem {
    let principal = Principal::of_token(&row).ok();
    let may = |one: &Permission| principal.as_ref().is_some_and(|principal| principal.may(*one));
    let provider = principal.as_ref().and_then(Principal::provider);
    TokenItem {
        id: row.id,
        provider_name: provider.and_then(|code| app.registry.snapshot().provider_name(code)),
        role: row.role,
        district: row.district,
        permissions: Permission::all().filter(may).map(Permission::name).collect(),
        issued_at: timestamps::shown(row.issued_at),
        expires_at: row.expires_at.map(timestamps::shown),
    }
}

fn shown(row: &TokenRow) -> Value {
    json!({"role": row.role, "district": row.district, "expires_at": row.expires_at.map(timestamps::shown)})
}

/// Every token.
#[utoipa::path(get, operation_id = "listTokens", path = "/api/v1/tokens", tag = "people", security(("session" = []), ("token" = [])), responses(
    (status = 200, description = "All of them, those past their end too", body = List<TokenItem>),
))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<List<TokenItem>>, Problem> {
    let rows = app.store.registry().await?.tokens;
    Ok(Json(List { items: rows.into_iter().map(|row| item(&app, row)).collect(), next: None }))
}

/// Makes a token.
#[utoipa::path(post, operation_id = "createToken", path = "/api/v1/tokens", tag = "people", security(("session" = []), ("token" = [])),
    request_body = NewToken, responses(
    (status = 201, description = "Made, and shown this once", body = TokenCreated),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<App>,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<NewToken>,
) -> Result<(StatusCode, Json<TokenCreated>), Problem> {
    let role = token::role_of(&asked.role).map_err(|unfit| Problem::invalid("role", unfit.to_string()))?;
    known_provider(&app, &role)?;
    let district = asked.district.filter(|district| !district.is_empty());
    bounded(&role, district.as_deref())?;
    let expires_at = timestamps::asked("expires_at", asked.expires_at.as_deref())?;
    let now = app.clock.now();
    let (token, row) = token::make(&role, district, now, expires_at).map_err(UnfitUser::from)?;
    let id = row.id.clone();
    let made = entry(&source, now, ("token.create", format!("token:{id}")), (None, Some(shown(&row))));
    let change = RegistryChange { tokens: vec![row], ..RegistryChange::default() };
    app.store.administer(vec![Change::Registry(Box::new(change))], vec![made]).await?;
    app.registry.refresh().await?;
    Ok((StatusCode::CREATED, Json(TokenCreated { id, token })))
}

/// Ends a token at once.
#[utoipa::path(delete, operation_id = "revokeToken", path = "/api/v1/tokens/{id}", tag = "people", security(("session" = []), ("token" = [])),
    params(("id" = String, Path, description = "The token's public id")), responses(
    (status = 204, description = "It is gone"),
))]
pub(super) async fn remove(
    State(app): State<App>,
    Actor(source): Actor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let rows = app.store.registry().await?.tokens;
    let row = rows.into_iter().find(|row| row.id == id);
    let missing = || Problem::not_found(format!("there is no token {id:?}"));
    let row = row.ok_or_else(missing)?;
    let gone =
        entry(&source, app.clock.now(), ("token.delete", format!("token:{id}")), (Some(shown(&row)), None));
    match app.store.administer(vec![Change::TokenRemove { id: id.clone() }], vec![gone]).await {
        Err(StoreError::Conflict(_)) => return Err(missing()),
        other => other?,
    }
    app.registry.refresh().await?;
    Ok(StatusCode::NO_CONTENT)
}
