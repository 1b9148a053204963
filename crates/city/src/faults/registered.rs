//! Lots that are registered wrongly.

use super::injected::InjectedFault;
use crate::plan::{CityLot, CityPlan};
use bowei_model::FindingKind;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// So far from where it is, a lot lies in no district of the city.
const ASTRAY_DEGREES: f64 = 2.0;

/// Where a district is is known by so many other lots at least.
const DISTRICT_KNOWN_BY: usize = 8;

/// Registers one lot without its address and another outside its district. For whoever injects faults over a span: neither is
/// mended in it.
pub fn misregister(plan: &mut CityPlan, from: Timestamp, to: Timestamp) -> Vec<InjectedFault> {
    let kinds = [FindingKind::BaseDataIncomplete, FindingKind::BaseDataContradictory];
    // Lots of these standards say nothing of themselves, so that what is registered stands.
    let silent = |lot: &Arc<CityLot>| matches!(lot.standard, "huzhou" | "ningbo");
    let mut of_district: BTreeMap<String, usize> = BTreeMap::new();
    for lot in &plan.lots {
        *of_district.entry(lot.district.clone()).or_default() += 1;
    }
    let largest = of_district.into_iter().max_by_key(|(_, lots)| *lots);
    let (district, lots) = largest.unwrap_or_default();
    let mut injected = Vec::new();
    let fitting = plan.lots.iter_mut().rev().filter(|lot| silent(lot) && lot.district == district);
    for (kind, lot) in kinds.into_iter().zip(fitting) {
        let changed = Arc::make_mut(lot);
        match kind {
            FindingKind::BaseDataIncomplete => changed.address.clear(),
            _ => changed.longitude -= ASTRAY_DEGREES,
        }
        // Of a few lots nobody can tell where a district ends.
        let certain = kind == FindingKind::BaseDataIncomplete || lots > DISTRICT_KNOWN_BY;
        injected.push(InjectedFault {
            kind: Some(kind),
            lot: lot.code.clone(),
            from,
            to,
            effects_to: to,
            records: BTreeSet::new(),
            touched: BTreeSet::new(),
            at_edge: false,
            near_miss: false,
            certain,
            also: BTreeSet::new(),
        });
    }
    injected
}
