//! `/api/v1/reservations/policy`: the city's rules for reservations, in versions.

use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::List;
use crate::http::api::reveals::words_on;
use crate::http::api::rules::{RuleVersionItem, RulesToApply, listed, of_the_city};
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::{shapes, timestamps};
use crate::reservations::policy::apply as put_in_force;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bowei_model::reservation::Policy;
use serde::Serialize;
use utoipa::ToSchema;

/// The rules that are in force.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct PolicyPage {
    /// 0: the default that comes along.
    version: u32,
    /// Who put it in force; null of the default.
    by: Option<String>,
    at: Option<String>,
    note: String,
    /// As it was given, TOML: what is not in it is the default.
    toml: String,
    /// Every setting as it is.
    #[schema(value_type = shapes::ReservationPolicy)]
    settings: Policy,
}

/// The rules that are in force.
#[utoipa::path(get, operation_id = "getReservationPolicy", path = "/api/v1/reservations/policy", tag = "api", security(("token" = [])), responses(
    (status = 200, description = "The rules, with every setting", body = PolicyPage),
))]
pub(in crate::http::api) async fn policy(State(app): State<App>, _: Principal) -> Json<PolicyPage> {
    let current = app.reservations.parts.policy.current();
    let version = &current.version;
    let is_given = version.version > 0;
    Json(PolicyPage {
        version: version.version,
        by: is_given.then(|| version.by.clone()),
        at: is_given.then(|| timestamps::shown(version.at)),
        note: version.note.clone(),
        toml: version.toml.clone(),
        settings: Policy::clone(&current.settings),
    })
}

/// The versions that were put in force, the newest first.
#[utoipa::path(get, operation_id = "listReservationPolicyVersions", path = "/api/v1/reservations/policy/versions", tag = "api", security(("token" = [])), responses(
    (status = 200, description = "The newest 200", body = List<RuleVersionItem>),
))]
pub(in crate::http::api) async fn versions(
    State(app): State<App>,
    _: Principal,
) -> Result<Json<List<RuleVersionItem>>, Problem> {
    listed::<Policy>(&app).await
}

/// Puts rules in force: every node goes by them within seconds. Orders that were made keep the window that they were made with.
#[utoipa::path(post, operation_id = "applyReservationPolicy", path = "/api/v1/reservations/policy", tag = "api", security(("token" = [])),
    request_body = RulesToApply, responses(
    (status = 201, description = "In force", body = RuleVersionItem),
    (status = 400, description = "The rules cannot be read, or a setting does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Another version was put in force meanwhile", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn apply(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<RulesToApply>,
) -> Result<(StatusCode, Json<RuleVersionItem>), Problem> {
    let note = words_on("note", &asked.note)?;
    of_the_city(&principal)?;
    must_be_confirmed(&app, &principal)?;
    let (store, now) = (app.store.as_ref(), app.clock.now());
    let done = put_in_force::<Policy>(store, &asked.toml, (&note, asked.based_on), &source, now).await?;
    app.reservations.parts.policy.refresh().await?;
    Ok((StatusCode::CREATED, Json(done.into())))
}
