//! What a lot's words on itself make of the lot.

use bowei_model::{Lot, LotProfile, SpaceCount};
use jiff::Timestamp;

fn is_old(lot: &Lot, sent_at: Timestamp) -> bool {
    lot.described_at.is_some_and(|described_at| described_at > sent_at)
}

/// The lot with what it says of itself; `None` where it has said something later. A word never moves its district:
/// who may see a lot's past is not the lot's own to say.
pub(super) fn profiled(known: &Lot, profile: &LotProfile, sent_at: Timestamp) -> Option<Lot> {
    if is_old(known, sent_at) {
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
    lot.described_at = Some(sent_at);
    lot.details.extend(profile.details.clone());
    Some(lot)
}

/// The lot, closed; `None` where it has said something later.
pub(super) fn closed(lot: &Lot, sent_at: Timestamp) -> Option<Lot> {
    (!is_old(lot, sent_at)).then(|| Lot { closed: true, described_at: Some(sent_at), ..lot.clone() })
}

/// A count's total is base data where the lot describes itself and has no better place to say it, and where the
/// registry knows none; elsewhere the registry's own word stands, and the difference is a finding.
pub(super) fn recounted(lot: &Lot, count: &SpaceCount) -> Option<Lot> {
    let total = u32::try_from(count.total?).ok()?;
    let said_by_the_lot_alone = lot.described_at.is_some() && !lot.details.contains_key("totalSpaces");
    (lot.spaces_total == 0 || said_by_the_lot_alone).then(|| Lot { spaces_total: total, ..lot.clone() })
}
