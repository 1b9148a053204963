//! Lots that come into being by their own word: whose they are, where they lie, and whether they wait for an operator.

use super::profile::profiled;
use super::{Snapshot, ids};
use crate::config::{LotsConfig, SelfDescribedLots};
use bowei_model::{Lot, LotCode, LotKind, LotProfile, Position, ProviderCode, Report, Standing, Statement};
use bowei_store::{NewStatement, StoreError};
use std::collections::{BTreeMap, HashMap};

/// How far the lot may lie whose district a new one is taken to share: beyond it, a city's districts are other ones.
const NEAR_M: f64 = 20_000.0;
/// The same in degrees of latitude, of which a kilometre is a hundredth and a little less: what lies further is not
/// measured.
const NEAR_DEGREES: f64 = 0.2;

/// The lots that are new in these statements, if all of them may be.
pub(super) fn of(
    snapshot: &Snapshot,
    statements: &[NewStatement],
    config: &LotsConfig,
) -> Result<Vec<Lot>, StoreError> {
    let mut lots: BTreeMap<LotCode, Lot> = BTreeMap::new();
    for NewStatement { statement, .. } in statements {
        let Report::Lot(profile) = &statement.report else { continue };
        if let Some(known) = snapshot.lots.get(&profile.lot) {
            owned(known, statement)?;
            continue;
        }
        let lot = match lots.remove(&profile.lot) {
            Some(lot) => lot,
            None => blank(snapshot, profile, statement, config)?,
        };
        let described = profiled(&lot, profile, statement.effective_at());
        lots.insert(profile.lot.clone(), described.unwrap_or(lot));
    }
    let mut new: HashMap<&ProviderCode, usize> = HashMap::new();
    for lot in lots.values() {
        let new = new.entry(&lot.provider).or_default();
        *new += 1;
        if snapshot.self_described(&lot.provider) + *new > config.self_described_max {
            return Err(StoreError::Contended(format!("{} has as many lots as it may", lot.provider)));
        }
    }
    Ok(lots.into_values().collect())
}

/// Refuses a lot that has become somebody else's since the message was read.
fn owned(known: &Lot, statement: &Statement) -> Result<(), StoreError> {
    if known.provider == statement.provider {
        return Ok(());
    }
    Err(StoreError::Contended(format!("{} is {}'s", known.code, known.provider)))
}

/// A lot of which nothing is known but that it speaks, and where it is taken to lie.
fn blank(
    snapshot: &Snapshot,
    profile: &LotProfile,
    statement: &Statement,
    config: &LotsConfig,
) -> Result<Lot, StoreError> {
    let Statement { standard, provider, .. } = statement;
    let called = snapshot.lots_by_id(standard, &profile.lot_id);
    if let Some(taken) = called.iter().find(|lot| !ids::are_own(standard) || lot.provider == *provider) {
        return Err(StoreError::Contended(format!("{} is called {} already", taken.code, profile.lot_id)));
    }
    let standing = match config.self_described {
        SelfDescribedLots::Approve => Standing::Waiting,
        SelfDescribedLots::AtOnce => Standing::SelfDescribed,
    };
    Ok(Lot {
        name: profile.lot_id.clone(),
        ids: BTreeMap::from([(standard.clone(), profile.lot_id.clone())]),
        district: district(snapshot, profile, provider).unwrap_or_else(|| config.district.clone()),
        standing,
        ..Lot::new(profile.lot.clone(), provider.clone(), LotKind::OffStreet)
    })
}

/// Where a new lot lies: as it says itself; else as the nearest lot does, if one is near; else as most of its provider's
/// lots do. Only lots that an operator stands behind tell: what anybody may invent must not say who sees what.
fn district(snapshot: &Snapshot, profile: &LotProfile, provider: &ProviderCode) -> Option<String> {
    let told =
        || snapshot.lots.values().filter(|lot| lot.standing.is_of_an_operator() && !lot.district.is_empty());
    let near = |here: Position| {
        let metres = told().filter_map(|lot| {
            let there = lot.position?;
            let measured = (there.latitude - here.latitude).abs() <= NEAR_DEGREES;
            measured.then(|| (here.metres_to(there), &lot.district))
        });
        let nearest = metres.min_by(|(a, _), (b, _)| a.total_cmp(b));
        nearest.filter(|(metres, _)| *metres <= NEAR_M).map(|(_, district)| district.clone())
    };
    let of_most = || {
        let mut lots: BTreeMap<&str, usize> = BTreeMap::new();
        for lot in told().filter(|lot| lot.provider == *provider) {
            *lots.entry(&lot.district).or_default() += 1;
        }
        lots.into_iter().max_by_key(|(_, lots)| *lots).map(|(district, _)| district.to_owned())
    };
    profile.district.clone().or_else(|| profile.position.and_then(|here| near(here.0))).or_else(of_most)
}
