//! What lots say of themselves, taken into the registry: a lot is created, changed or closed by its own words. The
//! word said last counts; one that comes late changes nothing.

use super::{Registry, Snapshot};
use bowei_model::{Closure, Lot, LotCode, LotKind, LotProfile, ProviderCode, Report, SpaceCount, Statement};
use bowei_store::{RegistryChange, StoreError};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How often a change is worked out anew because another node has changed the registry meanwhile.
const TRIES_MAX: usize = 20;

impl Registry {
    /// Takes in what lots say of themselves. On return it is durable, and the snapshot has it.
    pub async fn describe(&self, statements: &[Statement]) -> Result<(), StoreError> {
        // Most words say nothing of the lot itself, or what is known: the same base data every night.
        if changed(&self.snapshot(), statements).is_empty() {
            return Ok(());
        }
        // One at a time, each on the registry as the one before left it; and as other nodes left it, who may be faster.
        let _turn = self.describing.lock().await;
        for _ in 0..TRIES_MAX {
            self.refresh().await?;
            let snapshot = self.snapshot();
            let lots: Vec<_> = changed(&snapshot, statements).into_values().collect();
            if lots.is_empty() {
                return Ok(());
            }
            let based_on = Some(snapshot.version);
            let change = RegistryChange { based_on, lots, ..RegistryChange::default() };
            match self.store().change_registry(change).await {
                Err(StoreError::Outdated { .. }) => {}
                changed => {
                    changed?;
                    self.refresh().await?;
                    return Ok(());
                }
            }
        }
        Err(StoreError::Contended("the registry: other nodes were always faster".to_owned()))
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
                (before, profiled(before, profile, statement))
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

fn profiled(known: Option<&Lot>, profile: &LotProfile, statement: &Statement) -> Option<Lot> {
    if known.is_some_and(|lot| is_old(lot, statement.effective_at())) {
        return None;
    }
    let mut lot = known.cloned().unwrap_or_else(|| blank(profile, &statement.standard, &statement.provider));
    let LotProfile { name, kind, district, address, position, spaces_total, charging_spaces, .. } = profile;
    lot.name = name.clone().unwrap_or(lot.name);
    lot.kind = kind.unwrap_or(lot.kind);
    lot.district = district.clone().unwrap_or(lot.district);
    lot.address = address.clone().unwrap_or(lot.address);
    lot.position = position.map(|exact| exact.0).or(lot.position);
    lot.spaces_total = spaces_total.unwrap_or(lot.spaces_total);
    lot.charging_spaces = charging_spaces.unwrap_or(lot.charging_spaces);
    lot.tariff = profile.tariff.clone().or(lot.tariff);
    lot.closed = !profile.in_service.unwrap_or(!lot.closed);
    lot.described_at = Some(statement.effective_at());
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

/// A lot of which nothing is known but that it speaks.
fn blank(profile: &LotProfile, standard: &str, provider: &ProviderCode) -> Lot {
    Lot {
        name: profile.lot_id.clone(),
        ids: BTreeMap::from([(standard.to_owned(), profile.lot_id.clone())]),
        ..Lot::new(profile.lot.clone(), provider.clone(), LotKind::OffStreet)
    }
}
