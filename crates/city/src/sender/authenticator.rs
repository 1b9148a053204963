//! An account as it speaks: the credential that its messages are sealed with, and the login that some standards want
//! first. All messages of the account share one token, and only one of them logs in at a time.

use super::delivery::Delivering;
use super::tally::{RefusalHeard, one_more};
use crate::plan::{Accounts, CityPlan, CredentialsError};
use bowei_model::ProviderCode;
use bowei_standards::Standard;
use bowei_standards::lot_side::LoginReading;
use bowei_standards::platform_side::Credential;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) struct Authenticator {
    pub(super) standard: &'static dyn Standard,
    /// Whose account it is.
    provider: ProviderCode,
    credentials: Mutex<Credentials>,
    logging_in: tokio::sync::Mutex<()>,
}

/// What the next message is sealed with.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) own: Arc<dyn Credential>,
    /// How many logins it took so far: a message that was sealed before the latest one need not cause another.
    pub(super) logins: u64,
}

/// Why there is no token yet.
pub(super) enum NoLogin {
    /// Account or password are wrong.
    Refused,
    /// Not now.
    Later(Option<Duration>),
}

impl Authenticator {
    pub(super) fn credentials(&self) -> Credentials {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Credentials> {
        // One assignment at a time: a panic elsewhere leaves nothing half done.
        self.credentials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs in, unless somebody else has since the credential of `before` was looked at: one attempt.
    pub(super) async fn log_in(&self, delivering: &Delivering, before: u64) -> Result<(), NoLogin> {
        let _one_at_a_time = self.logging_in.lock().await;
        let Credentials { own, logins } = self.credentials();
        if logins != before {
            return Ok(());
        }
        let tally = &delivering.tally;
        let Some(login) = self.standard.login() else {
            tally.trouble("the platform wants a login, of which the standard knows nothing".to_owned());
            return Err(NoLogin::Later(None));
        };
        let sealed = match login.seal_login(&*own, delivering.now()) {
            Ok(sealed) => sealed,
            Err(cannot) => return Err(self.refused(delivering, "", cannot.to_string())),
        };
        let answer = match delivering.client.send(sealed.request).await {
            Ok(answer) => answer,
            Err(why) => {
                one_more(&tally.unreachable);
                tally.trouble(why.to_string());
                return Err(NoLogin::Later(None));
            }
        };
        match login.read_login(&*own, &answer) {
            // How long it lives need not be known: the platform says when it is dead.
            LoginReading::LoggedIn { own, ttl: _ } => {
                *self.lock() = Credentials { own, logins: logins + 1 };
                one_more(&tally.logins);
                Ok(())
            }
            LoginReading::Refused { code, why } => Err(self.refused(delivering, &code, why)),
            LoginReading::TryLater { after, why } => {
                one_more(&tally.later);
                tally.trouble(why);
                Err(NoLogin::Later(after.and_then(|after| Duration::try_from(after).ok())))
            }
        }
    }

    fn refused(&self, delivering: &Delivering, code: &str, why: String) -> NoLogin {
        let of = self.provider.to_string();
        delivering.tally.refused(RefusalHeard { of, record_id: None, code: code.to_owned(), why });
        NoLogin::Refused
    }
}

/// Every account of a plan that speaks, each once.
#[derive(Default)]
pub(super) struct Authenticators(BTreeMap<(String, &'static str), Arc<Authenticator>>);

impl Authenticators {
    pub(super) fn of(plan: &CityPlan, accounts: &Accounts) -> Result<Self, CredentialsError> {
        let mut authenticators = Self::default();
        for lot in &plan.lots {
            authenticators.add(&lot.provider, lot.standard, accounts)?;
            if let Some(operator) = &lot.operator {
                authenticators.add(&operator.provider, operator.standard, accounts)?;
            }
        }
        Ok(authenticators)
    }

    fn add(
        &mut self,
        provider: &ProviderCode,
        standard: &'static str,
        accounts: &Accounts,
    ) -> Result<(), CredentialsError> {
        if let Entry::Vacant(place) = self.0.entry((provider.to_string(), standard)) {
            let account = accounts.of(provider.as_str(), standard)?.clone();
            place.insert(Arc::new(Authenticator {
                standard: account.standard,
                provider: provider.clone(),
                credentials: Mutex::new(Credentials { own: account.own, logins: 0 }),
                logging_in: tokio::sync::Mutex::new(()),
            }));
        }
        Ok(())
    }

    pub(super) fn get(&self, provider: &ProviderCode, standard: &'static str) -> Option<Arc<Authenticator>> {
        self.0.get(&(provider.to_string(), standard)).cloned()
    }
}
