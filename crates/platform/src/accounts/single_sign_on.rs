//! Whom the identity provider names: which account that is, and what is still asked before it is let in.
//!
//! The provider says who somebody is, an account here what he may do: none is made on the way. An account is tied to the
//! provider's issuer and subject by the first sign-in, which the login claim alone decides. From then on the subject alone
//! counts: a name that the provider gives to somebody else, or that somebody gives himself there, opens nothing.

use super::oidc::{OidcError, Verified};
use super::password::Busy;
use super::sign_in::{Accounts, Browser, NotIn, SecondFactor, Shown, SignedIn, TRIES_MAX};
use super::{Source, entry, user};
use bowei_store::{Change, SignInMethod, StoreError, UserRow};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// The provider's clock may be off so much where it says when it has asked a person.
const AUTH_TIME_LEEWAY: SignedDuration = SignedDuration::from_secs(super::oidc::LEEWAY_S);

/// How far somebody is whom the provider has named.
pub(crate) enum Progress {
    /// In.
    SignedIn(Box<SignedIn>),
    /// Asked for the code of a second factor here.
    CodeNeeded,
}

impl Accounts {
    /// Lets in whom the provider has named, with the code of a second factor where the account has one and the provider's
    /// does not count.
    pub(crate) async fn sign_in_by_provider(
        &self,
        verified: &Verified,
        code: Option<&str>,
        browser: &Browser,
        now: Timestamp,
    ) -> Result<Progress, NotIn> {
        for _ in 0..TRIES_MAX {
            let (user, is_tied) = match self.account_of(verified, now).await? {
                Ok(found) => found,
                Err((login, why)) => return Err(self.refuse(&login, browser, why, now).await?),
            };
            let keys = self.failure_keys(Some(&user.login), browser);
            if let Err(locked) = self.refuse_locked(&keys, now).await {
                let NotIn::Locked(_) = locked else { return Err(locked) };
                self.note_failure("session.begin", &user.login, browser, "locked", now).await?;
                return Err(locked);
            }
            let counts = self.oidc.as_ref().is_some_and(|oidc| oidc.trusts_second_factor());
            let login = user.login.clone();
            let user = match code {
                None if !counts && self.second_factor(&user) == SecondFactor::Enrolled => {
                    return Ok(Progress::CodeNeeded);
                }
                None => Some(user),
                Some(code) => self.with_factor(user, Some(code), now),
            };
            let source = Source { user: login.clone(), address: browser.address.clone() };
            let Some(mut user) = user else {
                return Err(self.failed(&source, "session.begin", &keys, known("code"), now).await?);
            };
            let mut entries = Vec::new();
            if !is_tied {
                user.identity = Some(verified.identity.clone());
                let what = ("user.identity", format!("user:{login}"));
                entries.push(entry(&source, now, what, (None, Some(json!(verified.identity)))));
            }
            // Who was not asked of late by the provider is asked before what the password is asked for here.
            let long_ago = || now.checked_sub(self.rules.confirmed() + SignedDuration::from_secs(1));
            let at = verified.auth_time.map_or_else(|| long_ago().unwrap_or(now), |at| at.min(now));
            let shown = Shown { method: SignInMethod::Oidc, at };
            match self.begin(user, browser, shown, entries, now).await {
                Ok(Some(signed_in)) => return Ok(Progress::SignedIn(Box::new(signed_in))),
                // Tied to another account at the same moment, perhaps: looked at anew.
                Ok(None) | Err(NotIn::Store(StoreError::Conflict(_))) => {}
                Err(error) => return Err(error),
            }
        }
        Err(NotIn::Busy(Busy))
    }

    /// Takes it that the person of a session has shown once more who he is, by the provider.
    pub(crate) async fn confirm_by_provider(
        &self,
        verified: &Verified,
        (sha256, asked_at): (&[u8], Timestamp),
        browser: &Browser,
        now: Timestamp,
    ) -> Result<(), NotIn> {
        let Some((user, session)) = self.resume_by(sha256, now).await? else { return Err(NotIn::Wrong) };
        let is_asked_anew = verified.auth_time.is_some_and(|at| at >= asked_at - AUTH_TIME_LEEWAY);
        let why = match user.identity.as_ref() {
            Some(identity) if *identity == verified.identity && is_asked_anew => None,
            Some(identity) if *identity == verified.identity => Some("auth_time"),
            _ => Some("another identity"),
        };
        if let Some(why) = why {
            self.note_failure("session.confirm", &user.login, browser, why, now).await?;
            return Err(NotIn::Wrong);
        }
        let source = Source { user: user.login.clone(), address: browser.address.clone() };
        let what = ("session.confirm", format!("user:{}", user.login));
        let after = json!({"session": session.id, "method": "oidc"});
        let changes = vec![Change::SessionConfirmed { sha256: sha256.to_vec(), at: now }];
        self.store.administer(changes, vec![entry(&source, now, what, (None, Some(after)))]).await?;
        Ok(())
    }

    /// Leaves the trace of what came back from the provider and proves nothing; a token that does not fit counts against
    /// the address.
    pub(crate) async fn note_unproved(
        &self,
        error: &OidcError,
        action: &str,
        browser: &Browser,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let keys = match error {
            OidcError::Unfit(_) => self.failure_keys(None, browser),
            _ => Vec::new(),
        };
        let source = Source { user: String::new(), address: browser.address.clone() };
        self.failed(&source, action, &keys, known(&error.to_string()), now).await.map(drop)
    }

    /// The account of whom the provider has named, and whether it is tied to it; or why there is none, with the login that
    /// would have been.
    async fn account_of(
        &self,
        verified: &Verified,
        now: Timestamp,
    ) -> Result<Result<(UserRow, bool), (String, &'static str)>, StoreError> {
        let tied = self.store.user_by_identity(&verified.identity).await?;
        let is_tied = tied.is_some();
        let login =
            verified.login.as_deref().map(user::login_of).filter(|login| login.len() <= user::LOGIN_MAX);
        let user = match (tied, &login) {
            (Some(user), _) => user,
            (None, None) => return Ok(Err((String::new(), "no login claim"))),
            (None, Some(login)) => match self.store.user(login).await? {
                Some(user) => user,
                None => return Ok(Err((login.clone(), "no account"))),
            },
        };
        if !is_tied && user.identity.is_some() {
            return Ok(Err((user.login, "another identity")));
        }
        if self.is_closed(&user, now) {
            return Ok(Err((user.login, "closed")));
        }
        Ok(Ok((user, is_tied)))
    }

    /// Nobody's failures at the provider lock an account here: whoever calls himself like it there could.
    async fn refuse(
        &self,
        login: &str,
        browser: &Browser,
        why: &str,
        now: Timestamp,
    ) -> Result<NotIn, StoreError> {
        let source = Source { user: login.to_owned(), address: browser.address.clone() };
        self.failed(&source, "session.begin", &self.failure_keys(None, browser), known(why), now).await
    }

    async fn note_failure(
        &self,
        action: &str,
        login: &str,
        browser: &Browser,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let source = Source { user: login.to_owned(), address: browser.address.clone() };
        self.failed(&source, action, &[], known(why), now).await.map(drop)
    }
}

/// What the audit says of a failure.
fn known(why: &str) -> Map<String, Value> {
    Map::from_iter([("method".to_owned(), json!("oidc")), ("why".to_owned(), json!(why))])
}
