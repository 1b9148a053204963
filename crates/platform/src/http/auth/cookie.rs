//! The cookie by which a browser shows that its person is signed in.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use jiff::SignedDuration;

/// Its name.
const NAME: &str = "bowei_session";

/// The secret that a request's cookie has.
pub(in crate::http) fn secret(headers: &HeaderMap) -> Option<String> {
    let texts = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == NAME).map(|cookie| cookie.value().to_owned())
}

/// What sets the cookie; an empty secret takes it away.
pub(in crate::http) fn set(secret: &str, ttl: SignedDuration, secure: bool) -> Option<HeaderValue> {
    let ttl = if secret.is_empty() { 0 } else { ttl.as_secs() };
    let cookie = Cookie::build((NAME, secret))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(secure)
        .max_age(cookie::time::Duration::seconds(ttl));
    HeaderValue::from_str(&cookie.build().to_string()).ok()
}
