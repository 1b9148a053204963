//! What is kept of logins: the tokens that some standards hand out, so that every node knows them.

use super::Result;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// A token that an account was given when it logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRow {
    /// The standard's name.
    pub standard: String,
    /// The account's name in messages.
    pub account: String,
    /// SHA-256 of the token: what recognises it.
    pub token_sha256: Vec<u8>,
    /// The token, sealed: the platform presents it in its own calls to the lot.
    pub token_sealed: Vec<u8>,
    /// When it was handed out.
    pub issued_at: Timestamp,
    /// How long it lives after that, and after each renewal.
    pub ttl: SignedDuration,
    /// When it dies unless it is renewed.
    pub expires_at: Timestamp,
}

/// Logins.
#[async_trait]
pub trait Logins {
    /// Keeps a login; the account's former one is gone.
    async fn keep_login(&self, login: LoginRow) -> Result<()>;

    /// Lets a token live until `expires_at`, unless it lives longer already. One that is gone stays so.
    async fn renew_login(&self, standard: &str, token_sha256: &[u8], expires_at: Timestamp) -> Result<()>;

    /// The login of a token, dead ones included.
    async fn login_by_token(&self, standard: &str, token_sha256: &[u8]) -> Result<Option<LoginRow>>;

    /// The login of an account, a dead one included.
    async fn login_by_account(&self, standard: &str, account: &str) -> Result<Option<LoginRow>>;
}
