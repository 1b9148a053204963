//! The registry in memory, indexed the ways that requests ask.

use super::ids;
use super::seal::MasterKey;
use super::token::{Holder, token_digest};
use bowei_model::{Lot, LotCode, LotKind, ProviderCode};
use bowei_standards::platform_side::{Account, Credential, Fields, LotAnswer, LotBook};
use bowei_standards::shared::encoding::sha256_hex;
use bowei_store::{CredentialRow, ProviderRow, RegistryRows};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
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
    accounts: HashMap<(String, String), Arc<Account>>,
    /// Since when the oldest credential of an account that is still valid was.
    valid_since: HashMap<(String, String), Timestamp>,
    prepared: HashMap<String, Arc<dyn Credential>>,
    tokens: HashMap<Vec<u8>, Arc<Holder>>,
}

/// What a credential is bound to when it is sealed.
pub(super) fn sealed_for(standard: &str, id: &str) -> String {
    format!("{standard}/{id}")
}

impl Snapshot {
    /// Indexes the rows. Keys already prepared in `before` are not prepared again: parsing an RSA key costs more
    /// than everything else here. A credential that does not open is left out, and said so: one spoilt row must
    /// not silence a city.
    pub fn new(rows: &RegistryRows, key: &MasterKey, now: Timestamp, before: Option<&Self>) -> Self {
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
            snapshot.lots.insert(lot.code.clone(), lot);
        }
        for token in &rows.tokens {
            snapshot.note_expiry(token.expires_at, now);
            let live = token.expires_at.is_none_or(|expiry| now < expiry);
            match token.role.parse() {
                Ok(role) if live => {
                    let holder = Holder { id: token.id.clone(), role, district: token.district.clone() };
                    snapshot.tokens.insert(token.sha256.clone(), Arc::new(holder));
                }
                Ok(_) => {}
                Err(error) => tracing::error!(token = token.id, %error, "a token is left out"),
            }
        }
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
            let known = before.and_then(|before| before.prepared.get(&row.id).cloned());
            let Some(credential) = known.or_else(|| prepare(row, key)) else { continue };
            self.prepared.insert(row.id.clone(), Arc::clone(&credential));
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
    pub fn account(&self, standard: &str, name: &str) -> Option<Arc<Account>> {
        self.accounts.get(&(standard.to_owned(), name.to_owned())).cloned()
    }

    /// Since when the account's oldest valid credential is known: whoever logged in before that did so with one that
    /// is valid no more.
    pub fn valid_since(&self, standard: &str, name: &str) -> Option<Timestamp> {
        self.valid_since.get(&(standard.to_owned(), name.to_owned())).copied()
    }

    /// Who holds this token.
    pub fn holder(&self, token: &str) -> Option<Arc<Holder>> {
        self.tokens.get(&token_digest(token)).cloned()
    }

    /// The lots that a standard calls `id`: one alone, but where lots number themselves.
    pub fn lots_by_id(&self, standard: &str, id: &str) -> &[Arc<Lot>] {
        let called = self.lots_by_id.get(&(standard.to_owned(), id.to_owned()));
        called.map(Vec::as_slice).unwrap_or_default()
    }
}

fn prepare(row: &CredentialRow, key: &MasterKey) -> Option<Arc<dyn Credential>> {
    let what = sealed_for(&row.standard, &row.id);
    let opened = key.open(&what, &row.sealed).map_err(|error| error.to_string());
    let prepared = opened.and_then(|bytes| {
        let fields: Fields = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        let standard = bowei_standards::by_name(&row.standard)
            .ok_or_else(|| format!("this version knows no standard {:?}", row.standard))?;
        standard.credential(&fields).map_err(|error| error.to_string())
    });
    prepared.map_err(|error| tracing::error!(account = row.account, %error, "a credential is left out")).ok()
}

/// The longest code of a lot.
const CODE_MAX: usize = 64;

/// The lots as one speaker sees them.
pub struct AccountBook {
    /// The registry.
    pub snapshot: Arc<Snapshot>,
    /// Who speaks.
    pub provider: ProviderCode,
    /// Under which standard.
    pub standard: &'static str,
    /// Whether the standard's accounts speak of any lot that has an id in it and names no parties.
    pub of_any_lot: bool,
}

impl AccountBook {
    fn granted(&self, id: &str, may_speak_of: impl Fn(&Lot) -> bool) -> LotAnswer {
        let called = self.snapshot.lots_by_id(self.standard, id);
        match called.iter().find(|lot| may_speak_of(lot)) {
            Some(lot) => LotAnswer::Yours(lot.code.clone()),
            None if called.is_empty() => LotAnswer::Unknown,
            None => LotAnswer::NotYours,
        }
    }
}

impl LotBook for AccountBook {
    fn lot(&self, id: &str) -> LotAnswer {
        self.granted(id, |lot| {
            lot.provider == self.provider
                || lot.parties.contains(&self.provider)
                || (self.of_any_lot && lot.parties.is_empty())
        })
    }

    fn off_peak_lot(&self, id: &str) -> LotAnswer {
        match self.lot(id) {
            LotAnswer::Yours(code) => LotAnswer::Yours(code),
            _ => self.granted(id, |lot| lot.off_peak_parties.contains(&self.provider)),
        }
    }

    fn kind(&self, lot: &LotCode) -> Option<LotKind> {
        self.snapshot.lots.get(lot).map(|lot| lot.kind)
    }

    fn lot_to_be(&self, id: &str) -> LotCode {
        let free = |code: &LotCode| !self.snapshot.lots.contains_key(code);
        let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        // An id has no dot, so that what stands before the last one is the provider: where providers choose alike, a
        // code is one's alone, before its lot is registered too.
        let readable = LotCode::from(if ids::are_own(self.standard) {
            format!("{}-{}.{id}", self.standard, self.provider)
        } else {
            format!("{}-{id}", self.standard)
        });
        if plain && readable.as_str().len() <= CODE_MAX && free(&readable) {
            return readable;
        }
        // Ids have characters that codes have not, and two providers may choose the same.
        let digest = sha256_hex(format!("{}\n{}\n{id}", self.standard, self.provider).as_bytes());
        let code: String = digest.chars().take(24).collect();
        LotCode::from(format!("{}-{code}", self.standard))
    }
}
