//! Who asks: made sure of from what a request shows.

use super::problem::Problem;
use crate::accounts::Principal;
use crate::app::App;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

/// Who asks, by the token that the request shows.
pub(super) fn authenticate(headers: &HeaderMap, app: &App) -> Result<Principal, Problem> {
    let unauthorized = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, detail);
    let given = headers.get(header::AUTHORIZATION).ok_or_else(|| {
        unauthorized("a token is needed: Authorization: Bearer … (make one with `bowei token create`)")
    })?;
    let token = given
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| unauthorized("the Authorization header is not of the form: Bearer TOKEN"))?;
    app.registry.snapshot().holder(token).cloned().ok_or_else(|| {
        unauthorized("the token is unknown or has run out: make another with `bowei token create`")
    })
}

/// Who asks, as the guard of the path has found. A path without a guard has none, and answers nobody.
impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let none = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "this path names no permission");
        parts.extensions.get::<Self>().cloned().ok_or_else(none)
    }
}
