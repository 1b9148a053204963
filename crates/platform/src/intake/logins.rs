//! Who holds a token: the logins that the store keeps, and the last of them in memory.
//!
//! The store is the truth, so that any node knows a token that another handed out. It is asked again after
//! [`FRESH`]: for so long a token that another node has ended may still be good here.

use crate::clock::Clock;
use crate::registry::Registry;
use aws_lc_rs::digest::{SHA256, digest};
use bowei_store::{LoginRow, StoreError};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// How long a login is believed without asking the store again.
const FRESH: SignedDuration = SignedDuration::from_secs(1);

/// The logins of every standard that has them.
pub(super) struct Logins {
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    /// By account, so that there are never more than accounts.
    known: Mutex<HashMap<(&'static str, String), Known>>,
    /// The accounts of the tokens in `known`.
    accounts: Mutex<HashMap<(&'static str, Vec<u8>), String>>,
}

#[derive(Clone)]
struct Known {
    token: Vec<u8>,
    issued_at: Timestamp,
    lives: SignedDuration,
    dies_at: Timestamp,
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
    pub(super) fn new(registry: Arc<Registry>, clock: Arc<dyn Clock>) -> Self {
        Self { registry, clock, known: Mutex::default(), accounts: Mutex::default() }
    }

    /// Who holds the token now; `None` where nobody does any more.
    pub(super) async fn holder(
        &self,
        standard: &'static str,
        token: &str,
    ) -> Result<Option<Holder>, StoreError> {
        let now = self.clock.now();
        let token = token_sha256(token);
        let account = self.accounts.lock().get(&(standard, token.clone())).cloned();
        if let Some(account) = account
            && let Some(known) = self.known.lock().get(&(standard, account.clone()))
            && known.token == token
            && now.duration_since(known.looked_at).abs() < FRESH
        {
            let since = known.issued_at;
            return Ok((now < known.dies_at).then_some(Holder { account, since }));
        }
        let row = self.registry.store().login_by_token(standard, &token).await?;
        let Some(row) = row else {
            self.accounts.lock().remove(&(standard, token));
            return Ok(None);
        };
        let (account, dies_at, since) = (row.account, row.dies_at, row.issued_at);
        let known = Known { token, issued_at: since, lives: row.lives, dies_at, looked_at: now };
        self.note(standard, account.clone(), known);
        Ok((now < dies_at).then_some(Holder { account, since }))
    }

    /// Keeps a token just handed out; the account's former one is dead from now on.
    pub(super) async fn keep(
        &self,
        standard: &'static str,
        account: &str,
        token: &str,
        lives: SignedDuration,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let sealed = self
            .registry
            .key()
            .seal(&format!("login/{standard}/{account}"), token.as_bytes())
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let (sha256, dies_at) = (token_sha256(token), now.saturating_add(lives).unwrap_or(now));
        let row = LoginRow {
            standard: standard.to_owned(),
            account: account.to_owned(),
            token_sha256: sha256.clone(),
            token_sealed: sealed,
            issued_at: now,
            lives,
            dies_at,
        };
        self.registry.store().keep_login(row).await?;
        let known = Known { token: sha256, issued_at: now, lives, dies_at, looked_at: now };
        self.note(standard, account.to_owned(), known);
        Ok(())
    }

    /// Lets the token live on: its holder has shown a sign of life.
    pub(super) async fn renew(&self, standard: &'static str, token: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        let token = token_sha256(token);
        let account = self.accounts.lock().get(&(standard, token.clone())).cloned();
        let Some(account) = account else { return Ok(()) };
        let Some(known) = self.known.lock().get(&(standard, account.clone())).cloned() else { return Ok(()) };
        let dies_at = now.saturating_add(known.lives).unwrap_or(now).max(known.dies_at);
        self.registry.store().renew_login(standard, &token, dies_at).await?;
        self.note(standard, account, Known { dies_at, looked_at: now, ..known });
        Ok(())
    }

    fn note(&self, standard: &'static str, account: String, known: Known) {
        let token = known.token.clone();
        let before = self.known.lock().insert((standard, account.clone()), known);
        let mut accounts = self.accounts.lock();
        if let Some(before) = before {
            accounts.remove(&(standard, before.token));
        }
        accounts.insert((standard, token), account);
    }
}

fn token_sha256(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}
