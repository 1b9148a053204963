//! Rules about base data (基础信息, article 5): what is missing, what contradicts itself, what was not reported in time. Each
//! holds of the day as a whole, for as long as it is so.

use super::super::day::Day;
use super::Found;
use crate::finding::BaseDataItem;
use crate::{Facts, Lot, Position, district};
use jiff::SignedDuration;

/// Every required item.
pub(in super::super) const ITEMS: [BaseDataItem; 9] = [
    BaseDataItem::Name,
    BaseDataItem::Code,
    BaseDataItem::Category,
    BaseDataItem::District,
    BaseDataItem::Address,
    BaseDataItem::Position,
    BaseDataItem::SpacesTotal,
    BaseDataItem::ChargingSpaces,
    BaseDataItem::Tariff,
];

/// Whether an item is there. A lot without chargers has said so with 0.
fn is_there(lot: &Lot, item: BaseDataItem) -> bool {
    let is_given = |text: &str| !text.trim().is_empty();
    match item {
        BaseDataItem::Name => is_given(&lot.name),
        BaseDataItem::Code => is_given(lot.code.as_str()),
        BaseDataItem::Category => lot.category.is_some(),
        BaseDataItem::District => district::is_code(&lot.district),
        BaseDataItem::Address => is_given(&lot.address),
        BaseDataItem::Position => lot.position.is_some(),
        BaseDataItem::SpacesTotal => lot.spaces_total > 0,
        BaseDataItem::ChargingSpaces => true,
        BaseDataItem::Tariff => lot.tariff.as_deref().is_some_and(is_given),
    }
}

/// Everything that is wrong with the base data, with the item.
pub(in super::super) fn faults(day: &Day<'_>) -> Vec<(BaseDataItem, Facts)> {
    let (lot, known, settings) = (&day.evidence.lot, &day.evidence.base_data, &day.rules.base_data);
    let missing = ITEMS.into_iter().filter(|item| !is_there(lot, *item));
    let mut faults: Vec<_> = missing.map(|item| (item, Facts::BaseDataMissing { item })).collect();
    let (charging, total) = (lot.charging_spaces, lot.spaces_total);
    if total > 0 && charging > total {
        faults.push((BaseDataItem::ChargingSpaces, Facts::ChargingSpacesExceedTotal { charging, total }));
    }
    if let Some(metres) = known.metres_outside.filter(|metres| *metres > u64::from(settings.outside_max_m)) {
        let district = lot.district.clone();
        faults.push((BaseDataItem::Position, Facts::OutsideDistrict { district, metres }));
    }
    if let Some(received) = known.reported_total.filter(|_| total > 0) {
        let expected = i64::from(total);
        if received.saturating_sub(expected).saturating_abs() as f64
            > f64::from(total) * settings.total_percent / 100.0
        {
            faults.push((BaseDataItem::SpacesTotal, Facts::TotalMismatch { expected, received }));
        }
    }
    faults
}

/// A change that was due by the end of what is known of the day, and had not been reported when it began.
pub(in super::super) fn late(day: &Day<'_>) -> Option<Facts> {
    let (known, within_hours) = (&day.evidence.base_data, day.rules.base_data.change_within_hours);
    let changed_at = known.changed_at?;
    let due = changed_at.checked_add(SignedDuration::from_hours(i64::from(within_hours))).ok()?;
    let reported_at = known.reported_at.filter(|reported_at| *reported_at >= changed_at);
    let is_late = due <= day.upto && reported_at.is_none_or(|at| at > due && at >= day.start);
    is_late.then_some(Facts::BaseDataLate { changed_at, within_hours })
}

pub(super) fn base_data(day: &Day<'_>) -> Vec<Found> {
    let of_items = faults(day).into_iter().map(|(item, facts)| (item.name(), facts));
    let all = of_items.chain(late(day).map(|facts| ("", facts)));
    all.map(|(item, facts)| Found::of_day(item, day.start, day.start, facts)).collect()
}

/// How many metres outside its district a lot lies, by the other lots of the district: beyond twice the distance within
/// which nine in ten of them lie from their middle. `None` inside, or where too few are known to tell.
pub fn metres_outside(position: Position, others: &[Position]) -> Option<u64> {
    /// Of fewer lots nobody can tell where a district ends.
    const OTHERS_MIN: usize = 8;
    /// A town's lots lie close together, and its outskirts are no other district.
    const RADIUS_MIN_M: f64 = 5_000.0;
    if others.len() < OTHERS_MIN {
        return None;
    }
    let middle = |of: fn(&Position) -> f64| {
        let mut degrees: Vec<_> = others.iter().map(of).collect();
        degrees.sort_by(f64::total_cmp);
        degrees.get(degrees.len() / 2).copied()
    };
    let (longitude, latitude) = (middle(|at| at.longitude)?, middle(|at| at.latitude)?);
    let middle = Position { longitude, latitude };
    let mut distances: Vec<_> = others.iter().map(|other| middle.metres_to(*other)).collect();
    distances.sort_by(f64::total_cmp);
    let most = *distances.get(distances.len() * 9 / 10)?;
    let outside = middle.metres_to(position) - (2.0 * most).max(RADIUS_MIN_M);
    (outside > 0.0).then_some(outside as u64)
}
