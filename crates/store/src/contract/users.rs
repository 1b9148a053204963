//! What is kept of people: their accounts, and how often somebody failed to sign in.

use super::{Result, StoreError};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Accounts of people that there may be: an office and every provider's staff, with room. A list of them is one answer.
pub const USERS_MAX: usize = 10_000;

/// Bytes of the key that failures are counted under. A longer one is a [`StoreError::Conflict`]: what strangers type in is
/// cut by whoever counts.
pub const FAILURE_KEY_MAX: usize = 512;

/// Bytes of the subject by which an identity provider knows somebody (OpenID Connect Core, 2: 255 ASCII characters).
pub const SUBJECT_MAX: usize = 255;

/// Who somebody is at an identity provider. The two together never name another person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The provider's `iss`: an address, which has no blank.
    pub issuer: String,
    /// The provider's `sub`.
    pub subject: String,
}

impl Identity {
    /// Both in one text, by which an account is found.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.issuer, self.subject)
    }

    /// Refuses an identity that is another account's.
    pub(crate) fn refuse_taken(login: &str, owner: Option<&str>) -> Result<()> {
        match owner {
            Some(owner) if owner != login => Err(StoreError::Conflict(format!(
                "who would be {login} is {owner} already: one person, one account"
            ))),
            _ => Ok(()),
        }
    }
}

/// A person's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// What the person signs in with: lower-case, unique, never given to another.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// `operator`, `auditor`, `provider:CODE`, …
    pub role: String,
    /// Prefix of the districts that the person sees; `None`: all.
    pub district: Option<String>,
    /// Digests of passwords, the one that counts first; those after it may not be chosen again.
    pub passwords: Vec<String>,
    /// When the password was set.
    pub password_set_at: Timestamp,
    /// The password was made by somebody else and has to be changed before anything else.
    pub must_change_password: bool,
    /// Nobody signs in with it any more.
    pub disabled: bool,
    /// The second factor, once it was begun.
    pub totp: Option<TotpRow>,
    /// Who the person is at the identity provider, from the first sign-in by it on. No two accounts have the same.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub last_sign_in_at: Option<Timestamp>,
    /// Grows with every change, from 1. A new account has 0 until it is kept.
    pub revision: i64,
}

impl UserRow {
    /// Whether a change that was worked out from revision `based_on` makes an account, by the revision `found` that is
    /// kept under its name; refuses one that contradicts it.
    pub(crate) fn is_new(login: &str, based_on: i64, found: Option<i64>) -> Result<bool> {
        match found {
            None if based_on == 0 => Ok(true),
            None => Err(StoreError::Conflict(format!("there is no account {login}: create it first"))),
            Some(_) if based_on == 0 => {
                Err(StoreError::Conflict(format!("there is an account {login} already: choose another name")))
            }
            Some(found) if found == based_on => Ok(false),
            Some(found) => Err(StoreError::Outdated { based_on, found }),
        }
    }

    /// Refuses one account more where there are `kept`.
    pub(crate) fn refuse_beyond_max(kept: i64) -> Result<()> {
        if usize::try_from(kept).is_ok_and(|kept| kept < USERS_MAX) {
            return Ok(());
        }
        Err(StoreError::Conflict(format!("there are {kept} accounts, and no more than {USERS_MAX} may be")))
    }
}

/// A second factor (RFC 6238).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotpRow {
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// A code of it was shown: from then on it is asked for.
    pub confirmed: bool,
    /// The last step whose code was used: neither it nor any before it is taken again.
    pub last_step: i64,
    /// Digests of the recovery codes that were not used yet.
    pub recovery: Vec<String>,
}

/// What makes a failed attempt a lockout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockoutPolicy {
    /// So many failures in a row lock.
    pub failures_max: u32,
    /// Failures further apart are not in a row.
    pub window: SignedDuration,
    /// For how long.
    pub lock: SignedDuration,
}

impl LockoutPolicy {
    /// Refuses a key that is longer than may be.
    pub(crate) fn check_key(key: &str) -> Result<()> {
        if key.len() <= FAILURE_KEY_MAX {
            return Ok(());
        }
        let bytes = key.len();
        Err(StoreError::Conflict(format!(
            "a key of {bytes} bytes, and {FAILURE_KEY_MAX} are the most: cut it"
        )))
    }

    /// The count with one more failure, from what was kept before it: the count, and when the last failure was. What
    /// comes while locked counts and lengthens nothing; what comes after a lock is the first of a new row.
    pub(crate) fn count(&self, kept: Option<(FailureCount, Timestamp)>, now: Timestamp) -> FailureCount {
        let in_a_row = kept.filter(|(count, last_at)| match count.locked_until {
            Some(locked_until) => locked_until > now,
            None => last_at.saturating_add(self.window).unwrap_or(Timestamp::MAX) >= now,
        });
        let former = in_a_row.map(|(count, _)| count).unwrap_or_default();
        let failures = former.failures.saturating_add(1);
        let lock = || {
            (failures >= self.failures_max).then(|| now.saturating_add(self.lock).unwrap_or(Timestamp::MAX))
        };
        FailureCount { failures, locked_until: former.locked_until.or_else(lock) }
    }
}

/// What is counted under a key: an account's name, or an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailureCount {
    /// Failures in a row, those while locked among them.
    pub failures: u32,
    /// Until when nobody is let in; it may be over.
    pub locked_until: Option<Timestamp>,
}

/// People's accounts. They are changed by [`Administration`](super::Administration) alone.
#[async_trait]
pub trait Users {
    /// The account of that name.
    async fn user(&self, login: &str) -> Result<Option<UserRow>>;

    /// The account of whoever has that identity.
    async fn user_by_identity(&self, identity: &Identity) -> Result<Option<UserRow>>;

    /// Every account, by name; [`USERS_MAX`] at most.
    async fn users(&self) -> Result<Vec<UserRow>>;

    /// What is counted under a key.
    async fn failures(&self, key: &str) -> Result<FailureCount>;

    /// Counts one more failure under a key, whichever of many nodes it was at; returns the count with it. An attempt
    /// while locked counts too, and lengthens nothing; one after the lock is the first of a new row.
    async fn count_failure(&self, key: &str, now: Timestamp, policy: LockoutPolicy) -> Result<FailureCount>;

    /// Forgets what is counted under a key.
    async fn clear_failures(&self, key: &str) -> Result<()>;

    /// Forgets counts whose last failure was, and whose lock was over, before `before`; tells how many.
    async fn purge_failures(&self, before: Timestamp) -> Result<u64>;
}
