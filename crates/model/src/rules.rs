//! What intake doubts about a report that is well-formed: facts about the report, the lot and the moment alone.
//! Doubts that need the rest of the parking (an unmatched exit, a duration) are in [`crate::session`].

use crate::{Doubt, FindingKind, Lot, Passage, Report, SpaceCount, moment};
use jiff::{SignedDuration, Timestamp};

/// How far a lot's time may run ahead before it is doubted.
pub const FUTURE_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// How old a time may be before it is called late.
pub const LATE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What is doubtful about `report`, received at `received_at`, of `lot`.
pub fn doubts(report: &Report, lot: &Lot, received_at: Timestamp) -> Vec<Doubt> {
    match report {
        Report::Passage(passage) => of_passage(passage, lot, received_at),
        Report::SpaceCount(count) => of_count(count, lot, received_at),
        Report::ChargingRecord(record) => {
            time("结束时间", record.ended_at, received_at).into_iter().collect()
        }
        Report::CarsInside(cars) => time("清单时间", cars.at, received_at).into_iter().collect(),
        Report::Heartbeat(_)
        | Report::Photo(_)
        | Report::NamedPhoto(_)
        | Report::Lot(_)
        | Report::LotClosed(_)
        | Report::Gate(_)
        | Report::OffPeakPackage(_)
        | Report::OffPeakOrder(_) => Vec::new(),
    }
}

fn of_passage(passage: &Passage, lot: &Lot, received_at: Timestamp) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    if let Some(plate) = &passage.plate
        && plate.shape().is_none()
    {
        doubts.push(doubt(FindingKind::OddPlate, format!("车牌“{plate}”不符合 GA 36 的任何一种号牌样式")));
    }
    if let Some(vacant) = passage.vacant {
        doubts.extend(count("剩余空位", vacant, Some(i64::from(lot.spaces_total))));
    }
    doubts.extend(chargers(passage.charging_vacant, lot));
    doubts.extend(time("过车时间", passage.at, received_at));
    if passage.abnormal == Some(true) {
        let memo = passage.memo.as_deref().unwrap_or("未说明原因");
        doubts.push(doubt(FindingKind::ReportedAbnormal, format!("停车场标记为异常：{memo}")));
    }
    doubts
}

fn of_count(said: &SpaceCount, lot: &Lot, received_at: Timestamp) -> Vec<Doubt> {
    let total = said.total.unwrap_or(i64::from(lot.spaces_total));
    let parts = said.parts.unwrap_or_default();
    let left = [
        ("可预约剩余车位", parts.reservable_vacant),
        ("月卡剩余车位", parts.monthly_vacant),
        ("固定剩余车位", parts.fixed_vacant),
        ("临时剩余车位", parts.temporary_vacant),
    ];
    let mut doubts: Vec<_> = count("剩余空位", said.vacant, Some(total)).into_iter().collect();
    doubts.extend(chargers(said.charging_vacant, lot));
    doubts.extend(left.into_iter().filter_map(|(name, spaces)| count(name, spaces?, Some(total))));
    doubts.extend(time("计数时间", said.at, received_at));
    doubts
}

/// Of a lot whose chargers nobody has counted only fewer than none is doubted.
fn chargers(vacant: Option<i64>, lot: &Lot) -> Option<Doubt> {
    let total = Some(i64::from(lot.charging_spaces)).filter(|total| *total > 0);
    count("剩余充电车位", vacant?, total)
}

/// More free spaces of a kind than there are, or fewer than none.
fn count(name: &str, vacant: i64, total: Option<i64>) -> Option<Doubt> {
    let right = vacant >= 0 && total.is_none_or(|total| vacant <= total);
    let expected = match total {
        Some(total) => format!("在 0 与总数 {total} 之间"),
        None => "不小于 0".to_owned(),
    };
    (!right).then(|| doubt(FindingKind::RemainingExceedsTotal, format!("{name}应{expected}，收到 {vacant}")))
}

fn time(name: &str, at: Timestamp, received_at: Timestamp) -> Option<Doubt> {
    let ahead = at.duration_since(received_at);
    if (-LATE_AFTER..=FUTURE_TOLERANCE).contains(&ahead) {
        return None;
    }
    let (said, now) = (moment::rfc3339(at), moment::rfc3339(received_at));
    Some(if ahead > FUTURE_TOLERANCE {
        doubt(FindingKind::TimeInFuture, format!("{name} {said} 晚于平台时间 {now} 五分钟以上"))
    } else {
        doubt(FindingKind::LateReport, format!("{name} {said} 早于平台接收时间 {now} 二十四小时以上"))
    })
}

fn doubt(kind: FindingKind, detail: String) -> Doubt {
    Doubt { kind, detail }
}
