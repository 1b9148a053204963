//! What lots say of themselves, taken into the registry: a lot is created, changed or closed by its own words. The
//! word said last counts; one that comes late changes nothing.
//!
//! A lot comes into being *before* the message that describes it is kept, with its id looked up where the change is
//! made: of two who describe one lot at once, one is told success. All later words are worked in after they are kept.

use super::{Registry, Snapshot, new_lots};
use bowei_model::{Closure, Lot, LotCode, LotProfile, Report, SpaceCount, Statement};
use bowei_store::StoreError;
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Registry {
    /// Has the lots that come into being by these statements in the registry. Where somebody else has taken a lot's id
    /// meanwhile, or the provider has as many as it may, nothing comes into being, and the message is to be said again:
    /// it is then refused in words.
    pub async fn admit(&self, statements: &[Statement]) -> Result<(), StoreError> {
        let snapshot = self.snapshot();
        let is_new = |statement: &Statement| match &statement.report {
            Report::Lot(profile) => !snapshot.lots.contains_key(&profile.lot),
            _ => false,
        };
        if !statements.iter().any(is_new) {
            return Ok(());
        }
        self.change_lots(|snapshot| new_lots::of(snapshot, statements, &self.lots)).await
    }

    /// Takes in what lots say of themselves. On return it is durable, and the snapshot has it.
    pub async fn describe(&self, statements: &[Statement]) -> Result<(), StoreError> {
        // Most words say nothing of the lot itself, or what is known: the same base data every night.
        if changed(&self.snapshot(), statements).is_empty() {
            return Ok(());
        }
        self.change_lots(|snapshot| Ok(changed(snapshot, statements).into_values().collect())).await
    }
}

/// The lots that are other after these statements than in `snapshot`.
fn changed(snapshot: &Snapshot, statements: &[Statement]) -> BTreeMap<LotCode, Lot> {
    let mut lots: BTreeMap<LotCode, Lot> = BTreeMap::new();
    for statement in statements {
        let known = |code| lots.get(code).or_else(|| snapshot.lots.get(code).map(AsRef::as_ref));
        let (before, after) = match &statement.report {
            Report::Lot(profile) => {
                let before = known(&profile.lot);
                (before, before.and_then(|lot| profiled(lot, profile, statement.effective_at())))
            }
            Report::LotClosed(Closure { lot }) => {
                let before = known(lot);
                (before, before.and_then(|lot| closed(lot, statement.effective_at())))
            }
            Report::SpaceCount(count) if count.total.is_some() => {
                let before = known(&count.lot);
                (before, before.and_then(|lot| recounted(lot, count)))
            }
            _ => continue,
        };
        if let Some(after) = after.filter(|after| Some(after) != before) {
            lots.insert(after.code.clone(), after);
        }
    }
    lots
}

fn is_old(lot: &Lot, said_at: Timestamp) -> bool {
    lot.described_at.is_some_and(|described_at| described_at > said_at)
}

/// The lot with what it says of itself; `None` where it has said something later. A word never moves its district:
/// who may see a lot's past is not the lot's own to say.
pub(super) fn profiled(known: &Lot, profile: &LotProfile, said_at: Timestamp) -> Option<Lot> {
    if is_old(known, said_at) {
        return None;
    }
    let mut lot = known.clone();
    let LotProfile { name, kind, district, address, position, spaces_total, charging_spaces, .. } = profile;
    if lot.district.is_empty() {
        lot.district = district.clone().unwrap_or_default();
    }
    lot.name = name.clone().unwrap_or(lot.name);
    lot.kind = kind.unwrap_or(lot.kind);
    lot.address = address.clone().unwrap_or(lot.address);
    lot.position = position.map(|exact| exact.0).or(lot.position);
    lot.spaces_total = spaces_total.unwrap_or(lot.spaces_total);
    lot.charging_spaces = charging_spaces.unwrap_or(lot.charging_spaces);
    lot.tariff = profile.tariff.clone().or(lot.tariff);
    lot.closed = !profile.in_service.unwrap_or(!lot.closed);
    lot.described_at = Some(said_at);
    lot.details.extend(profile.details.clone());
    Some(lot)
}

fn closed(lot: &Lot, said_at: Timestamp) -> Option<Lot> {
    (!is_old(lot, said_at)).then(|| Lot { closed: true, described_at: Some(said_at), ..lot.clone() })
}

/// A count's total is base data where the lot describes itself and has no better place to say it, and where the
/// registry knows none; elsewhere the registry's own word stands, and the difference is a finding.
fn recounted(lot: &Lot, count: &SpaceCount) -> Option<Lot> {
    let total = u32::try_from(count.total?).ok()?;
    let said_by_the_lot_alone = lot.described_at.is_some() && !lot.details.contains_key("totalSpaces");
    (lot.spaces_total == 0 || said_by_the_lot_alone).then(|| Lot { spaces_total: total, ..lot.clone() })
}
