//! What is kept of people who are signed in. A session is kept by the digest of its secret alone.

use super::Result;
use async_trait::async_trait;
use jiff::Timestamp;

/// Sessions that one person may have at once; a further one ends the one that was longest unused.
pub const SESSIONS_PER_USER_MAX: usize = 20;

/// How somebody has signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInMethod {
    /// By a password of the account's own.
    Password,
    /// By the identity provider (OpenID Connect).
    Oidc,
}

impl SignInMethod {
    /// What a column has: nothing for a password, as a node of an older version writes it.
    pub(crate) fn kept(self) -> Option<&'static str> {
        (self == Self::Oidc).then_some("oidc")
    }

    pub(crate) fn of_kept(kept: Option<&str>) -> Self {
        if kept == Some("oidc") { Self::Oidc } else { Self::Password }
    }
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSessionRow {
    /// SHA-256 of the cookie's secret.
    pub sha256: Vec<u8>,
    /// Its public id, by which its owner ends it.
    pub id: String,
    /// Whose it is.
    pub login: String,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute or so.
    pub last_seen_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
    /// How the person signed in.
    pub method: SignInMethod,
    /// When the person last gave the password, or was last asked by the identity provider.
    pub authenticated_at: Timestamp,
    /// The address that it was begun from.
    pub address: String,
    /// What the browser calls itself, cut to a bound by whoever begins the session.
    pub user_agent: String,
}

/// Sessions of people. They are begun and ended by [`Administration`](super::Administration) alone.
#[async_trait]
pub trait UserSessions {
    /// The session of that digest, one that has expired included until it is purged.
    async fn user_session(&self, sha256: &[u8]) -> Result<Option<UserSessionRow>>;

    /// A person's sessions, the one last used first.
    async fn user_sessions(&self, login: &str) -> Result<Vec<UserSessionRow>>;

    /// Notes that a session was used; one that was used later already stays so, one that has ended too.
    async fn touch_user_session(&self, sha256: &[u8], at: Timestamp) -> Result<()>;

    /// Removes sessions that expired before `expired`, or were last used before `idle`.
    async fn purge_user_sessions(&self, expired: Timestamp, idle: Timestamp) -> Result<u64>;
}
