//! `/api/v1/users`: people's accounts, for the security administrator.

use super::List;
use super::me::{TotpState, role_and_provider};
use crate::accounts::user::{
    NewUser, UnfitUser, bounded, login_of, name_of, new_password, role_of, set_password, shown,
};
use crate::accounts::{Role, entry, password};
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::{enums, timestamps};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_store::{Change, StoreError, USERS_MAX, UserRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A person's account.
#[derive(Serialize, ToSchema)]
pub(super) struct UserItem {
    login: String,
    name: String,
    #[schema(value_type = enums::Role)]
    role: String,
    district: Option<String>,
    provider: Option<String>,
    provider_name: Option<String>,
    disabled: bool,
    must_change_password: bool,
    totp: TotpState,
    /// The subject by which the identity provider knows the person, once he has signed in so.
    identity: Option<String>,
    created_at: String,
    last_sign_in_at: Option<String>,
    /// Until when nobody is let in, after too many failures; null where somebody would be.
    locked_until: Option<String>,
}

/// An account to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser)]
pub(super) struct NewUserBody {
    /// Small letters, digits, dots, hyphens and underscores.
    login: String,
    name: String,
    #[schema(value_type = enums::Role)]
    role: String,
    /// Prefix of the districts that the person sees.
    district: Option<String>,
    /// The provider's code, for the role `provider`.
    provider: Option<String>,
    /// The first password; without it one is made. Either has to be changed at the first sign-in.
    password: Option<String>,
}

/// An account that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct UserCreated {
    login: String,
    /// The password that was made for it, shown this once; null where one was given.
    password: Option<String>,
}

/// What to change of an account. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserChange {
    name: Option<String>,
    #[schema(value_type = Option<enums::Role>)]
    role: Option<String>,
    district: Option<String>,
    provider: Option<String>,
    disabled: Option<bool>,
    /// `true`: a new password is made, which has to be changed at the next sign-in.
    reset_password: Option<bool>,
    /// `true`: the second factor is gone, and has to be set up anew.
    reset_totp: Option<bool>,
    /// `true`: who signs in next by the identity provider under this login is taken for the person.
    reset_identity: Option<bool>,
    /// `true`: failures are forgotten.
    unlock: Option<bool>,
}

/// An account after a change.
#[derive(Serialize, ToSchema)]
pub(super) struct UserChanged {
    user: UserItem,
    /// The password that was made, shown this once.
    password: Option<String>,
}

impl From<UnfitUser> for Problem {
    fn from(unfit: UnfitUser) -> Self {
        match unfit {
            UnfitUser::Field { field, .. } => Self::invalid(field, unfit.to_string()),
            UnfitUser::NoRandomness(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, unfit.to_string()),
        }
    }
}

async fn item(app: &App, user: UserRow) -> Result<UserItem, Problem> {
    let now = app.clock.now();
    let role: Option<Role> = user.role.parse().ok();
    let (role, provider) = role.as_ref().map(role_and_provider).unwrap_or_else(|| (user.role.clone(), None));
    let called = provider.as_deref().and_then(|code| app.registry.snapshot().provider_name(&code.into()));
    Ok(UserItem {
        role,
        provider,
        provider_name: called,
        must_change_password: app.accounts.must_change_password(&user, now),
        totp: app.accounts.second_factor(&user).into(),
        locked_until: app.accounts.locked_until(&user.login, now).await?.map(timestamps::shown),
        login: user.login,
        name: user.name,
        district: user.district,
        disabled: user.disabled,
        identity: user.identity.map(|identity| identity.subject),
        created_at: timestamps::shown(user.created_at),
        last_sign_in_at: user.last_sign_in_at.map(timestamps::shown),
    })
}

/// Every account.
#[utoipa::path(get, operation_id = "listUsers", path = "/api/v1/users", tag = "people", security(("session" = []), ("token" = [])), responses(
    (status = 200, description = "All of them, by login", body = List<UserItem>),
))]
pub(super) async fn list(State(app): State<App>) -> Result<Json<List<UserItem>>, Problem> {
    let mut items = Vec::new();
    for user in app.store.users().await? {
        items.push(item(&app, user).await?);
    }
    Ok(Json(List { items, next: None }))
}

/// Makes an account.
#[utoipa::path(post, operation_id = "createUser", path = "/api/v1/users", tag = "people", security(("session" = []), ("token" = [])),
    request_body = NewUserBody, responses(
    (status = 201, description = "Made; its password is shown this once", body = UserCreated),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The login is taken", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<App>,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<NewUserBody>,
) -> Result<(StatusCode, Json<UserCreated>), Problem> {
    let role = role_of(&asked.role, asked.provider.as_deref())?;
    known_provider(&app, &role)?;
    if app.store.users().await?.len() >= USERS_MAX {
        return Err(Problem::bad_request(format!(
            "账号已达上限 {USERS_MAX} 个 there are {USERS_MAX} accounts, and more there may not be"
        )));
    }
    let district = asked.district.filter(|district| !district.is_empty());
    let new = NewUser { login: asked.login, name: asked.name, role, district };
    let made = if asked.password.is_none() { Some(new_password().map_err(UnfitUser::from)?) } else { None };
    let text = asked.password.or_else(|| made.clone()).unwrap_or_default();
    let mut user = new.row(String::new(), true, app.clock.now())?;
    password::fits(&text, &user.login, &app.accounts.rules)
        .map_err(|unfit| Problem::invalid("password", unfit.to_string()))?;
    user.passwords = vec![digest(&app, text).await?];
    let what = ("user.create", format!("user:{}", user.login));
    let made_entry = entry(&source, app.clock.now(), what, (None, Some(shown(&user))));
    let login = user.login.clone();
    match app.store.administer(vec![Change::User(Box::new(user))], vec![made_entry]).await {
        Err(StoreError::Conflict(why)) => {
            return Err(Problem::invalid("login", why).with_status(StatusCode::CONFLICT));
        }
        other => other?,
    }
    Ok((StatusCode::CREATED, Json(UserCreated { login, password: made })))
}

/// Changes an account. Whoever is signed in with it is signed out where the change is of what the person may do.
#[utoipa::path(patch, operation_id = "changeUser", path = "/api/v1/users/{login}", tag = "people", security(("session" = []), ("token" = [])),
    params(("login" = String, Path, description = "The account's login")), request_body = UserChange, responses(
    (status = 200, description = "As it is now", body = UserChanged),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Somebody else has changed it meanwhile: read it again", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn change(
    State(app): State<App>,
    Actor(source): Actor,
    Path(login): Path<String>,
    JsonBody(asked): JsonBody<UserChange>,
) -> Result<Json<UserChanged>, Problem> {
    let known = app.store.user(&login_of(&login)).await?;
    let before = known
        .ok_or_else(|| Problem::not_found(format!("没有账号 {login:?} there is no account {login:?}")))?;
    let now = app.clock.now();
    let mut user = before.clone();
    if let Some(name) = &asked.name {
        user.name = name_of(name)?;
    }
    if asked.role.is_some() || asked.provider.is_some() {
        let present = before.role.split(':').next().unwrap_or_default();
        let role = role_of(asked.role.as_deref().unwrap_or(present), asked.provider.as_deref())?;
        known_provider(&app, &role)?;
        user.role = role.to_string();
    }
    if let Some(district) = asked.district {
        user.district = Some(district).filter(|district| !district.is_empty());
    }
    let role: Role = user
        .role
        .parse()
        .map_err(|_| Problem::invalid("role", "账号的角色未知 the account's role is unknown"))?;
    bounded(&role, user.district.as_deref())?;
    user.disabled = asked.disabled.unwrap_or(user.disabled);
    let mut made = None;
    if asked.reset_password == Some(true) {
        let text = new_password().map_err(UnfitUser::from)?;
        let digest = digest(&app, text.clone()).await?;
        set_password(&mut user, digest, true, now, &app.accounts.rules);
        made = Some(text);
    }
    if asked.reset_totp == Some(true) {
        user.totp = None;
    }
    if asked.reset_identity == Some(true) {
        user.identity = None;
    }
    let what = ("user.change", format!("user:{}", user.login));
    let mut entries = vec![entry(&source, now, what, (Some(shown(&before)), Some(shown(&user))))];
    if made.is_some() {
        let what = ("user.reset", format!("user:{}", user.login));
        entries.push(entry(&source, now, what, (None, None)));
    }
    let mut changes = vec![Change::User(Box::new(user.clone()))];
    if asked.unlock == Some(true) || made.is_some() {
        changes.push(Change::FailuresClear(format!("login:{}", user.login)));
    }
    let is_reset = made.is_some() || asked.reset_totp == Some(true) || asked.reset_identity == Some(true);
    if is_reset || user.disabled {
        changes.push(Change::SessionsEnd { login: user.login.clone(), but: None });
    }
    app.store.administer(changes, entries).await?;
    Ok(Json(UserChanged { user: item(&app, user).await?, password: made }))
}

pub(super) fn known_provider(app: &App, role: &Role) -> Result<(), Problem> {
    let Role::Provider(code) = role else { return Ok(()) };
    if app.registry.snapshot().providers.contains_key(code) {
        return Ok(());
    }
    Err(Problem::invalid("provider", format!("没有接入单位 {code} there is no provider {code}")))
}

async fn digest(app: &App, text: String) -> Result<String, Problem> {
    let digest = app.accounts.passwords.digest(text).await?;
    digest.ok_or_else(Problem::no_memory)
}
