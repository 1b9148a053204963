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
            time("结束时间", record.ended_at, received_at).into_iter().chain(record.doubts()).collect()
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
        doubts.extend(count(vacant, i64::from(lot.spaces_total)));
    }
    doubts.extend(time("过车时间", passage.at, received_at));
    if passage.abnormal == Some(true) {
        let memo = passage.memo.as_deref().unwrap_or("未说明原因");
        doubts.push(doubt(FindingKind::ReportedAbnormal, format!("停车场标记为异常：{memo}")));
    }
    doubts
}

fn of_count(said: &SpaceCount, lot: &Lot, received_at: Timestamp) -> Vec<Doubt> {
    let total = said.total.unwrap_or(i64::from(lot.spaces_total));
    count(said.vacant, total).into_iter().chain(time("计数时间", said.at, received_at)).collect()
}

fn count(vacant: i64, total: i64) -> Option<Doubt> {
    (!(0..=total).contains(&vacant)).then(|| {
        doubt(
            FindingKind::RemainingExceedsTotal,
            format!("剩余空位应在 0 与车位总数 {total} 之间，收到 {vacant}"),
        )
    })
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
