//! The cookie by which a browser shows that its person is signed in, the one that it takes along to the identity provider,
//! and the one by which it signs out there.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use jiff::SignedDuration;

const SESSION: &str = "bowei_session";
const OIDC: &str = "bowei_oidc";
/// It goes along with what begins and ends there alone.
const OIDC_PATH: &str = "/api/v1/session/oidc";
const HINT: &str = "bowei_oidc_hint";
/// It goes along with signing in and out alone.
const HINT_PATH: &str = "/api/v1/session";

/// The secret that a request's cookie has.
pub(in crate::http) fn secret(headers: &HeaderMap) -> Option<String> {
    value(headers, SESSION)
}

/// What a browser was given for the way to the identity provider, or after it.
pub(in crate::http) fn flow(headers: &HeaderMap) -> Option<String> {
    value(headers, OIDC)
}

/// What a browser has kept to sign out at the identity provider.
pub(in crate::http) fn hint(headers: &HeaderMap) -> Option<String> {
    value(headers, HINT)
}

fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let texts = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

/// What sets the session's cookie; an empty secret takes it away.
pub(in crate::http) fn set(secret: &str, ttl: SignedDuration, secure: bool) -> Option<HeaderValue> {
    cookie((SESSION, "/"), secret, ttl, SameSite::Strict, secure)
}

/// What a browser takes along to the provider. It comes back with what another site has led to: `Strict` would not.
pub(in crate::http) fn keep_flow(sealed: &str, ttl: SignedDuration, secure: bool) -> Option<HeaderValue> {
    cookie((OIDC, OIDC_PATH), sealed, ttl, SameSite::Lax, secure)
}

/// What a browser keeps once it is back, until a code follows.
pub(in crate::http) fn keep_pending(sealed: &str, ttl: SignedDuration, secure: bool) -> Option<HeaderValue> {
    cookie((OIDC, OIDC_PATH), sealed, ttl, SameSite::Strict, secure)
}

/// What a browser keeps to sign out at the provider; an empty one takes the former away.
pub(in crate::http) fn keep_hint(sealed: &str, ttl: SignedDuration, secure: bool) -> Option<HeaderValue> {
    cookie((HINT, HINT_PATH), sealed, ttl, SameSite::Strict, secure)
}

fn cookie(
    (name, path): (&'static str, &'static str),
    value: &str,
    ttl: SignedDuration,
    same_site: SameSite,
    secure: bool,
) -> Option<HeaderValue> {
    let ttl = if value.is_empty() { 0 } else { ttl.as_secs() };
    let cookie = Cookie::build((name, value))
        .path(path)
        .http_only(true)
        .same_site(same_site)
        .secure(secure)
        .max_age(cookie::time::Duration::seconds(ttl));
    HeaderValue::from_str(&cookie.build().to_string()).ok()
}
