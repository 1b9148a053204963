//! `POST` and `DELETE /api/v1/session`: people sign in and out.

use super::me::SignedIn;
use super::oidc_hint;
use crate::accounts::sign_in::{self, Attempt, Browser, NotIn};
use crate::accounts::{Person, Principal, entry, session};
use crate::app::App;
use crate::http::auth::{Actor, address, cookie};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bowei_service::Client;
use bowei_store::{Change, SignInMethod};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// What a person shows to be let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    login: String,
    password: String,
    /// Six digits of the second factor, or a recovery code, where the account has one.
    code: Option<String>,
}

impl From<NotIn> for Problem {
    fn from(not_in: NotIn) -> Self {
        let words = not_in.to_string();
        match not_in {
            NotIn::Wrong => Self::new(StatusCode::UNAUTHORIZED, words),
            NotIn::Locked(left) => {
                let seconds = u64::try_from(left.as_secs()).unwrap_or_default();
                Self::new(StatusCode::TOO_MANY_REQUESTS, words).after_seconds(seconds.max(1))
            }
            NotIn::Busy(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, words),
            NotIn::NoRandomness(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, words),
            NotIn::Store(error) => error.into(),
        }
    }
}

/// Signs a person in: the cookie `bowei_session`, and who is signed in. Whatever is wrong, the answer is the same.
#[utoipa::path(post, operation_id = "signIn", path = "/api/v1/session", tag = "people", request_body = SignIn, responses(
    (status = 200, description = "Signed in; the cookie is set", body = SignedIn),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "Login, password or code are not right, or the account is closed", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many failures: see Retry-After", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store is busy or away: see Retry-After", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http) async fn begin(
    State(app): State<App>,
    headers: HeaderMap,
    client: Option<axum::Extension<Client>>,
    JsonBody(asked): JsonBody<SignIn>,
) -> Result<Response, Problem> {
    let attempt = Attempt {
        login: &asked.login,
        password: &asked.password,
        code: asked.code.as_deref().filter(|code| !code.trim().is_empty()),
        browser: browser(&headers, client),
    };
    let begun = app.accounts.sign_in(attempt, app.clock.now()).await?;
    signed_in(&app, begun, &headers)
}

/// Where somebody signs in.
pub(super) fn browser(headers: &HeaderMap, client: Option<axum::Extension<Client>>) -> Browser {
    let client = client.map(|axum::Extension(client)| client);
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Browser {
        address: address(client.as_ref()),
        user_agent: user_agent.unwrap_or_default().to_owned(),
        is_proxy: client.is_none_or(|client| client.is_proxy),
    }
}

/// Tells who is signed in now, and sets the cookie.
pub(super) fn signed_in(
    app: &App,
    (secret, user, begun): sign_in::SignedIn,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let csrf = session::csrf(&secret);
    let person = Person { user, session: begun };
    let signed_in = SignedIn::of(app, &person, csrf)?;
    let cookie = cookie::set(&secret, app.accounts.rules.session(), is_https(headers));
    let mut response = Json(signed_in).into_response();
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

/// Where to sign out as well.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedOut {
    /// The address at the identity provider that the browser goes on to; it is sent back to the sign-in page from there.
    end_session: String,
}

/// Signs the person out here, and says where to go on to sign out at the identity provider, where it had begun the session and
/// has such a place.
#[utoipa::path(delete, operation_id = "signOut", path = "/api/v1/session", tag = "people", security(("session" = [])), responses(
    (status = 200, description = "Signed out here; the cookie is gone", body = SignedOut),
    (status = 204, description = "Signed out; the cookie is gone"),
))]
pub(super) async fn end(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(Person { user, session }) = principal.person() {
        let (login, id) = (user.login.clone(), session.id.clone());
        let what = ("session.end", format!("user:{login}"));
        let left = entry(&source, app.clock.now(), what, (None, Some(json!({"session": id}))));
        app.store.administer(vec![Change::SessionEnd { login, id }], vec![left]).await?;
    }
    let by_provider = principal.person().is_some_and(|person| person.session.method == SignInMethod::Oidc);
    let elsewhere = if by_provider { oidc_hint::end_session(&app, &headers).await } else { None };
    let mut response = match elsewhere {
        Some(end_session) => Json(SignedOut { end_session }).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    };
    let (ttl, secure) = (app.accounts.rules.session(), is_https(&headers));
    let gone = [cookie::set("", ttl, secure), cookie::keep_hint("", ttl, secure)];
    response.headers_mut().extend(gone.into_iter().flatten().map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

/// Whether the browser spoke HTTPS, with us or with the proxy before us: the server sees to it that the header is true.
pub(super) fn is_https(headers: &HeaderMap) -> bool {
    let reported = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    // Of several proxies the first is the one that the browser spoke with.
    let first = reported.and_then(|reported| reported.split(',').next()).unwrap_or_default();
    first.trim().eq_ignore_ascii_case("https")
}
