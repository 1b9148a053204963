//! Who holds a token: the logins that the store keeps, and the last of them in memory.
//!
//! The store is the truth, so that any node knows a token that another handed out. It is asked again after
//! [`FRESH`]: for so long a token that another node has ended may still be good here.

use crate::clock::Clock;
use crate::registry::seal::MasterKey;
use crate::registry::secrets::login_label;
use aws_lc_rs::digest::{SHA256, digest};
use bowei_store::{LoginRow, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// How long a login is believed without asking the store again.
const FRESH: SignedDuration = SignedDuration::from_secs(1);

/// The logins of every standard that has them.
pub(super) struct Logins {
    store: Arc<dyn Store>,
    key: MasterKey,
    clock: Arc<dyn Clock>,
    /// By standard and token. An account has one, so that there are never more than accounts.
    known: Mutex<HashMap<(&'static str, Vec<u8>), Known>>,
}

#[derive(Clone)]
struct Known {
    account: String,
    issued_at: Timestamp,
    ttl: SignedDuration,
    expires_at: Timestamp,
    looked_at: Timestamp,
}

/// Who was given a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    /// The account.
    pub(super) account: String,
    /// When it logged in.
    pub(super) since: Timestamp,
}

impl Logins {
    pub(super) fn new(store: Arc<dyn Store>, key: MasterKey, clock: Arc<dyn Clock>) -> Self {
        Self { store, key, clock, known: Mutex::default() }
    }

    /// Who holds the token now; `None` where nobody does any more.
    pub(super) async fn holder(
        &self,
        standard: &'static str,
        token: &str,
    ) -> Result<Option<Holder>, StoreError> {
        let now = self.clock.now();
        let token = token_sha256(token);
        let known = self.known.lock().get(&(standard, token.clone())).cloned();
        let fresh = known.filter(|known| now.duration_since(known.looked_at).abs() < FRESH);
        let known = match fresh {
            Some(known) => known,
            None => {
                let row = self.store.login_by_token(standard, &token).await?;
                let Some(LoginRow { account, issued_at, ttl, expires_at, .. }) = row else {
                    self.known.lock().remove(&(standard, token));
                    return Ok(None);
                };
                let known = Known { account, issued_at, ttl, expires_at, looked_at: now };
                self.note(standard, token, known.clone());
                known
            }
        };
        let Known { account, issued_at: since, expires_at, .. } = known;
        Ok((now < expires_at).then_some(Holder { account, since }))
    }

    /// Keeps a token just handed out; the account's former one is dead from now on.
    pub(super) async fn keep(
        &self,
        standard: &'static str,
        account: &str,
        token: &str,
        ttl: SignedDuration,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let sealed = self
            .key
            .seal(&login_label(standard, account), token.as_bytes())
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let (sha256, expires_at) = (token_sha256(token), now.saturating_add(ttl).unwrap_or(now));
        let row = LoginRow {
            standard: standard.to_owned(),
            account: account.to_owned(),
            token_sha256: sha256.clone(),
            token_sealed: sealed,
            issued_at: now,
            ttl,
            expires_at,
        };
        self.store.keep_login(row).await?;
        let known = Known { account: account.to_owned(), issued_at: now, ttl, expires_at, looked_at: now };
        self.note(standard, sha256, known);
        Ok(())
    }

    /// Lets the token live on: its holder has shown a sign of life.
    pub(super) async fn renew(&self, standard: &'static str, token: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        let token = token_sha256(token);
        let Some(known) = self.known.lock().get(&(standard, token.clone())).cloned() else { return Ok(()) };
        let expires_at = now.saturating_add(known.ttl).unwrap_or(now).max(known.expires_at);
        self.store.renew_login(standard, &token, expires_at).await?;
        self.note(standard, token, Known { expires_at, looked_at: now, ..known });
        Ok(())
    }

    fn note(&self, standard: &'static str, token: Vec<u8>, login: Known) {
        let key = (standard, token);
        let mut known = self.known.lock();
        if !known.contains_key(&key) {
            // A further login of the account ends the one before.
            known.retain(|(of, _), before| *of != standard || before.account != login.account);
        }
        known.insert(key, login);
    }
}

fn token_sha256(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}
