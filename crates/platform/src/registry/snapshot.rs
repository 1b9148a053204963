//! The registry in memory, indexed the ways that requests ask.

use super::nearest::Nearest;
use super::seal::MasterKey;
use super::secrets;
use crate::accounts::Principal;
use crate::accounts::token::token_digest;
use bowei_model::{Lot, LotCode, ProviderCode, Standing};
use bowei_standards::platform_side::{Account, Credential, Fields};
use bowei_store::{CredentialRow, ProviderRow, RegistryRows};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The registry at one moment.
#[derive(Default)]
pub struct Snapshot {
    /// The store's version of it.
    pub version: i64,
    /// When the next credential or token runs out.
    pub next_expiry: Option<Timestamp>,
    /// Lots by code, in the codes' order.
    pub lots: BTreeMap<LotCode, Arc<Lot>>,
    /// Providers by code.
    pub providers: HashMap<ProviderCode, ProviderRow>,
    /// Where lots number themselves, several may be called the same.
    lots_by_id: HashMap<(String, String), Vec<Arc<Lot>>>,
    /// A provider's lots, in the codes' order.
    lots_by_provider: HashMap<ProviderCode, Vec<Arc<Lot>>>,
    /// Those that are public, by where they are.
    nearest: Nearest,
    /// The standards that a provider has keys of.
    standards: HashMap<ProviderCode, BTreeSet<String>>,
    /// How many lots of a provider came into being by their own word, and have no operator behind them yet.
    self_described: HashMap<ProviderCode, usize>,
    /// How many lots are on trial.
    trials: usize,
    /// Every credential, sealed, those past their end included until they are swept.
    pub(crate) credentials: Vec<CredentialRow>,
    accounts: HashMap<(String, String), Arc<Account>>,
    /// Since when the oldest credential of an account that is still valid was.
    valid_since: HashMap<(String, String), Timestamp>,
    /// By what their secrets are bound to and how they are sealed, so that a row that was changed is opened anew.
    prepared: HashMap<(String, Vec<u8>), Arc<dyn Credential>>,
    tokens: HashMap<Vec<u8>, Principal>,
}

impl Snapshot {
    /// What a lot is called.
    pub(crate) fn lot_name(&self, code: &LotCode) -> Option<String> {
        self.lots.get(code).map(|lot| lot.name.clone())
    }

    /// What a provider is called.
    pub(crate) fn provider_name(&self, code: &ProviderCode) -> Option<String> {
        self.providers.get(code).map(|provider| provider.name.clone())
    }

    /// Indexes the rows. Keys already prepared in `before` are not prepared again: parsing an RSA key costs more
    /// than everything else here. A credential that does not open is left out, and said so: one spoilt row must
    /// not silence a city.
    pub(crate) fn new(rows: &RegistryRows, key: &MasterKey, now: Timestamp, before: Option<&Self>) -> Self {
        let mut snapshot = Self { version: rows.version, ..Self::default() };
        for provider in &rows.providers {
            snapshot.providers.insert(provider.code.clone(), provider.clone());
        }
        for lot in &rows.lots {
            let lot = Arc::new(lot.clone());
            for (standard, id) in &lot.ids {
                let called = snapshot.lots_by_id.entry((standard.clone(), id.clone())).or_default();
                called.push(Arc::clone(&lot));
            }
            if !lot.standing.is_of_an_operator() {
                *snapshot.self_described.entry(lot.provider.clone()).or_default() += 1;
            }
            snapshot.trials += usize::from(lot.standing == Standing::Trial);
            snapshot.lots.insert(lot.code.clone(), lot);
        }
        for lot in snapshot.lots.values() {
            snapshot.lots_by_provider.entry(lot.provider.clone()).or_default().push(Arc::clone(lot));
        }
        snapshot.nearest = Nearest::new(snapshot.live_lots());
        for token in &rows.tokens {
            snapshot.note_expiry(token.expires_at, now);
            let live = token.expires_at.is_none_or(|expiry| now < expiry);
            match Principal::of_token(token) {
                Ok(holder) if live => {
                    snapshot.tokens.insert(token.sha256.clone(), holder);
                }
                Ok(_) => {}
                Err(error) => tracing::error!(token = token.id, %error, "a token is left out"),
            }
        }
        for row in &rows.credentials {
            snapshot.standards.entry(row.provider.clone()).or_default().insert(row.standard.clone());
        }
        snapshot.credentials.clone_from(&rows.credentials);
        snapshot.index_accounts(rows, key, now, before);
        snapshot
    }

    fn index_accounts(
        &mut self,
        rows: &RegistryRows,
        key: &MasterKey,
        now: Timestamp,
        before: Option<&Self>,
    ) {
        let mut newest_first: Vec<_> = rows.credentials.iter().collect();
        newest_first.sort_by(|a, b| (b.issued_at, &b.id).cmp(&(a.issued_at, &a.id)));
        let mut accounts: HashMap<(String, String), Account> = HashMap::new();
        for row in newest_first {
            self.note_expiry(row.expires_at, now);
            if row.expires_at.is_some_and(|expiry| expiry <= now) {
                continue;
            }
            let sealed = (secrets::bound_to(row), row.sealed.clone());
            let known = before.and_then(|before| before.prepared.get(&sealed).cloned());
            let Some(credential) = known.or_else(|| prepare(row, key)) else { continue };
            self.prepared.insert(sealed, Arc::clone(&credential));
            let name = (row.standard.clone(), row.account.clone());
            // Newest first: the last one that comes is the oldest.
            self.valid_since.insert(name.clone(), row.issued_at);
            accounts
                .entry(name)
                .or_insert_with(|| Account {
                    provider: row.provider.clone(),
                    name: row.account.clone(),
                    credentials: Vec::new(),
                })
                .credentials
                .push(credential);
        }
        self.accounts = accounts.into_iter().map(|(name, account)| (name, Arc::new(account))).collect();
    }

    fn note_expiry(&mut self, expiry: Option<Timestamp>, now: Timestamp) {
        if let Some(expiry) = expiry.filter(|expiry| *expiry > now) {
            self.next_expiry = Some(self.next_expiry.map_or(expiry, |next| next.min(expiry)));
        }
    }

    /// The account of that name under that standard.
    pub(crate) fn account(&self, standard: &str, name: &str) -> Option<Arc<Account>> {
        self.accounts.get(&(standard.to_owned(), name.to_owned())).cloned()
    }

    /// Since when the account's oldest valid credential is known: whoever logged in before that did so with one that
    /// is valid no more.
    pub(crate) fn valid_since(&self, standard: &str, name: &str) -> Option<Timestamp> {
        self.valid_since.get(&(standard.to_owned(), name.to_owned())).copied()
    }

    /// Who holds this token.
    pub(crate) fn holder(&self, token: &str) -> Option<&Principal> {
        self.tokens.get(&token_digest(token))
    }

    /// Whether any lot is on trial.
    pub(crate) fn has_trials(&self) -> bool {
        self.trials > 0
    }

    /// The lots that are shown to the public and counted, in the codes' order.
    pub(crate) fn live_lots(&self) -> impl Iterator<Item = &Arc<Lot>> {
        self.lots.values().filter(|lot| lot.is_live())
    }

    /// The lots that are shown to the public and have said where they are, by where that is.
    pub(crate) fn nearest(&self) -> &Nearest {
        &self.nearest
    }

    /// The lot of that code, if it is shown to the public.
    pub(crate) fn live_lot(&self, code: &LotCode) -> Option<&Arc<Lot>> {
        self.lots.get(code).filter(|lot| lot.is_live())
    }

    /// The lots that report by a provider, in the codes' order.
    pub(crate) fn lots_of(&self, provider: &ProviderCode) -> &[Arc<Lot>] {
        self.lots_by_provider.get(provider).map(Vec::as_slice).unwrap_or_default()
    }

    /// The standards that a provider has keys of.
    pub(crate) fn standards_of(&self, provider: &ProviderCode) -> impl Iterator<Item = &String> {
        self.standards.get(provider).into_iter().flatten()
    }

    /// How many lots of a provider have no operator behind them.
    pub(crate) fn self_described(&self, provider: &ProviderCode) -> usize {
        self.self_described.get(provider).copied().unwrap_or_default()
    }

    /// The lots that a standard calls `id`: one alone, but where lots number themselves.
    pub fn lots_by_id(&self, standard: &str, id: &str) -> &[Arc<Lot>] {
        let called = self.lots_by_id.get(&(standard.to_owned(), id.to_owned()));
        called.map(Vec::as_slice).unwrap_or_default()
    }
}

fn prepare(row: &CredentialRow, key: &MasterKey) -> Option<Arc<dyn Credential>> {
    let opened = secrets::open(key, row).map_err(|error| error.to_string());
    let prepared = opened.and_then(|bytes| {
        let fields: Fields = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        let standard = bowei_standards::by_name(&row.standard)
            .ok_or_else(|| format!("this version knows no standard {:?}", row.standard))?;
        standard.credential(&fields).map_err(|error| error.to_string())
    });
    prepared.map_err(|error| tracing::error!(account = row.account, %error, "a credential is left out")).ok()
}
