//! Where people are signed in: the cookie's secret, what is kept of it, and the word that changes have to repeat.

use super::random;
use super::token::NoRandomness;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_store::{SignInMethod, UserSessionRow};
use jiff::{SignedDuration, Timestamp};

/// Characters of a browser's name that are kept.
const USER_AGENT_MAX: usize = 200;

/// The secret of a new session, and its row.
pub(crate) fn begin(
    login: &str,
    (address, user_agent): (&str, &str),
    (method, authenticated_at): (SignInMethod, Timestamp),
    now: Timestamp,
    ttl: SignedDuration,
) -> Result<(String, UserSessionRow), NoRandomness> {
    let secret = URL_SAFE_NO_PAD.encode(random::<32>()?);
    let row = UserSessionRow {
        sha256: sha256(&secret),
        id: format!("se-{}", URL_SAFE_NO_PAD.encode(random::<8>()?)),
        login: login.to_owned(),
        created_at: now,
        last_seen_at: now,
        expires_at: now.saturating_add(ttl).unwrap_or(now),
        method,
        authenticated_at,
        address: address.to_owned(),
        user_agent: user_agent.chars().filter(|c| !c.is_control()).take(USER_AGENT_MAX).collect(),
    };
    Ok((secret, row))
}

/// The digest by which a session is kept.
pub(crate) fn sha256(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// The word that whoever changes anything has to repeat, which a page of another origin cannot know.
pub(crate) fn csrf(secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"csrf"))
}
