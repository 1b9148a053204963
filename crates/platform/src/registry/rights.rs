//! Who may say what of which lot: a provider everything of its own lots; others what they were let in for, and nothing
//! beside it.

use super::{Snapshot, ids};
use bowei_encoding::sha256_hex;
use bowei_model::{Lot, LotCode, LotKind, ProviderCode, Report};
use bowei_standards::platform_side::{LotAccess, LotLookup, TooManyLots};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::Arc;

/// The longest code of a lot.
const CODE_MAX: usize = 64;

/// Whether a provider may say this of the lot that it is about. `parties` and `off_peak_parties` are let in for their
/// own messages alone, whatever other standards they have accounts in.
pub(crate) fn may_say(provider: &ProviderCode, report: &Report, lot: &Lot) -> bool {
    lot.provider == *provider
        || match report {
            // Without parties, any charging operator.
            Report::ChargingRecord(_) => lot.parties.is_empty() || lot.parties.contains(provider),
            Report::OffPeakPackage(_) | Report::OffPeakOrder(_) => lot.off_peak_parties.contains(provider),
            _ => false,
        }
}

/// The lots as one speaker sees them, for one message.
pub(crate) struct AccountBook {
    snapshot: Arc<Snapshot>,
    provider: ProviderCode,
    standard: &'static str,
    /// Whether the standard is that of a trade beside the lots' own: its accounts speak of any lot that has an id in it
    /// and names no parties, and of those that name them as a party.
    of_a_trade: bool,
    /// How many lots of the provider may be that no operator stands behind.
    self_described_max: usize,
    /// The ids of lots that come into being by this message.
    new: Mutex<HashSet<String>>,
}

impl AccountBook {
    /// The book of a provider that speaks under `standard`.
    pub(crate) fn new(
        snapshot: Arc<Snapshot>,
        provider: ProviderCode,
        standard: &dyn bowei_standards::Standard,
        self_described_max: usize,
    ) -> Self {
        let (of_a_trade, standard) = (standard.speaks_of_any_lot(), standard.card().name);
        Self { snapshot, provider, standard, of_a_trade, self_described_max, new: Mutex::default() }
    }

    fn granted(&self, id: &str, may_speak_of: impl Fn(&Lot) -> bool) -> LotAccess {
        let called = self.snapshot.lots_by_id(self.standard, id);
        match called.iter().find(|lot| may_speak_of(lot)) {
            Some(lot) => LotAccess::Granted(lot.code.clone()),
            None if called.is_empty() => LotAccess::Unknown,
            None => LotAccess::Denied,
        }
    }
}

impl LotLookup for AccountBook {
    fn lot(&self, id: &str) -> LotAccess {
        self.granted(id, |lot| {
            lot.provider == self.provider
                || (self.of_a_trade && (lot.parties.is_empty() || lot.parties.contains(&self.provider)))
        })
    }

    fn off_peak_lot(&self, id: &str) -> LotAccess {
        match self.lot(id) {
            LotAccess::Granted(code) => LotAccess::Granted(code),
            _ => self.granted(id, |lot| lot.off_peak_parties.contains(&self.provider)),
        }
    }

    fn kind(&self, lot: &LotCode) -> Option<LotKind> {
        self.snapshot.lots.get(lot).map(|lot| lot.kind)
    }

    fn code_for_new_lot(&self, id: &str) -> LotCode {
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

    fn new_lot(&self, id: &str) -> Result<LotCode, TooManyLots> {
        let mut new = self.new.lock();
        new.insert(id.to_owned());
        if self.snapshot.self_described(&self.provider) + new.len() > self.self_described_max {
            return Err(TooManyLots { max: self.self_described_max });
        }
        Ok(self.code_for_new_lot(id))
    }
}
