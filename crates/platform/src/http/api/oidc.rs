//! Signing in by the identity provider. A browser goes to `GET /api/v1/session/oidc`, from there to the provider, and comes
//! back to `GET /api/v1/session/oidc/callback`; both lead to a page whatever happens, and are in no document for programs.
//! Where an account has a second factor here, its code follows with `POST /api/v1/session/oidc`.
//!
//! The session's cookie is `SameSite=Strict`: a browser does not send it with what another site has led it to, the way back
//! from the provider among that. What the browser takes along stands in a cookie of its own, sealed and `Lax`; the page that
//! it is led to asks who is signed in by itself, and then the session's cookie goes along.
//!
//! Whoever is in keeps the provider's token in a third cookie, sealed, with which `DELETE /api/v1/session` says where to go to
//! sign out there too.

use super::me::SignedIn;
use super::oidc_hint::{SIGN_IN_PAGE, hint};
use super::session::{browser, is_https, signed_in};
use crate::accounts::oidc::{FLOW_TTL, Flow, Oidc, OidcError, Pending, Verified};
use crate::accounts::sign_in::{Browser, NotIn};
use crate::accounts::single_sign_on::Progress;
use crate::app::App;
use crate::config::CALLBACK_PATH;
use crate::http::auth::{authenticate, cookie};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::rate_limit;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_service::Client;
use bowei_store::SignInMethod;
use jiff::SignedDuration;
use oauth2::url::form_urlencoded;
use serde::Deserialize;
use utoipa::ToSchema;

/// Bytes of a path to go on with; it is within the cookie, of which browsers keep four kilobytes.
const NEXT_MAX: usize = 1_024;

/// The page where a browser ends up that has shown once more who its person is.
const CONFIRMED_PAGE: &str = "/console/confirmed";

/// What a page is told that no one has signed in on: the account is not let in, or it did not come to that.
const REFUSED: &str = "refused";
const FAILED: &str = "failed";
/// The code of the second factor is still needed.
const CODE: &str = "code";

/// The two paths that browsers are led to.
pub(in crate::http) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/api/v1/session/oidc", get(start))
        .route(CALLBACK_PATH, get(callback))
        .layer(from_fn_with_state(App::clone(app), rate_limit::sign_ins))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    /// A path of the console to go on with.
    next: Option<String>,
    /// Whoever is signed in shows once more who he is.
    #[serde(default)]
    confirm: bool,
}

/// What the provider sends a browser back with. Providers add words of their own.
#[derive(Deserialize)]
struct Callback {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

fn configured(app: &App) -> Result<&Oidc, Problem> {
    let none = || Problem::not_found("no identity provider is configured: [accounts.oidc]");
    app.accounts.oidc.as_ref().ok_or_else(none)
}

/// Sends a browser to the provider.
async fn start(
    State(app): State<App>,
    headers: HeaderMap,
    QueryParams(asked): QueryParams<Start>,
) -> Result<Response, Problem> {
    let oidc = configured(&app)?;
    let next = asked.next.filter(|next| is_page(next)).unwrap_or_else(|| "/console".to_owned());
    let confirms = if asked.confirm { Some(session_to_confirm(&app, &headers).await?) } else { None };
    let max_age = if asked.confirm { SignedDuration::ZERO } else { app.accounts.rules.session() };
    let now = app.clock.now();
    let begun = oidc.begin((next.clone(), confirms.as_deref()), max_age, now).await;
    match begun.and_then(|(url, flow)| Ok((url, oidc.seal(&flow)?))) {
        Ok((url, sealed)) => {
            let kept = cookie::keep_flow(&sealed, FLOW_TTL, is_https(&headers));
            Ok(lead(&url, kept))
        }
        Err(error) => {
            tracing::warn!(%error, "nobody can sign in by the identity provider");
            Ok(lead(&page(asked.confirm, Some(FAILED), &next), None))
        }
    }
}

/// The digest of the session that asks, whose person signed in by the provider.
async fn session_to_confirm(app: &App, headers: &HeaderMap) -> Result<Vec<u8>, Problem> {
    let principal = authenticate(headers, &Method::GET, app).await?;
    let session = principal.person().map(|person| &person.session);
    let session = session.filter(|session| session.method == SignInMethod::Oidc).ok_or_else(|| {
        Problem::forbidden(
            "whoever signed in by a password gives the password once more: POST /api/v1/me/confirm",
        )
    })?;
    Ok(session.sha256.clone())
}

/// Takes a browser back from the provider.
async fn callback(
    State(app): State<App>,
    headers: HeaderMap,
    client: Option<Extension<Client>>,
    asked: Result<Query<Callback>, QueryRejection>,
) -> Result<Response, Problem> {
    let oidc = configured(&app)?;
    let (now, secure) = (app.clock.now(), is_https(&headers));
    let kept = cookie::flow(&headers).and_then(|sealed| oidc.open::<Flow>(&sealed, now));
    let sent = asked.ok().and_then(|Query(asked)| Some((kept?, asked)));
    // Whatever comes of it, it is good once.
    let used = cookie::keep_flow("", FLOW_TTL, secure);
    let is_own =
        |(flow, asked): &(Flow, Callback)| asked.state.as_deref().is_some_and(|state| flow.is_of(state));
    let Some((flow, asked)) = sent.filter(is_own) else {
        return Ok(lead(&page(false, Some(FAILED), "/console"), used));
    };
    let browser = browser(&headers, client);
    let is_confirming = flow.confirms.is_some();
    let action = if is_confirming { "session.confirm" } else { "session.begin" };
    let verified = match finish(oidc, &flow, asked, now).await {
        Ok(verified) => verified,
        Err(error) => {
            tracing::warn!(%error, "nobody has signed in by the identity provider");
            app.accounts.note_unproved(&error, action, &browser, now).await?;
            return Ok(lead(&page(is_confirming, Some(FAILED), &flow.next), used));
        }
    };
    if let Some(session) = flow.confirms.as_ref().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) {
        let of_session = (session.as_slice(), flow.started_at);
        let confirmed = app.accounts.confirm_by_provider(&verified, of_session, &browser, now).await;
        return Ok(lead(&page(true, told(confirmed.err())?, &flow.next), used));
    }
    let progress = app.accounts.sign_in_by_provider(&verified, None, &browser, now).await;
    match progress {
        Ok(Progress::SignedIn(begun)) => {
            let mut response = lead(&flow.next, used);
            let session = cookie::set(&begun.0, app.accounts.rules.session(), secure);
            let both = session.into_iter().chain(hint(&app, oidc, &verified, secure)?);
            response.headers_mut().extend(both.map(|cookie| (header::SET_COOKIE, cookie)));
            Ok(response)
        }
        Ok(Progress::CodeNeeded) => {
            let expires_at = now.saturating_add(FLOW_TTL).unwrap_or(now);
            let pending = oidc.seal(&Pending { verified, expires_at }).map_err(Problem::from)?;
            Ok(lead(&page(false, Some(CODE), &flow.next), cookie::keep_pending(&pending, FLOW_TTL, secure)))
        }
        Err(not_in) => Ok(lead(&page(false, told(Some(not_in))?, &flow.next), used)),
    }
}

async fn finish(
    oidc: &Oidc,
    flow: &Flow,
    asked: Callback,
    now: jiff::Timestamp,
) -> Result<Verified, OidcError> {
    // RFC 9207: an answer of another provider is none.
    if asked.iss.is_some_and(|iss| iss != oidc.issuer()) {
        return Err(OidcError::Refused("the answer is another provider's".to_owned()));
    }
    match (asked.code, asked.error) {
        (Some(code), None) => oidc.finish(code, flow, now).await,
        (_, error) => Err(OidcError::Refused(error.unwrap_or_default().chars().take(100).collect())),
    }
}

/// What a page is told of whoever was not let in: one word, whichever account it is and whatever is wrong with it.
fn told(not_in: Option<NotIn>) -> Result<Option<&'static str>, Problem> {
    match not_in {
        None => Ok(None),
        Some(NotIn::Wrong | NotIn::Locked(_)) => Ok(Some(REFUSED)),
        Some(NotIn::Busy(_)) => Ok(Some(FAILED)),
        Some(other) => Err(other.into()),
    }
}

/// The code of the account's second factor, after the provider has named somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OidcCode {
    /// Six digits, or a recovery code.
    code: String,
}

/// Signs in whom the identity provider has named, where the account's own second factor was still needed.
#[utoipa::path(post, operation_id = "signInByOidc", path = "/api/v1/session/oidc", tag = "people", request_body = OidcCode, responses(
    (status = 200, description = "Signed in; the cookie is set", body = SignedIn),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 401, description = "The code is not right, or nobody was named of late: `code` says `signed-out` then", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No identity provider is configured", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many failures: see Retry-After", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The store is busy or away: see Retry-After", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn code(
    State(app): State<App>,
    headers: HeaderMap,
    client: Option<Extension<Client>>,
    JsonBody(asked): JsonBody<OidcCode>,
) -> Result<Response, Problem> {
    let oidc = configured(&app)?;
    let now = app.clock.now();
    let pending = cookie::flow(&headers).and_then(|sealed| oidc.open::<Pending>(&sealed, now));
    let Pending { verified, .. } = pending.ok_or_else(|| {
        Problem::new(StatusCode::UNAUTHORIZED, "请重新登录 sign in by the identity provider again")
            .coded("signed-out")
    })?;
    let browser: Browser = browser(&headers, client);
    let progress = app.accounts.sign_in_by_provider(&verified, Some(&asked.code), &browser, now).await?;
    let Progress::SignedIn(begun) = progress else { return Err(NotIn::Wrong.into()) };
    let mut response = signed_in(&app, *begun, &headers)?;
    let secure = is_https(&headers);
    let used = cookie::keep_pending("", FLOW_TTL, secure);
    let both = used.into_iter().chain(hint(&app, oidc, &verified, secure)?);
    response.headers_mut().extend(both.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

/// Whether a text is a path of the console's, and of nobody else's pages.
fn is_page(text: &str) -> bool {
    let rest = text.strip_prefix("/console");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
        && text.len() <= NEXT_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// A page that is told what has happened, if it is not what was wanted.
fn page(is_confirming: bool, sso: Option<&str>, next: &str) -> String {
    let path = if is_confirming { CONFIRMED_PAGE } else { SIGN_IN_PAGE };
    let Some(sso) = sso else { return path.to_owned() };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("sso", sso)
        .append_pair("back", next)
        .finish();
    format!("{path}?{query}")
}

fn lead(url: &str, cookie: Option<HeaderValue>) -> Response {
    let Ok(location) = HeaderValue::from_str(url) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

impl From<OidcError> for Problem {
    fn from(error: OidcError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_console_are_gone_on_with() {
        for page in ["/console", "/console/lots?q=%E4%BA%BA", "/console?x", "/console/..//evil.example"] {
            assert!(is_page(page), "{page}");
        }
        let long = format!("/console/{}", "x".repeat(NEXT_MAX));
        for other in [
            "",
            "/",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/console",
            "/consoles",
            "console",
            "/console.evil.example",
            "/console/\r\nset-cookie: a",
            "/console\\..",
            "/console/ x",
            "/api/v1/me",
            &long,
        ] {
            assert!(!is_page(other), "{other:?}");
        }
    }

    #[test]
    fn what_a_page_is_told_cannot_leave_its_query() {
        assert_eq!(page(true, None, "/console"), "/console/confirmed");
        assert_eq!(
            page(false, Some(CODE), "/console/lots?q=a&sso=x#y"),
            "/console/sign-in?sso=code&back=%2Fconsole%2Flots%3Fq%3Da%26sso%3Dx%23y"
        );
    }
}
