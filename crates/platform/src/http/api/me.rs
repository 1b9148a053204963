//! `/api/v1/me`: a person's own account.

use super::List;
use crate::accounts::password::Busy;
use crate::accounts::sign_in::{NotIn, SecondFactor};
use crate::accounts::{Permission, Person, Principal, Role, entry, session, totp, user};
use crate::app::App;
use crate::http::auth::{Actor, cookie, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::{enums, timestamps};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use bowei_store::{Change, SignInMethod};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedIn {
    login: String,
    name: String,
    #[schema(value_type = enums::Role)]
    role: String,
    /// Prefix of the districts that the person sees; null: all.
    district: Option<String>,
    /// The code of the provider whose lots are all that the person sees.
    provider: Option<String>,
    provider_name: Option<String>,
    /// What the person may do, by the names of `x-permission`.
    #[schema(value_type = Vec<enums::Permission>)]
    permissions: Vec<&'static str>,
    /// To be repeated in the header `x-csrf-token` by whatever changes anything.
    csrf: String,
    /// The password has to be changed before anything else.
    must_change_password: bool,
    totp: TotpState,
    session: SignInSession,
}

/// `none`; `required`: there has to be one before anything else; `enrolled`: it is asked for.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TotpState {
    /// No second factor.
    None,
    /// None yet, and one is needed.
    Required,
    /// One.
    Enrolled,
}

impl From<SecondFactor> for TotpState {
    fn from(factor: SecondFactor) -> Self {
        match factor {
            SecondFactor::None => Self::None,
            SecondFactor::Required => Self::Required,
            SecondFactor::Enrolled => Self::Enrolled,
        }
    }
}

/// The session that asks.
#[derive(Serialize, ToSchema)]
struct SignInSession {
    id: String,
    created_at: String,
    expires_at: String,
    /// When it ends unless it is used.
    idle_ends_at: String,
    method: Method,
    /// When the password was last given, or the identity provider last asked.
    authenticated_at: String,
}

/// How the person signed in, and shows once more who he is.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = SignInMethod)]
pub(super) enum Method {
    /// By a password.
    Password,
    /// By the identity provider.
    Oidc,
}

impl From<SignInMethod> for Method {
    fn from(method: SignInMethod) -> Self {
        match method {
            SignInMethod::Password => Self::Password,
            SignInMethod::Oidc => Self::Oidc,
        }
    }
}

/// One of a person's sessions.
#[derive(Serialize, ToSchema)]
pub(super) struct SignInSessionItem {
    id: String,
    created_at: String,
    last_seen_at: String,
    expires_at: String,
    /// The address that it was begun from.
    address: String,
    /// What the browser calls itself.
    user_agent: String,
    /// It is the one that asks.
    current: bool,
}

impl SignedIn {
    pub(super) fn of(app: &App, person: &Person, csrf: String) -> Result<Self, Problem> {
        let Person { user, session } = person;
        let principal = Principal::of_person(user.clone(), session.clone());
        let principal = principal.map_err(|error| Problem::forbidden(error.to_string()))?;
        let (role, provider) = role_and_provider(principal.role());
        let idle_ends_at = session.last_seen_at.saturating_add(app.accounts.rules.idle());
        Ok(Self {
            login: user.login.clone(),
            name: user.name.clone(),
            role,
            district: user.district.clone(),
            provider_name: provider
                .as_deref()
                .and_then(|code| app.registry.snapshot().provider_name(&code.into())),
            provider,
            permissions: Permission::all().filter(|one| principal.may(*one)).map(Permission::name).collect(),
            csrf,
            must_change_password: app.accounts.must_change_in(session, user, app.clock.now()),
            totp: app.accounts.second_factor_in(session, user).into(),
            session: SignInSession {
                id: session.id.clone(),
                created_at: timestamps::shown(session.created_at),
                expires_at: timestamps::shown(session.expires_at),
                idle_ends_at: timestamps::shown(idle_ends_at.unwrap_or(session.expires_at)),
                method: session.method.into(),
                authenticated_at: timestamps::shown(session.authenticated_at),
            },
        })
    }
}

/// A role as the API has it: the provider stands beside.
pub(super) fn role_and_provider(role: &Role) -> (String, Option<String>) {
    match role {
        Role::Provider(code) => ("provider".to_owned(), Some(code.to_string())),
        other => (other.to_string(), None),
    }
}

fn person(principal: &Principal) -> Result<&Person, Problem> {
    principal
        .person()
        .ok_or_else(|| Problem::forbidden("this is for people who are signed in, and not for tokens"))
}

/// Who is signed in.
#[utoipa::path(get, operation_id = "me", path = "/api/v1/me", tag = "people", security(("session" = [])), responses(
    (status = 200, description = "Who", body = SignedIn),
))]
pub(super) async fn show(
    State(app): State<App>,
    principal: Principal,
    headers: HeaderMap,
) -> Result<Json<SignedIn>, Problem> {
    let csrf = cookie::secret(&headers).map(|secret| session::csrf(&secret)).unwrap_or_default();
    Ok(Json(SignedIn::of(&app, person(&principal)?, csrf)?))
}

/// The password once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    password: String,
}

/// Takes the password once more; for some minutes it is not asked for again.
#[utoipa::path(post, operation_id = "confirmPassword", path = "/api/v1/me/confirm", tag = "people", security(("session" = [])),
    request_body = Confirmation, responses(
    (status = 204, description = "It is right"),
    (status = 429, description = "Too many failures: see Retry-After", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn confirm(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<Confirmation>,
) -> Result<StatusCode, Problem> {
    let Person { user, session } = person(&principal)?;
    match app.accounts.confirm(user, session, asked.password, &source, app.clock.now()).await {
        // Without `signed-out`: the person stays signed in.
        Err(NotIn::Wrong) => {
            Err(Problem::new(StatusCode::UNAUTHORIZED, "密码不正确 the password is not right")
                .coded("password-wrong"))
        }
        other => Ok(other.map(|()| StatusCode::NO_CONTENT)?),
    }
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordChange {
    old: String,
    new: String,
}

impl From<Busy> for Problem {
    fn from(busy: Busy) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, busy.to_string())
    }
}

/// Changes the person's password, and ends the person's other sessions.
#[utoipa::path(post, operation_id = "changePassword", path = "/api/v1/me/password", tag = "people", security(("session" = [])),
    request_body = PasswordChange, responses(
    (status = 204, description = "Changed"),
    (status = 422, description = "The new one does not fit the rules: `detail` says which", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many failures: see Retry-After", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn password(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let Person { user, session } = person(&principal)?;
    let now = app.clock.now();
    match app.accounts.confirm(user, session, asked.old, &source, now).await {
        Err(NotIn::Wrong) => {
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "原密码不正确 the old password is not right")
                .coded("password-wrong"));
        }
        other => other?,
    }
    let rules = &app.accounts.rules;
    let chosen = app.accounts.passwords.choose(asked.new, &user.login, user.passwords.clone(), rules).await?;
    let digest = chosen.map_err(|unfit| unprocessable("new", unfit.to_string()))?;
    if digest.is_empty() {
        return Err(Problem::no_memory());
    }
    let mut changed = user.clone();
    user::set_password(&mut changed, digest, false, now, rules);
    let (login, but) = (user.login.clone(), Some(session.id.clone()));
    let what = ("user.password", format!("user:{login}"));
    let changes = vec![Change::User(Box::new(changed)), Change::SessionsEnd { login, but }];
    app.store.administer(changes, vec![entry(&source, now, what, (None, None))]).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn unprocessable(field: &str, detail: String) -> Problem {
    Problem::invalid(field, detail).with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

/// Empty to begin; with a code to confirm.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TotpEnrolment {
    /// Six digits that the app shows.
    code: Option<String>,
}

/// Begun: what the app has to know. Confirmed: codes for whoever loses the app, shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct TotpEnrolmentAnswer {
    /// The secret in base32.
    secret: Option<String>,
    /// The same as an address, for a QR.
    uri: Option<String>,
    recovery_codes: Option<Vec<String>>,
}

/// Sets up the person's second factor, in two steps. Until the second a former one stays what is asked for.
#[utoipa::path(post, operation_id = "enrolTotp", path = "/api/v1/me/totp", tag = "people", security(("session" = [])),
    request_body = TotpEnrolment, responses(
    (status = 200, description = "The secret, or the recovery codes", body = TotpEnrolmentAnswer),
    (status = 422, description = "The code is not right", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn totp(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<TotpEnrolment>,
) -> Result<Json<TotpEnrolmentAnswer>, Problem> {
    let Person { user, .. } = person(&principal)?;
    let now = app.clock.now();
    let broken = |error: crate::accounts::token::NoRandomness| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    };
    let mut changed = user.clone();
    let Some(code) = asked.code else {
        if app.accounts.second_factor(user) == SecondFactor::Enrolled {
            return Err(Problem::forbidden(
                "已启用两步验证，更换请联系安全管理员 there is a second factor: the security \
                                           administrator resets it",
            ));
        }
        must_be_confirmed(&app, &principal)?;
        let secret = totp::new_secret().map_err(broken)?;
        changed.totp = Some(app.accounts.seal_totp(&user.login, &secret)?);
        app.store.administer(vec![Change::User(Box::new(changed))], Vec::new()).await?;
        let (shown, uri) = (totp::shown(&secret), totp::uri(&secret, &user.login));
        return Ok(Json(TotpEnrolmentAnswer { secret: Some(shown), uri: Some(uri), recovery_codes: None }));
    };
    let step = app.accounts.step_of(user, code.trim(), now).filter(|_| {
        // One that is confirmed is no longer set up.
        user.totp.as_ref().is_some_and(|totp| !totp.confirmed)
    });
    let step = step.ok_or_else(|| unprocessable("code", "动态码不正确 the code is not right".to_owned()))?;
    let (shown, kept) = totp::recovery_codes().map_err(broken)?;
    if let Some(totp) = changed.totp.as_mut() {
        (totp.confirmed, totp.last_step, totp.recovery) = (true, step, kept);
    }
    let what = ("user.totp", format!("user:{}", user.login));
    let details = (Some(user::shown(user)), Some(user::shown(&changed)));
    let entries = vec![entry(&source, now, what, details)];
    app.store.administer(vec![Change::User(Box::new(changed))], entries).await?;
    Ok(Json(TotpEnrolmentAnswer { secret: None, uri: None, recovery_codes: Some(shown) }))
}

/// Where the person is signed in.
#[utoipa::path(get, operation_id = "listMySessions", path = "/api/v1/me/sessions", tag = "people", security(("session" = [])), responses(
    (status = 200, description = "The one last used first", body = List<SignInSessionItem>),
))]
pub(super) async fn sessions(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<List<SignInSessionItem>>, Problem> {
    let Person { user, session } = person(&principal)?;
    let rows = app.store.user_sessions(&user.login).await?;
    let items = rows.into_iter().map(|row| SignInSessionItem {
        current: row.id == session.id,
        id: row.id,
        created_at: timestamps::shown(row.created_at),
        last_seen_at: timestamps::shown(row.last_seen_at),
        expires_at: timestamps::shown(row.expires_at),
        address: row.address,
        user_agent: row.user_agent,
    });
    Ok(Json(List { items: items.collect(), next: None }))
}

/// Ends one of the person's sessions.
#[utoipa::path(delete, operation_id = "endMySession", path = "/api/v1/me/sessions/{id}", tag = "people", security(("session" = [])),
    params(("id" = String, Path, description = "The session's id")), responses(
    (status = 204, description = "It has ended"),
))]
pub(super) async fn end_session(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let Person { user, .. } = person(&principal)?;
    let known = app.store.user_sessions(&user.login).await?;
    if !known.iter().any(|row| row.id == id) {
        return Err(Problem::not_found(format!("没有此登录 you have no session {id:?}")));
    }
    let login = user.login.clone();
    let what = ("session.end", format!("user:{login}"));
    let ended = entry(&source, app.clock.now(), what, (None, Some(json!({"session": id}))));
    app.store.administer(vec![Change::SessionEnd { login, id }], vec![ended]).await?;
    Ok(StatusCode::NO_CONTENT)
}
