//! Signing in: one answer, after the same work, whatever was wrong.

use super::password::{Busy, Passwords};
use super::token::NoRandomness;
use super::{Role, Source, entry, session, totp, user};
use crate::config::AccountsConfig;
use crate::seal::{MasterKey, SealError};
use bowei_store::{
    Change, FailureCount, LockoutPolicy, NewAuditEntry, Store, StoreError, TotpRow, UserRow, UserSessionRow,
};
use jiff::{SignedDuration, Timestamp};
use rayon::ThreadPoolBuildError;
use serde_json::json;
use std::sync::Arc;

/// An account that somebody else changes at the same moment is looked at anew so often.
const TRIES_MAX: usize = 3;

/// How often in its idle time the use of a session is noted.
const NOTED_TIMES: i32 = 30;

/// Bytes of a password that are looked at.
const PASSWORD_MAX_BYTES: usize = 1_024;

/// People's accounts of a running platform: their passwords, second factors and sessions.
pub(crate) struct Accounts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) passwords: Passwords,
    pub(crate) rules: AccountsConfig,
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
}

/// What somebody shows who wants in.
pub(crate) struct Attempt<'a> {
    pub(crate) login: &'a str,
    pub(crate) password: &'a str,
    pub(crate) code: Option<&'a str>,
    /// The address that it comes from, for whom failures are counted.
    pub(crate) address: String,
    /// What the browser calls itself.
    pub(crate) user_agent: &'a str,
    /// The address is a proxy's own: nobody's failures are counted for it.
    pub(crate) is_proxy: bool,
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotIn {
    /// Account, password or code are wrong, or the account is closed: which, nobody is told.
    #[error(
        "登录名、密码或验证码不正确，或账号已停用 login, password or code are not right, or the account is closed"
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
        Ok(Self { store, passwords: Passwords::new()?, rules, key: master.derived("totp")? })
    }

    /// Lets somebody in: the session's secret, and whose it is.
    pub(crate) async fn sign_in(
        &self,
        attempt: Attempt<'_>,
        now: Timestamp,
    ) -> Result<(String, UserRow, UserSessionRow), NotIn> {
        let login = user::login_of(attempt.login);
        // No account is called so.
        if login.len() > user::LOGIN_MAX || attempt.password.len() > PASSWORD_MAX_BYTES {
            return Err(NotIn::Wrong);
        }
        let keys = self.failure_keys(&login, &attempt);
        for (key, _) in &keys {
            refuse_locked(self.store.failures(key).await?, now)?;
        }
        let source = Source { user: login.clone(), address: attempt.address.clone() };
        for _ in 0..TRIES_MAX {
            let user = self.store.user(&login).await?.filter(|user| !self.is_closed(user, now));
            let digest = user.as_ref().and_then(|user| user.passwords.first().cloned());
            let right = self.passwords.verify(attempt.password.to_owned(), digest).await?;
            let user = user.filter(|_| right);
            let Some(mut user) = user.and_then(|user| self.with_factor(user, attempt.code, now)) else {
                return Err(self.failed(&source, &keys, now).await?);
            };
            user.last_sign_in_at = Some(now);
            let from = (attempt.address.as_str(), attempt.user_agent);
            let (secret, begun) = session::begin(&login, from, now, self.rules.session())?;
            let changes = vec![
                Change::User(Box::new(user.clone())),
                Change::SessionBegin(Box::new(begun.clone())),
                Change::FailuresClear(format!("login:{login}")),
            ];
            let what = ("session.begin", format!("user:{login}"));
            let after = json!({"session": begun.id, "user_agent": begun.user_agent});
            match self.store.administer(changes, vec![entry(&source, now, what, (None, Some(after)))]).await {
                Ok(()) => return Ok((secret, user, begun)),
                // A code that two have shown at once is one's alone: the other finds it used.
                Err(StoreError::Outdated { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(NotIn::Busy(Busy))
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
        let key = (format!("login:{}", user.login), self.lockout(self.rules.failures_max));
        refuse_locked(self.store.failures(&key.0).await?, now)?;
        let digest = user.passwords.first().cloned();
        if !self.passwords.verify(password, digest).await? {
            return Err(self.failed(source, &[key], now).await?);
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
        let sha256 = session::sha256(secret);
        let Some(session) = self.store.user_session(&sha256).await? else { return Ok(None) };
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

    /// Whether the password has to be changed before anything else.
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
    fn with_factor(&self, mut user: UserRow, code: Option<&str>, now: Timestamp) -> Option<UserRow> {
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

    fn is_closed(&self, user: &UserRow, now: Timestamp) -> bool {
        let used = user.last_sign_in_at.unwrap_or(user.created_at);
        user.disabled || is_past(used, self.rules.idle_account_days, now)
    }

    fn lockout(&self, failures_max: u32) -> LockoutPolicy {
        LockoutPolicy { failures_max, window: self.rules.lock(), lock: self.rules.lock() }
    }

    fn failure_keys(&self, login: &str, attempt: &Attempt<'_>) -> Vec<(String, LockoutPolicy)> {
        let mut keys = vec![(format!("login:{login}"), self.lockout(self.rules.failures_max))];
        if !attempt.is_proxy {
            let of_address = self.lockout(self.rules.failures_per_address_max);
            keys.push((format!("address:{}", attempt.address), of_address));
        }
        keys
    }

    /// Counts a failure and leaves its trace; what whoever failed is told.
    async fn failed(
        &self,
        source: &Source,
        keys: &[(String, LockoutPolicy)],
        now: Timestamp,
    ) -> Result<NotIn, StoreError> {
        let mut locks = None;
        for (key, policy) in keys {
            let count = self.store.count_failure(key, now, *policy).await?;
            locks = locks.max(count.locked_until.filter(|until| *until > now));
        }
        let after = locks.map(|until| json!({"locked_until": until.to_string()}));
        let what = ("session.begin", format!("user:{}", source.user));
        let refused = NewAuditEntry { ok: false, ..entry(source, now, what, (None, after)) };
        self.store.administer(Vec::new(), vec![refused]).await?;
        Ok(NotIn::Wrong)
    }
}

fn refuse_locked(count: FailureCount, now: Timestamp) -> Result<(), NotIn> {
    match count.locked_until {
        Some(until) if until > now => Err(NotIn::Locked(until.duration_since(now))),
        _ => Ok(()),
    }
}

/// Whether so many days have passed; none never do.
fn is_past(at: Timestamp, days: u32, now: Timestamp) -> bool {
    days > 0 && now.duration_since(at) > SignedDuration::from_hours(i64::from(days) * 24)
}
