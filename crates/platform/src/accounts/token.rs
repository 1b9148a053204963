//! API tokens, by which programs say who they are. A token is 32 random bytes; the store has its digest alone. It is as random
//! as a key, so that a plain digest is as good as a slow one and does not cost a slow one on each request.

use super::{Role, random};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bowei_store::TokenRow;
use jiff::Timestamp;

/// What every token begins with, so that a leaked one can be recognised for what it is.
const PREFIX: &str = "bowei_";

/// The machine gives no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("this machine gives no random bytes, without which no token can be made")]
pub struct NoRandomness;

/// A role that no token has.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} 不是令牌的角色，可用的有 {0:?} is no role of a token: {known}; system-admin, security-admin and auditor are people, who \
     have accounts",
    known = Role::TOKEN_WORDS.join(", ")
)]
pub struct UnfitRole(String);

/// The role of that name, of those that a program may have.
pub fn role_of(text: &str) -> Result<Role, UnfitRole> {
    let role = text.parse::<Role>().ok().filter(|role| !role.is_administrator());
    role.ok_or_else(|| UnfitRole(text.to_owned()))
}

/// The digest by which a token is kept.
pub(crate) fn token_digest(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

/// Makes a token: what to hand out, and what to keep.
pub fn make(
    role: &Role,
    district: Option<String>,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<(String, TokenRow), NoRandomness> {
    let (id, secret) = (random::<8>()?, random::<32>()?);
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    let row = TokenRow {
        id: format!("tk-{}", URL_SAFE_NO_PAD.encode(id)),
        sha256: token_digest(&token),
        role: role.to_string(),
        district,
        issued_at: now,
        expires_at,
    };
    Ok((token, row))
}
