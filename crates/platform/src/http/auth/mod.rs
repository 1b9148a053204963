//! Who asks: made sure of from what a request shows, a program's token or a person's cookie.

pub(super) mod cookie;

use super::problem::Problem;
use crate::accounts::sign_in::SecondFactor;
use crate::accounts::{Permission, Principal, Source, session};
use crate::app::App;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use bowei_service::Client;

/// The header that repeats what a page was told when its person signed in.
pub(super) const CSRF_HEADER: &str = "x-csrf-token";

/// Who asks, by the token or the cookie that the request shows.
pub(super) async fn authenticate(
    headers: &HeaderMap,
    method: &Method,
    app: &App,
) -> Result<Principal, Problem> {
    match headers.get(header::AUTHORIZATION) {
        Some(given) => of_token(given.to_str().ok(), app).await,
        None => of_cookie(headers, method, app).await,
    }
}

async fn of_token(given: Option<&str>, app: &App) -> Result<Principal, Problem> {
    let unauthorized = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, detail);
    let token = given
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| unauthorized("the Authorization header is not of the form: Bearer TOKEN"))?;
    app.registry.holder(token).await.ok_or_else(|| {
        unauthorized(
            "令牌未知、已过期或已吊销 the token is unknown or has run out: make another with `bowei token create`; one that was \
             made just now is known within two seconds",
        )
    })
}

async fn of_cookie(headers: &HeaderMap, method: &Method, app: &App) -> Result<Principal, Problem> {
    let unauthorized = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, detail).coded("signed-out");
    let secret = cookie::secret(headers).ok_or_else(|| {
        unauthorized("sign in, or show a token: Authorization: Bearer … (make one with `bowei token create`)")
    })?;
    let resumed = app.accounts.resume(&secret, app.clock.now()).await?;
    let (user, session) =
        resumed.ok_or_else(|| unauthorized("you are signed out: sign in again, nothing is lost"))?;
    let repeated = headers.get(CSRF_HEADER).map(|value| value.as_bytes());
    let csrf = session::csrf(&secret);
    if !method.is_safe() && repeated != Some(csrf.as_bytes()) {
        let words =
            format!("whatever changes anything repeats the csrf of the sign-in in the header {CSRF_HEADER}");
        return Err(Problem::forbidden(words).coded("csrf"));
    }
    Principal::of_person(user, session).map_err(|error| Problem::forbidden(error.to_string()))
}

/// Refuses a person who has to choose a password or a second factor first, whatever else it wants.
pub(super) fn refuse_unready(
    app: &App,
    principal: &Principal,
    permission: Permission,
) -> Result<(), Problem> {
    let Some(person) = principal.person().filter(|_| permission != Permission::OwnAccount) else {
        return Ok(());
    };
    if app.accounts.must_change_in(&person.session, &person.user, app.clock.now()) {
        return Err(
            Problem::forbidden("请先修改密码 change your password first").coded("must-change-password")
        );
    }
    if app.accounts.second_factor_in(&person.session, &person.user) == SecondFactor::Required {
        return Err(
            Problem::forbidden("请先启用两步验证 set up your second factor first").coded("totp-required")
        );
    }
    Ok(())
}

/// Refuses a person who has not given the password of late: before what is answered for by name.
pub(super) fn must_be_confirmed(app: &App, principal: &Principal) -> Result<(), Problem> {
    let Some(person) = principal.person() else { return Ok(()) };
    let since = app.clock.now().duration_since(person.session.authenticated_at);
    if since <= app.accounts.rules.confirmed() {
        return Ok(());
    }
    Err(Problem::forbidden("请再次输入密码 give your password once more").coded("password-needed"))
}

/// Who asks, as the guard of the path has found. A path without a guard has none, and answers nobody.
impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let none = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "this path names no permission");
        parts.extensions.get::<Self>().cloned().ok_or_else(none)
    }
}

/// Who is answerable for what a request does.
pub(super) struct Actor(pub(super) Source);

impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let principal = Principal::from_request_parts(parts, state).await?;
        Ok(Self(Source::of(&principal, address(parts.extensions.get::<Client>()))))
    }
}

/// The address that a request is for, as the audit has it.
pub(super) fn address(client: Option<&Client>) -> String {
    client.map(|client| client.address.to_string()).unwrap_or_default()
}
