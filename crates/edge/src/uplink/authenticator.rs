//! What an uplink authenticates with: its credential, and the token in it where the standard has a login.

use super::Uplink;
use bowei_standards::lot_side::LoginReading;
use bowei_standards::platform_side::Credential;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A token whose life is known is renewed when so much of it is left: longer than any one message takes.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// What the next message is sealed with.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) own: Arc<dyn Credential>,
    /// How many logins it took so far: a message that was sealed before the latest one need not cause another.
    pub(super) logins: u64,
    /// When the token in it ends, where that is known.
    ends: Option<Instant>,
}

/// The account of an uplink.
pub(super) struct Authenticator {
    credentials: Mutex<Credentials>,
    /// One at a time; within, how the last login failed and when.
    logging_in: tokio::sync::Mutex<Option<(Instant, NoLogin)>>,
}

/// Why there is no token.
#[derive(Clone, Debug)]
pub(super) enum NoLogin {
    /// Account or password are wrong, as the platform says.
    Refused(String),
    /// Not now.
    Later { after: Option<Duration>, why: String },
}

impl Authenticator {
    pub(super) fn new(own: Arc<dyn Credential>) -> Self {
        let credentials = Mutex::new(Credentials { own, logins: 0, ends: None });
        Self { credentials, logging_in: tokio::sync::Mutex::new(None) }
    }

    /// What to seal with now; asks for a login first where the token is about to end.
    pub(super) fn credentials(&self) -> (Credentials, bool) {
        let credentials = self.lock().clone();
        let ends_soon = credentials.ends.is_some_and(|ends| ends <= Instant::now() + RENEW_BEFORE);
        (credentials, ends_soon)
    }

    fn lock(&self) -> MutexGuard<'_, Credentials> {
        // One assignment at a time: a panic elsewhere leaves nothing half done.
        self.credentials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs in, unless somebody else has since the credential of `before` was looked at: one attempt. Who waited while
    /// another's failed shares that failure: accounts are locked for a wrong password tried too often.
    pub(super) async fn log_in(&self, uplink: &Uplink, before: u64) -> Result<(), NoLogin> {
        let received = Instant::now();
        let mut failed = self.logging_in.lock().await;
        let Credentials { own, logins, .. } = self.lock().clone();
        if logins != before {
            return Ok(());
        }
        if let Some((at, why)) = failed.as_ref().filter(|(at, _)| *at > received) {
            tracing::debug!(uplink = uplink.name, ago = ?at.elapsed(), "a login that failed is shared");
            return Err(why.clone());
        }
        let done = self.attempt(uplink, own, logins).await;
        *failed = done.as_ref().err().map(|why| (Instant::now(), why.clone()));
        done
    }

    async fn attempt(&self, uplink: &Uplink, own: Arc<dyn Credential>, logins: u64) -> Result<(), NoLogin> {
        let Some(login) = uplink.standard.login() else {
            let why = "the platform wants a login, of which the standard knows nothing".to_owned();
            return Err(NoLogin::Later { after: None, why });
        };
        let sealed = login
            .seal_login(&*own, uplink.clock.now())
            .map_err(|cannot| NoLogin::Refused(cannot.to_string()))?;
        let asked = Instant::now();
        let answer = match uplink.transport.send(sealed.request).await {
            Ok(answer) => answer,
            Err(error) => return Err(NoLogin::Later { after: None, why: error.0 }),
        };
        uplink.clock.observe(asked, None, &answer);
        if let Some(why) = uplink.misaddressed(&answer) {
            return Err(NoLogin::Refused(why));
        }
        match login.read_login(&*own, &answer) {
            LoginReading::LoggedIn { own, ttl } => {
                uplink.is_reached.store(true, Relaxed);
                let ttl = ttl.and_then(|ttl| Duration::try_from(ttl).ok());
                let ends = ttl.map(|ttl| asked + ttl.max(RENEW_BEFORE * 2));
                *self.lock() = Credentials { own, logins: logins + 1, ends };
                Ok(())
            }
            LoginReading::Refused { code, why } => Err(NoLogin::Refused(format!("{code} {why}"))),
            LoginReading::TryLater { after, why } => {
                Err(NoLogin::Later { after: after.and_then(|after| Duration::try_from(after).ok()), why })
            }
        }
    }
}
