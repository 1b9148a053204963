//! Signing in: one answer, after the same work, whatever was wrong.

use super::oidc::{Oidc, OidcConfigError};
use super::password::{Busy, Passwords};
use super::token::NoRandomness;
use super::{Role, Source, entry, session, totp, user};
use crate::config::AccountsConfig;
use crate::seal::{MasterKey, SealError};
use bowei_store::{
    Change, LockoutPolicy, NewAuditEntry, SignInMethod, Store, StoreError, TotpRow, UserRow, UserSessionRow,
};
use jiff::{SignedDuration, Timestamp};
use rayon::ThreadPoolBuildError;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// An account that somebody else changes at the same moment is looked at anew so often.
pub(super) const TRIES_MAX: usize = 3;

/// How often in its idle time the use of a session is noted.
const NOTED_TIMES: i32 = 30;

/// Bytes of a password that are looked at.
const PASSWORD_MAX_BYTES: usize = 1_024;

/// People's accounts of a running platform: their passwords, second factors and sessions.
pub(crate) struct Accounts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) passwords: Passwords,
    pub(crate) rules: AccountsConfig,
    /// The identity provider, where there is one.
    pub(crate) oidc: Option<Oidc>,
    key: MasterKey,
}

/// Accounts cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The passwords' thread cannot be started.
    #[error("the thread for passwords cannot be started: {0}")]
    Thread(#[from] ThreadPoolBuildError),
    /// The key for second factors cannot be made.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Nobody could sign in by the identity provider.
    #[error(transparent)]
    Oidc(#[from] OidcConfigError),
}

/// What somebody shows who wants in.
pub(crate) struct Attempt<'a> {
    pub(crate) login: &'a str,
    pub(crate) password: &'a str,
    pub(crate) code: Option<&'a str>,
    pub(crate) browser: Browser,
}

/// Where somebody signs in.
pub(crate) struct Browser {
    /// The address that it asks from, for whom failures are counted.
    pub(crate) address: String,
    /// What it calls itself.
    pub(crate) user_agent: String,
    /// The address is a proxy's own: nobody's failures are counted for it.
    pub(crate) is_proxy: bool,
}

/// Somebody who has just signed in: the session's secret, and whose it is.
pub(crate) type SignedIn = (String, UserRow, UserSessionRow);

/// How somebody has shown who he is.
pub(super) struct Shown {
    pub(super) method: SignInMethod,
    /// When.
    pub(super) at: Timestamp,
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotIn {
    /// Account, password or code are wrong, or the account is closed: which, nobody is told.
    #[error(
        "账号、密码或动态码不正确，或账号已停用 login, password or code are not right, or the account is closed"
    )]
    Wrong,
    /// Too many failures.
    #[error("尝试次数过多，请稍后再试 too many failures: try again later")]
    Locked(SignedDuration),
    /// The machine has too much to do, or too little of something.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The machine gives no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether an account has a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecondFactor {
    /// None, and none is asked for.
    None,
    /// None, and there has to be one before anything else.
    Required,
    /// One that is asked for.
    Enrolled,
}

impl Accounts {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        rules: AccountsConfig,
        master: &MasterKey,
    ) -> Result<Self, AccountsError> {
        let oidc = rules.oidc.clone().map(|config| Oidc::new(config, master)).transpose()?;
        Ok(Self { store, passwords: Passwords::new()?, rules, oidc, key: master.derived("totp")? })
    }

    /// Lets somebody in by a password.
    pub(crate) async fn sign_in(&self, attempt: Attempt<'_>, now: Timestamp) -> Result<SignedIn, NotIn> {
        let login = user::login_of(attempt.login);
        // No account is called so.
        if login.len() > user::LOGIN_MAX || attempt.password.len() > PASSWORD_MAX_BYTES {
            return Err(NotIn::Wrong);
        }
        let keys = self.failure_keys(Some(&login), &attempt.browser);
        self.refuse_locked(&keys, now).await?;
        let source = Source { user: login.clone(), address: attempt.browser.address.clone() };
        for _ in 0..TRIES_MAX {
            let user = self.store.user(&login).await?.filter(|user| !self.is_closed(user, now));
            let digest = user.as_ref().and_then(|user| user.passwords.first().cloned());
            let right = self.passwords.verify(attempt.password.to_owned(), digest).await?;
            let user = user.filter(|_| right);
            let Some(user) = user.and_then(|user| self.with_factor(user, attempt.code, now)) else {
                return Err(self.failed(&source, "session.begin", &keys, Map::new(), now).await?);
            };
            let shown = Shown { method: SignInMethod::Password, at: now };
            // A code that two have shown at once is one's alone: the other finds it used.
            if let Some(signed_in) = self.begin(user, &attempt.browser, shown, Vec::new(), now).await? {
                return Ok(signed_in);
            }
        }
        Err(NotIn::Busy(Busy))
    }

    /// Begins a session of whoever has shown who he is, with what the audit says of it besides; `None` where somebody else
    /// has changed the account meanwhile, who has to be looked at anew.
    pub(super) async fn begin(
        &self,
        mut user: UserRow,
        browser: &Browser,
        shown: Shown,
        mut entries: Vec<NewAuditEntry>,
        now: Timestamp,
    ) -> Result<Option<SignedIn>, NotIn> {
        user.last_sign_in_at = Some(now);
        let from = (browser.address.as_str(), browser.user_agent.as_str());
        let (secret, begun) =
            session::begin(&user.login, from, (shown.method, shown.at), now, self.rules.session())?;
        let changes = vec![
            Change::User(Box::new(user.clone())),
            Change::SessionBegin(Box::new(begun.clone())),
            Change::FailuresClear(format!("login:{}", user.login)),
        ];
        let source = Source { user: user.login.clone(), address: browser.address.clone() };
        let what = ("session.begin", format!("user:{}", user.login));
        let by_provider = (shown.method == SignInMethod::Oidc).then(|| ("method".to_owned(), json!("oidc")));
        let told = [("session", &begun.id), ("user_agent", &begun.user_agent)];
        let told = told.into_iter().map(|(name, value)| (name.to_owned(), json!(value)));
        entries.push(entry(&source, now, what, (None, Some(told.chain(by_provider).collect()))));
        match self.store.administer(changes, entries).await {
            Ok(()) => Ok(Some((secret, user, begun))),
            Err(StoreError::Outdated { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether it is the person's password, asked for again; failures count as the account's at signing in.
    pub(crate) async fn confirm(
        &self,
        user: &UserRow,
        session: &UserSessionRow,
        password: String,
        source: &Source,
        now: Timestamp,
    ) -> Result<(), NotIn> {
        let keys = [(format!("login:{}", user.login), self.lockout(self.rules.failures_max))];
        self.refuse_locked(&keys, now).await?;
        let digest = user.passwords.first().cloned();
        if !self.passwords.verify(password, digest).await? {
            return Err(self.failed(source, "session.begin", &keys, Map::new(), now).await?);
        }
        let changes = vec![
            Change::SessionConfirmed { sha256: session.sha256.clone(), at: now },
            Change::FailuresClear(format!("login:{}", user.login)),
        ];
        let what = ("session.confirm", format!("user:{}", user.login));
        let after = json!({"session": session.id});
        self.store.administer(changes, vec![entry(source, now, what, (None, Some(after)))]).await?;
        Ok(())
    }

    /// The person of a session, if both still hold.
    pub(crate) async fn resume(
        &self,
        secret: &str,
        now: Timestamp,
    ) -> Result<Option<(UserRow, UserSessionRow)>, StoreError> {
        self.resume_by(&session::sha256(secret), now).await
    }

    /// The same by the secret's digest.
    pub(super) async fn resume_by(
        &self,
        sha256: &[u8],
        now: Timestamp,
    ) -> Result<Option<(UserRow, UserSessionRow)>, StoreError> {
        let Some(session) = self.store.user_session(sha256).await? else { return Ok(None) };
        if session.expires_at <= now || now.duration_since(session.last_seen_at) >= self.rules.idle() {
            return Ok(None);
        }
        let user = self.store.user(&session.login).await?;
        Ok(user.filter(|user| !user.disabled).map(|user| (user, session)))
    }

    /// Notes that a session was used: often enough for its idle end, and seldom enough for the writer.
    pub(crate) async fn note_use(&self, session: &UserSessionRow, now: Timestamp) -> Result<(), StoreError> {
        if now.duration_since(session.last_seen_at) < self.rules.idle() / NOTED_TIMES {
            return Ok(());
        }
        self.store.touch_user_session(&session.sha256, now).await
    }

    /// Whether the person has a second factor, or needs one.
    pub(crate) fn second_factor(&self, user: &UserRow) -> SecondFactor {
        if user.totp.as_ref().is_some_and(|totp| totp.confirmed) {
            return SecondFactor::Enrolled;
        }
        let needed = user.role.parse::<Role>().is_ok_and(|role| role.needs_second_factor());
        if self.rules.second_factor && needed { SecondFactor::Required } else { SecondFactor::None }
    }

    /// The same for a session: where the provider has asked for a second factor none of the platform's own is needed.
    pub(crate) fn second_factor_in(&self, session: &UserSessionRow, user: &UserRow) -> SecondFactor {
        let counts = self.oidc.as_ref().is_some_and(Oidc::trusts_second_factor);
        match self.second_factor(user) {
            SecondFactor::Required if counts && session.method == SignInMethod::Oidc => SecondFactor::None,
            factor => factor,
        }
    }

    /// Whether the password has to be changed before anything else, in this session: not by whoever needs none.
    pub(crate) fn must_change_in(&self, session: &UserSessionRow, user: &UserRow, now: Timestamp) -> bool {
        session.method == SignInMethod::Password && self.must_change_password(user, now)
    }

    /// Whether the password has to be changed by whoever signs in with it.
    pub(crate) fn must_change_password(&self, user: &UserRow, now: Timestamp) -> bool {
        user.must_change_password || is_past(user.password_set_at, self.rules.password_days, now)
    }

    /// Until when nobody is let in under that login.
    pub(crate) async fn locked_until(
        &self,
        login: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let count = self.store.failures(&format!("login:{login}")).await?;
        Ok(count.locked_until.filter(|until| *until > now))
    }

    /// Begins a second factor; the former one goes once a code of the new one is shown.
    pub(crate) fn seal_totp(&self, login: &str, secret: &[u8]) -> Result<TotpRow, SealError> {
        let sealed = self.key.seal(login, secret)?;
        Ok(TotpRow { sealed, confirmed: false, last_step: 0, recovery: Vec::new() })
    }

    /// The step whose code this is, by the person's second factor.
    pub(crate) fn step_of(&self, user: &UserRow, code: &str, now: Timestamp) -> Option<i64> {
        let row = user.totp.as_ref()?;
        let secret = self.key.open(&user.login, &row.sealed).ok()?;
        totp::step_of(&secret, code, now, row.last_step)
    }

    /// The account with the code used up, if it is right or none is asked for.
    pub(super) fn with_factor(
        &self,
        mut user: UserRow,
        code: Option<&str>,
        now: Timestamp,
    ) -> Option<UserRow> {
        if self.second_factor(&user) != SecondFactor::Enrolled {
            return Some(user);
        }
        let code = code?.trim();
        let step = self.step_of(&user, code, now);
        let totp = user.totp.as_mut()?;
        if let Some(step) = step {
            totp.last_step = step;
            return Some(user);
        }
        let digest = totp::recovery_digest(code);
        let at = totp.recovery.iter().position(|kept| *kept == digest)?;
        totp.recovery.remove(at);
        Some(user)
    }

    pub(super) fn is_closed(&self, user: &UserRow, now: Timestamp) -> bool {
        let used = user.last_sign_in_at.unwrap_or(user.created_at);
        user.disabled || is_past(used, self.rules.idle_account_days, now)
    }

    fn lockout(&self, failures_max: u32) -> LockoutPolicy {
        LockoutPolicy { failures_max, window: self.rules.lock(), lock: self.rules.lock() }
    }

    /// What an attempt's failure is counted under; without a login for the address alone.
    pub(super) fn failure_keys(
        &self,
        login: Option<&str>,
        browser: &Browser,
    ) -> Vec<(String, LockoutPolicy)> {
        let of_login = login.map(|login| (format!("login:{login}"), self.lockout(self.rules.failures_max)));
        let mut keys: Vec<_> = of_login.into_iter().collect();
        if !browser.is_proxy {
            let of_address = self.lockout(self.rules.failures_per_address_max);
            keys.push((format!("address:{}", browser.address), of_address));
        }
        keys
    }

    pub(super) async fn refuse_locked(
        &self,
        keys: &[(String, LockoutPolicy)],
        now: Timestamp,
    ) -> Result<(), NotIn> {
        for (key, _) in keys {
            match self.store.failures(key).await?.locked_until {
                Some(until) if until > now => return Err(NotIn::Locked(until.duration_since(now))),
                _ => {}
            }
        }
        Ok(())
    }

    /// Counts a failure and leaves its trace, with what is known of it; what whoever failed is told.
    pub(super) async fn failed(
        &self,
        source: &Source,
        action: &str,
        keys: &[(String, LockoutPolicy)],
        mut known: Map<String, Value>,
        now: Timestamp,
    ) -> Result<NotIn, StoreError> {
        let mut locks = None;
        for (key, policy) in keys {
            let count = self.store.count_failure(key, now, *policy).await?;
            locks = locks.max(count.locked_until.filter(|until| *until > now));
        }
        known.extend(locks.map(|until| ("locked_until".to_owned(), json!(until.to_string()))));
        let after = (!known.is_empty()).then_some(Value::Object(known));
        let what = (action, format!("user:{}", source.user));
        let refused = NewAuditEntry { ok: false, ..entry(source, now, what, (None, after)) };
        self.store.administer(Vec::new(), vec![refused]).await?;
        Ok(NotIn::Wrong)
    }
}

/// Whether so many days have passed; none never do.
fn is_past(at: Timestamp, days: u32, now: Timestamp) -> bool {
    days > 0 && now.duration_since(at) > SignedDuration::from_hours(i64::from(days) * 24)
}
