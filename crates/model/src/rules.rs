//! What intake doubts about a report that is well-formed: facts about the report, the lot and the moment alone.
//! Doubts that need the rest of the parking (an unmatched exit, a duration) are in [`crate::session`].

use crate::finding::{Facts, Spaces, TimeOf};
use crate::plate::PlateShape;
use crate::{Doubt, Lot, Passage, PlateKind, Report, SpaceCount};
use jiff::{SignedDuration, Timestamp};

/// How far a lot's time may run ahead before it is doubted.
pub const FUTURE_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// How old a passage may be when it is received before it is called late.
pub(crate) const LATE_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// How old any time may be before it is called very late.
pub(crate) const VERY_LATE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What is doubtful about `report`, received at `received_at`, of `lot`.
pub fn doubts(report: &Report, lot: &Lot, received_at: Timestamp) -> Vec<Doubt> {
    match report {
        Report::Passage(passage) => of_passage(passage, lot, received_at),
        Report::SpaceCount(count) => of_count(count, lot, received_at),
        Report::ChargingRecord(record) => {
            let time = time(TimeOf::ChargeEnd, record.ended_at, received_at, VERY_LATE_AFTER);
            time.into_iter().chain(record.doubts()).collect()
        }
        Report::CarsInside(cars) => {
            time(TimeOf::CarsInside, cars.at, received_at, VERY_LATE_AFTER).into_iter().collect()
        }
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
        doubts.push(Facts::OddPlate { plate: plate.clone() }.into());
    }
    if let Some(vacant) = passage.vacant {
        doubts.extend(count(Spaces::All, vacant, Some(i64::from(lot.spaces_total))));
    }
    doubts.extend(chargers(passage.charging_vacant, lot));
    doubts.extend(kind(passage));
    doubts.extend(time(TimeOf::Passage, passage.at, received_at, LATE_AFTER));
    if passage.abnormal == Some(true) {
        doubts.push(Facts::ReportedAbnormal { memo: passage.memo.clone() }.into());
    }
    doubts
}

fn of_count(reported: &SpaceCount, lot: &Lot, received_at: Timestamp) -> Vec<Doubt> {
    let total = reported.total.unwrap_or(i64::from(lot.spaces_total));
    let parts = reported.parts.unwrap_or_default();
    let left = [
        (Spaces::Reservable, parts.reservable_vacant),
        (Spaces::Monthly, parts.monthly_vacant),
        (Spaces::Fixed, parts.fixed_vacant),
        (Spaces::Temporary, parts.temporary_vacant),
    ];
    let mut doubts: Vec<_> = count(Spaces::All, reported.vacant, Some(total)).into_iter().collect();
    doubts.extend(chargers(reported.charging_vacant, lot));
    doubts.extend(left.into_iter().filter_map(|(spaces, vacant)| count(spaces, vacant?, Some(total))));
    doubts.extend(time(TimeOf::SpaceCount, reported.at, received_at, VERY_LATE_AFTER));
    doubts
}

/// Of a lot whose chargers nobody has counted only fewer than none is doubted.
fn chargers(vacant: Option<i64>, lot: &Lot) -> Option<Doubt> {
    let total = Some(i64::from(lot.charging_spaces)).filter(|total| *total > 0);
    count(Spaces::Charging, vacant?, total)
}

/// More free spaces of a kind than there are, or fewer than none.
fn count(spaces: Spaces, received: i64, total: Option<i64>) -> Option<Doubt> {
    let right = received >= 0 && total.is_none_or(|total| received <= total);
    (!right).then(|| Facts::RemainingExceedsTotal { spaces, total, received }.into())
}

/// Whether the kind of plate goes with the plate itself: new-energy plates have a shape of their own, for small cars and
/// for large ones, and a car without a plate shows none.
fn kind(passage: &Passage) -> Option<Doubt> {
    let (plate, kind) = (passage.plate.as_ref()?, passage.plate_kind?);
    let small = kind == PlateKind::SMALL_NEW_ENERGY;
    let large = kind == PlateKind::LARGE_NEW_ENERGY;
    let burns = kind == PlateKind::SMALL || kind == PlateKind::LARGE;
    let right = match plate.shape() {
        _ if kind == PlateKind::NONE => false,
        // Whatever kind it is of, nobody can tell by a plate that was misread.
        None => true,
        Some(PlateShape::NewEnergySmall) => !burns && !large,
        Some(PlateShape::NewEnergyLarge) => !burns && !small,
        Some(_) => !small && !large,
    };
    (!right).then(|| Facts::PlateKindMismatch { plate: plate.clone(), received: kind }.into())
}

/// A time too far ahead, or older than `late_after`.
fn time(time: TimeOf, received: Timestamp, platform: Timestamp, late_after: SignedDuration) -> Option<Doubt> {
    let ahead = received.duration_since(platform);
    if (-late_after..=FUTURE_TOLERANCE).contains(&ahead) {
        return None;
    }
    Some(match ahead > FUTURE_TOLERANCE {
        true => Facts::TimeInFuture { time, received, platform }.into(),
        false => Facts::LateReport { time, received, platform }.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Direction, FindingKind, LotKind, Plate, RecordId, SpaceParts};

    fn now() -> Timestamp {
        Timestamp::from_second(1_775_000_000).unwrap()
    }

    fn lot() -> Lot {
        let lot = Lot::new("L1".into(), "p".into(), LotKind::OffStreet);
        Lot { spaces_total: 100, charging_spaces: 10, ..lot }
    }

    fn kinds(report: &Report) -> Vec<FindingKind> {
        doubts(report, &lot(), now()).into_iter().map(|doubt| doubt.kind).collect()
    }

    fn passage(age: SignedDuration) -> Passage {
        Passage::new("L1".into(), RecordId::from("R1"), Direction::Entry, now() - age)
    }

    #[test]
    fn a_passage_is_late_after_ten_minutes_and_very_late_after_a_day() {
        for (seconds, grade) in [
            (0, None),
            (600, None),
            (601, Some("十分钟")),
            (86_400, Some("十分钟")),
            (86_401, Some("二十四小时")),
        ] {
            let report = Report::Passage(passage(SignedDuration::from_secs(seconds)));
            let found = doubts(&report, &lot(), now());
            let late = found.iter().find(|doubt| doubt.kind == FindingKind::LateReport);
            assert_eq!(late.is_some(), grade.is_some(), "{seconds} s");
            assert!(
                late.is_none_or(|late| late.in_chinese().contains(grade.unwrap_or_default())),
                "{late:?}"
            );
        }
        let count = SpaceCount::new("L1".into(), now() - SignedDuration::from_hours(1), 5);
        assert_eq!(kinds(&Report::SpaceCount(count)), []);
    }

    #[test]
    fn a_kind_of_plate_that_does_not_go_with_the_plate_is_found() {
        let of = |plate: &str, code: u8| Passage {
            plate: Plate::read(plate),
            plate_kind: PlateKind::from_code(code),
            ..passage(SignedDuration::ZERO)
        };
        for (plate, code) in [
            ("浙ED12345", 52),
            ("浙E12345D", 51),
            ("浙E12345", 2),
            ("浙E12345", 1),
            ("浙E1234警", 23),
            ("浙E123", 52),
            ("无牌车", 41),
        ] {
            let found = kinds(&Report::Passage(of(plate, code)));
            assert!(!found.contains(&FindingKind::PlateKindMismatch), "{plate} {code}");
        }
        for (plate, code) in [
            ("浙ED12345", 2),
            ("浙ED12345", 51),
            ("浙E12345D", 52),
            ("浙E12345D", 1),
            ("浙E12345", 52),
            ("浙E1234警", 51),
            ("浙E12345", 41),
        ] {
            let found = kinds(&Report::Passage(of(plate, code)));
            assert_eq!(found, [FindingKind::PlateKindMismatch], "{plate} {code}");
        }
    }

    #[test]
    fn free_chargers_and_parts_are_within_what_there_is() {
        let with = |charging, temporary| SpaceCount {
            charging_vacant: charging,
            parts: Some(SpaceParts { temporary_vacant: temporary, ..SpaceParts::default() }),
            ..SpaceCount::new("L1".into(), now(), 50)
        };
        for (charging, temporary, found) in [
            (Some(0), Some(0), 0),
            (Some(10), Some(100), 0),
            (None, None, 0),
            (Some(-1), None, 1),
            (Some(11), None, 1),
            (None, Some(-3), 1),
            (Some(11), Some(101), 2),
        ] {
            let report = Report::SpaceCount(with(charging, temporary));
            assert_eq!(
                kinds(&report),
                vec![FindingKind::RemainingExceedsTotal; found],
                "{charging:?} {temporary:?}"
            );
        }
        let uncounted = Lot { charging_spaces: 0, ..lot() };
        let of = |charging| doubts(&Report::SpaceCount(with(Some(charging), None)), &uncounted, now()).len();
        assert_eq!((of(5), of(-1)), (0, 1), "nobody has counted its chargers");
    }
}
