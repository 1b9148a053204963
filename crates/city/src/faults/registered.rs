//! Lots that are registered wrongly.

use super::injected::InjectedFault;
use crate::plan::CityPlan;
use bowei_model::FindingKind;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// So far from where it is, a lot lies in no district of the city.
const ASTRAY_DEGREES: f64 = 2.0;

/// Registers one lot without its address and another outside its district. For whoever injects faults over a span: neither is
/// mended in it.
pub fn misregister(plan: &mut CityPlan, from: Timestamp, to: Timestamp) -> Vec<InjectedFault> {
    // Of the last ones: lots of these standards say nothing of themselves, so that what is registered stands.
    let silent = |lot: &&mut Arc<crate::plan::CityLot>| matches!(lot.standard, "huzhou" | "ningbo");
    let kinds = [FindingKind::BaseDataIncomplete, FindingKind::BaseDataContradictory];
    let mut injected = Vec::new();
    for (kind, lot) in kinds.into_iter().zip(plan.lots.iter_mut().rev().filter(silent)) {
        let changed = Arc::make_mut(lot);
        match kind {
            FindingKind::BaseDataIncomplete => changed.address.clear(),
            _ => changed.longitude -= ASTRAY_DEGREES,
        }
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
            certain: true,
            also: BTreeSet::new(),
        });
    }
    injected
}
