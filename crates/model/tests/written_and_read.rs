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
            unnumbered: true,
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
            booking: text("B1"),
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
