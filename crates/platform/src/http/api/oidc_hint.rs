//! What a browser keeps to sign out at the identity provider too, and where it goes to do so.

use crate::accounts::oidc::{Hint, Oidc, OidcError, Verified};
use crate::app::App;
use crate::http::auth::cookie;
use axum::http::{HeaderMap, HeaderValue};

/// The page that signs people in, and to which the provider sends them back.
pub(super) const SIGN_IN_PAGE: &str = "/console/sign-in";

/// What a browser keeps to sign out at the provider; where the token is too long for it, what takes the former one away.
pub(super) fn hint(
    app: &App,
    oidc: &Oidc,
    verified: &Verified,
    secure: bool,
) -> Result<Option<HeaderValue>, OidcError> {
    let (now, ttl) = (app.clock.now(), app.accounts.rules.session());
    let expires_at = now.saturating_add(ttl).unwrap_or(now);
    let kept =
        verified.id_token.clone().map(|id_token| oidc.seal(&Hint { id_token, expires_at })).transpose()?;
    Ok(cookie::keep_hint(kept.as_deref().unwrap_or_default(), ttl, secure))
}

/// Where whoever has signed out of a session that the provider had begun goes to sign out there.
pub(super) async fn end_session(app: &App, headers: &HeaderMap) -> Option<String> {
    let (oidc, now) = (app.accounts.oidc.as_ref()?, app.clock.now());
    let hint = cookie::hint(headers).and_then(|sealed| oidc.open::<Hint>(&sealed, now));
    let id_token = hint.as_ref().map(|hint| hint.id_token.as_str());
    let place = oidc.end_session(id_token, SIGN_IN_PAGE, now).await;
    // Here the session is over all the same.
    place.inspect_err(|error| tracing::warn!(%error, "nobody signs out at the identity provider")).ok()?
}
