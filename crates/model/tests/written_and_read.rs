//! Every report is read as it is written: what is kept as JSON must come back.

use bowei_model::*;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn every_kind_of_report_is_read_as_it_is_written() {
    let at = Timestamp::from_second(1_775_002_530).unwrap();
    let lot = || LotCode::from("L1");
    let place = ExactPosition(Position { longitude: 120.086_8, latitude: 30.893_7 });
    let picture = || Picture::Bytes { sha256: "0".repeat(64), bytes: 3, media_type: "image/jpeg".to_owned() };
    let text = |text: &str| Some(text.to_owned());
    let money = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap();
    let reports = [
        Report::Heartbeat(Heartbeat { lot: None }),
        Report::Passage(Passage {
            without_record_id: true,
            plate: Plate::read("浙E12345"),
            plate_kind: Some(PlateKind::SMALL),
            vehicle: Some(Vehicle {
                color: text("白色"),
                plate_color: text("蓝"),
                brand: text("大众"),
                sub_brand: text("000"),
            }),
            gate_code: text("G1"),
            gate: text("东门"),
            berth: text("A-1"),
            entered_at: Some(at),
            minutes: Some(3),
            payment: Some(Payment {
                payable: Some(money("34.50")),
                paid: Some(money("0")),
                paid_at: Some(at),
                pay_kind: Some(PayKind::StoredValue),
            }),
            reservation_code: text("B1"),
            photo_id: text("P1"),
            vacant: Some(-1),
            charging_vacant: Some(2),
            abnormal: Some(true),
            memo: text("备注"),
            ..Passage::new(lot(), "R1".into(), Direction::Exit, at)
        }),
        Report::SpaceCount(SpaceCount {
            charging_vacant: Some(1),
            total: Some(9),
            parts: Some(SpaceParts { used: Some(1), fixed_vacant: Some(2), ..SpaceParts::default() }),
            ..SpaceCount::new(lot(), at, 7)
        }),
        Report::Photo(Photo {
            lot: lot(),
            record_id: "R1".into(),
            role: PhotoRole::Exit,
            slot: Some(3),
            taken_at: Some(at),
            picture: picture(),
        }),
        Report::ChargingRecord(ChargingRecord {
            lot: lot(),
            order_no: "O1".to_owned(),
            plate: None,
            started_at: at,
            ended_at: at,
            energy_kwh: Some(money("23.45")),
            electricity_fee: None,
            service_fee: None,
            total_fee: Some(money("28.14")),
            station: "S".to_owned(),
            device: "D".to_owned(),
            berth: None,
        }),
        Report::Lot(LotProfile {
            lot: lot(),
            lot_id: "9f3b".to_owned(),
            name: text("东门停车场"),
            kind: Some(LotKind::OnStreet),
            district: text("330502"),
            address: text("人民路"),
            position: Some(place),
            spaces_total: Some(200),
            charging_spaces: Some(20),
            tariff: text("5 元"),
            in_service: Some(true),
            details: BTreeMap::from([("permitNo".to_owned(), "\"1\"".to_owned())]),
        }),
        Report::LotClosed(Closure { lot: lot() }),
        Report::Gate(Gate {
            lot: lot(),
            code: "G1".to_owned(),
            name: "东门".to_owned(),
            kind: GateKind::Both,
            position: place,
            status: GateStatus::Closed,
            road: text("人民路"),
        }),
        Report::CarsInside(CarsInside {
            lot: lot(),
            at,
            plates: Plate::read("浙E12345").into_iter().collect(),
        }),
        Report::NamedPhoto(NamedPhoto {
            lot: lot(),
            photo_id: "P1".to_owned(),
            shows: PhotoSubject::TariffBoard,
            taken_at: Some(at),
            file_name: text("a.jpg"),
            picture: picture(),
        }),
        Report::OffPeakPackage(OffPeakPackage {
            lot: lot(),
            package_no: "1".to_owned(),
            permit_no: None,
            service_code: "s".to_owned(),
            package_kind: 1,
            price: money("12.00"),
            status: 1,
        }),
        Report::OffPeakOrder(OffPeakOrder {
            lot: lot(),
            order_no: "1".to_owned(),
            service_code: "s".to_owned(),
            package_no: "1".to_owned(),
            plate: Plate::read("浙E12345"),
            amount: money("12.00"),
            status: 2,
            valid_from: None,
            valid_until: None,
        }),
    ];
    // Of a passage one way stands for both.
    let kinds: BTreeSet<_> = reports.iter().map(Report::kind).chain([Direction::Entry.name()]).collect();
    assert_eq!(kinds, BTreeSet::from(Report::KINDS));
    for report in reports {
        let written = serde_json::to_string(&report).unwrap();
        let read: Report =
            serde_json::from_str(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
        assert_eq!(read, report, "{written}");
        assert!(written.contains(&format!("\"kind\":\"{}\"", report.kind())) || report.kind() == "exit");
    }
}

/// Facts of every shape.
fn facts() -> Vec<Facts> {
    use bowei_model::finding::{BaseDataItem, Spaces, TimeOf};
    let at = Timestamp::from_second(1_775_002_530).unwrap();
    let text = |text: &str| text.to_owned();
    let plate = || Plate::read("浙E12345").unwrap();
    let money = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap();
    vec![
        Facts::OddPlate { plate: plate() },
        Facts::PlateMismatch { entry: plate(), exit: Plate::read("浙E54321").unwrap() },
        Facts::ExitBeforeEntry { entered_at: at, exited_at: at },
        Facts::EndBeforeStart {
            start_field: text("startTime"),
            start: text("2026-04-01 08:00:00"),
            end_field: text("endTime"),
            end: text("2026-04-01 07:00:00"),
        },
        Facts::DurationMismatch { received: 90, expected: 60 },
        Facts::RemainingExceedsTotal { spaces: Spaces::All, total: Some(100), received: 101 },
        Facts::RemainingExceedsTotal { spaces: Spaces::Charging, total: None, received: -1 },
        Facts::TimeInFuture { time: TimeOf::Passage, received: at, platform: at },
        Facts::LateReport { time: TimeOf::SpaceCount, received: at, platform: at },
        Facts::PhotoTooSmall { min_bytes: 102_400, max_bytes: 512_000, received_bytes: 9 },
        Facts::PhotoCut { field: text("enter_pic"), received_bytes: 9 },
        Facts::UnmatchedExit,
        Facts::Amended { direction: Some(Direction::Entry), ways: 2, at_least: false },
        Facts::Amended { direction: None, ways: 256, at_least: true },
        Facts::PhotosReplaced { photos: 1 },
        Facts::ReportedAbnormal { memo: None },
        Facts::FieldUnset { field: text("parkTime") },
        Facts::FieldBlank { field: text("stationId"), expected: text("string") },
        Facts::FieldAbsent { field: text("system"), expected: text("GCJ02"), assumed: text("GCJ02") },
        Facts::MalformedJson,
        Facts::SecondsForMilliseconds { field: text("timestamp"), received: 1_775_002_530 },
        Facts::PasswordNotHashed { field: text("portpwd") },
        Facts::UnlistedValue { field: text("payType"), expected: text("1-9"), received: text("12") },
        Facts::EntryTimeMismatch { expected: at, received: at },
        Facts::PlateKindMismatch { plate: plate(), received: PlateKind::SMALL },
        Facts::WrongLotKind { field: None, received: LotKind::OnStreet, expected: LotKind::OffStreet },
        Facts::DuplicateRecord { direction: Direction::Exit },
        Facts::PhotoWithoutRecord { direction: Direction::Entry },
        Facts::ChargingOverlap { started_at: at, ended_at: at, station: text("S1"), device: text("D1") },
        Facts::ChargingFeeMismatch { electricity: None, service: Some(money("1.20")), total: money("1.00") },
        Facts::ChargingEnergyImplausible {
            energy_kwh: money("610.01"),
            minutes: 60,
            power_max_kw: money("600"),
        },
        Facts::TooManyPhotos { received: 62, at_least: false, kept: 32 },
        Facts::DoubleEntry { other_record: text("R1"), other_entered_at: at },
        Facts::TwoLotsAtOnce { other_lot: "L2".into(), other_record: text("R1"), from: at, to: at },
        Facts::MissingExit { entered_at: at, plausible_minutes: 1_440, from_past: true },
        Facts::MissingPhoto { direction: Direction::Exit, within_minutes: 10 },
        Facts::VacancyDrift { received: 9, expected: 3, tolerance: 5, hours_off: 4, hours: 20 },
        Facts::ListMismatch {
            listed: 9,
            inside: 3,
            not_listed: 1,
            not_inside: 7,
            counted: Some(4),
            lists_off: 4,
            lists: 24,
        },
        Facts::UnbalancedDay { entries: 100, exits: 80, change: 2 },
        Facts::FrozenCount { received: 7, from: at, to: at, passages: 20, expected_min: 1, expected_max: 9 },
        Facts::CountJump { before: 9, after: 40, expected: -1 },
        Facts::HeartbeatMissed { from: at, minutes: 30, every_minutes: 5 },
        Facts::Silence { from: at, minutes: 90, expected: 30, level_percent: 97 },
        Facts::ClockOff { gate: Some(text("E1")), seconds: -300, passages: 40 },
        Facts::ClockOff { gate: None, seconds: 300, passages: 40 },
        Facts::BaseDataMissing { item: BaseDataItem::Tariff },
        Facts::ChargingSpacesExceedTotal { charging: 9, total: 8 },
        Facts::OutsideDistrict { district: text("330502"), metres: 9_000 },
        Facts::TotalMismatch { expected: 100, received: 120 },
        Facts::BaseDataLate { changed_at: at, within_hours: 48 },
        Facts::AmendmentShare { amended: 40, passages: 280, allowed_permille: 55 },
        Facts::MissingRecord { direction: Direction::Entry, declared_at: at },
        Facts::ChargesMissing { expected: 3, received: 1 },
        Facts::VanishedRecord { direction: Direction::Exit, received_at: Some(at), declared_at: at },
        Facts::VanishedRecord { direction: Direction::Exit, received_at: None, declared_at: at },
    ]
}

#[test]
fn facts_are_read_as_they_are_written_and_have_words_in_both_languages() {
    let mut kinds: Vec<_> = facts().iter().filter_map(Facts::kind).collect();
    kinds.sort();
    kinds.dedup();
    assert_eq!(
        kinds,
        FindingKind::ALL
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for facts in facts() {
        let doubt = Doubt::from(facts.clone());
        assert_eq!(Some(doubt.kind), facts.kind());
        let json = serde_json::to_string(&doubt).unwrap();
        assert_eq!(serde_json::from_str::<Doubt>(&json).unwrap(), doubt, "{json}");
        // A node of a version that knows of no facts wants a sentence to be there.
        assert!(json.contains("\"detail\":\"\""), "{json}");
        let (chinese, english) = (words::chinese(doubt.kind, &facts), words::english(doubt.kind, &facts));
        assert!(chinese.chars().any(han), "{chinese}");
        assert!(!english.replace("浙E", "").chars().any(han), "{english}");
    }
}

#[test]
fn a_doubt_that_was_kept_as_a_sentence_stays_that_sentence() {
    let kept = r#"{"kind":"odd-plate","detail":"车牌“沪”不符合任何样式"}"#;
    let doubt: Doubt = serde_json::from_str(kept).unwrap();
    assert_eq!(doubt, Doubt::in_words(FindingKind::OddPlate, "车牌“沪”不符合任何样式"));
    assert_eq!(serde_json::to_string(&doubt).unwrap(), kept);
    assert_eq!(doubt.in_chinese(), "车牌“沪”不符合任何样式");
}
