//! Faults of one vendor's software: the same rule and cause at several lots that share it, at about the same time.

use super::super::HandlingSettings;
use super::CaseKey;
use crate::{FindingKind, LotCode};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A case that may be part of a vendor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorMember {
    /// The case.
    pub key: CaseKey,
    /// The vendor of the lot's software.
    pub vendor: String,
    /// [`super::Condition::opened_at`].
    pub opened_at: Timestamp,
}

/// The same fault at several lots of one vendor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VendorWide {
    /// The vendor.
    pub vendor: String,
    /// The rule.
    pub kind: FindingKind,
    /// The cause.
    pub cause: String,
    /// When there were enough lots.
    pub opened_at: Timestamp,
    /// The lots.
    pub lots: BTreeSet<LotCode>,
}

/// The faults that enough lots of one vendor have within a time; other lots of the vendor with the same fault belong to it
/// too. The order of the cases does not matter.
pub fn vendor_wide(cases: &[VendorMember], settings: &HandlingSettings) -> Vec<VendorWide> {
    let mut groups = BTreeMap::<_, BTreeSet<(Timestamp, &LotCode)>>::new();
    for VendorMember { key, vendor, opened_at } in cases.iter().filter(|case| !case.vendor.is_empty()) {
        groups.entry((vendor, key.kind, &key.cause)).or_default().insert((*opened_at, &key.lot));
    }
    let within = SignedDuration::from_hours(i64::from(settings.vendor_hours));
    let wide = groups.into_iter().filter_map(|((vendor, kind, cause), opened)| {
        let opened: Vec<_> = opened.into_iter().collect();
        let mut from = 0;
        let mut counts = BTreeMap::<&LotCode, u32>::new();
        let opened_at = opened.iter().find_map(|(at, lot)| {
            *counts.entry(*lot).or_default() += 1;
            while let Some((first, lot)) = opened.get(from)
                && at.duration_since(*first) > within
            {
                from += 1;
                if let Some(count) = counts.get_mut(lot) {
                    *count -= 1;
                }
                counts.retain(|_, count| *count > 0);
            }
            (counts.len() >= settings.vendor_lots.max(2) as usize).then_some(*at)
        })?;
        let lots = opened.iter().map(|(_, lot)| (*lot).clone()).collect();
        Some(VendorWide { vendor: vendor.clone(), kind, cause: cause.clone(), opened_at, lots })
    });
    wide.collect()
}
