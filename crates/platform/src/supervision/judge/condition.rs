//! Conditions as the store has them.

use crate::supervision::cases;
use bowei_encoding::hex;
use bowei_model::supervision::{
    CaseKey, Condition, ConditionState, Handling, HandlingState, VendorMember, VendorWide,
};
use bowei_model::{FindingKind, Lot, moment};
use bowei_store::{CaseRow, ConditionRow, HeardHour, StoreError};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The fault is there.
pub(crate) const HOLDS: &str = "holds";
/// It is not, or nothing was heard of it for the rule's quiet time.
pub(crate) const QUIET: &str = "quiet";

/// Minutes of one absence of the platform's that explain anything: a restart does not.
const AWAY_MINUTES: i64 = 5;

/// What a case is known by: what its findings share, and which of such cases it is. The same at every node.
pub(crate) fn case_id(of: &str, rule: &str, cause: &str, ordinal: u32) -> String {
    let mut identity = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in [of, rule, cause, &ordinal.to_string()] {
        identity.update(format!("{}\n{part}", part.len()).as_bytes());
    }
    hex(identity.finish().as_ref().get(..8).unwrap_or_default())
}

fn name(state: ConditionState) -> String {
    match state {
        ConditionState::Holds => HOLDS,
        ConditionState::Quiet => QUIET,
    }
    .to_owned()
}

/// A condition of a lot's case.
pub(super) fn row(lot: &Lot, kind: FindingKind, cause: &str, condition: &Condition) -> ConditionRow {
    ConditionRow {
        id: case_id(&format!("lot:{}", lot.code), kind.name(), cause, condition.ordinal),
        lot: Some(lot.code.clone()),
        rule: kind.name().to_owned(),
        cause: cause.to_owned(),
        ordinal: condition.ordinal.into(),
        parent: None,
        provider: Some(lot.provider.clone()),
        district: lot.district.clone(),
        vendor: lot.vendor.clone().unwrap_or_default(),
        condition: name(condition.state),
        inhibited: condition.inhibited,
        count: i64::try_from(condition.count).unwrap_or(i64::MAX),
        first_at: condition.first_at,
        last_at: condition.last_at,
        opened_at: condition.opened_at,
        condition_doc: format!("{{\"relapses\":{}}}", condition.relapses),
    }
}

/// The case after its fault came back, where it was closed.
pub(super) fn relapsed(
    case: &CaseRow,
    after: &ConditionRow,
    now: Timestamp,
) -> Result<Option<CaseRow>, StoreError> {
    if case.state != HandlingState::Closed.name() || after.condition != HOLDS {
        return Ok(None);
    }
    let handling: Handling = cases::handling(case)?;
    let condition = Condition {
        ordinal: u32::try_from(after.ordinal).unwrap_or(1),
        state: ConditionState::Holds,
        inhibited: after.inhibited,
        count: u64::try_from(after.count).unwrap_or(0),
        relapses: 0,
        first_at: after.first_at,
        opened_at: after.opened_at,
        last_at: after.last_at,
    };
    let next = handling.relapse(&condition, now);
    next.map(|next| cases::handled(case, &next)).transpose()
}

/// A case as one that may be part of a vendor's.
pub(super) fn member(case: &CaseRow) -> Option<VendorMember> {
    let row = &case.condition;
    Some(VendorMember {
        key: CaseKey {
            lot: row.lot.clone()?,
            kind: FindingKind::from_name(&row.rule)?,
            cause: row.cause.clone(),
        },
        vendor: row.vendor.clone(),
        opened_at: row.opened_at,
    })
}

/// Whether a case is part of a vendor's fault.
pub(super) fn is_of(case: &CaseRow, wide: &VendorWide) -> bool {
    let row = &case.condition;
    row.vendor == wide.vendor
        && row.rule == wide.kind.name()
        && row.cause == wide.cause
        && row.lot.as_ref().is_some_and(|lot| wide.lots.contains(lot))
}

/// The case above those of a vendor's lots.
pub(super) fn parent(wide: &VendorWide, children: &[&CaseRow]) -> ConditionRow {
    let rows = || children.iter().map(|child| &child.condition);
    // A prefix that all of them share: who is bounded by a district sees what lies in it.
    let district = rows().map(|row| row.district.as_str()).reduce(common).unwrap_or_default();
    ConditionRow {
        id: case_id(&format!("vendor:{}", wide.vendor), wide.kind.name(), &wide.cause, 1),
        lot: None,
        rule: wide.kind.name().to_owned(),
        cause: wide.cause.clone(),
        ordinal: 1,
        parent: None,
        provider: None,
        district: district.to_owned(),
        vendor: wide.vendor.clone(),
        condition: HOLDS.to_owned(),
        inhibited: rows().all(|row| row.inhibited),
        count: rows().map(|row| row.count).sum(),
        first_at: rows().map(|row| row.first_at).min().unwrap_or(wide.opened_at),
        last_at: rows().map(|row| row.last_at).max().unwrap_or(wide.opened_at),
        opened_at: wide.opened_at,
        condition_doc: "{\"relapses\":0}".to_owned(),
    }
}

fn common<'a>(one: &'a str, other: &'a str) -> &'a str {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    one.get(..same).unwrap_or_default()
}

/// When a minute since 1970, by the wall clock, begins.
fn starts(minute: i64) -> Option<Timestamp> {
    moment::from_wall_seconds(minute.checked_mul(60)?)
}

/// The absences that the platform's signs of life leave between the first of them and the hour `to`.
pub(super) fn absences(heard: &[HeardHour], to: i64) -> Vec<(Timestamp, Timestamp)> {
    let Some(first) = heard.iter().map(|hour| hour.hour).min() else { return Vec::new() };
    let by_hour: BTreeMap<_, _> = heard.iter().map(|hour| (hour.hour, hour.minutes)).collect();
    let mut found = Vec::new();
    let mut begun: Option<i64> = None;
    let mut has_begun = false;
    for minute in first * 60..to * 60 {
        let bits = by_hour.get(&minute.div_euclid(60)).copied().unwrap_or(0);
        let is_heard = bits >> minute.rem_euclid(60) & 1 == 1;
        has_begun |= is_heard;
        match (is_heard, begun) {
            (false, None) if has_begun => begun = Some(minute),
            (true, Some(from)) => {
                found.push((from, minute));
                begun = None;
            }
            _ => {}
        }
    }
    found.extend(begun.map(|from| (from, to * 60)));
    let long = found.into_iter().filter(|(from, to)| to - from >= AWAY_MINUTES);
    long.filter_map(|(from, to)| Some((starts(from)?, starts(to)?))).collect()
}
