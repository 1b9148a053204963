//! A report of each kind, with all that the standards want of one.

use super::support::{City, at, jpeg};
use bowei_encoding::sha256_hex;
use bowei_model::{
    CarsInside, ChargingRecord, Closure, Direction, ExactPosition, Gate, GateKind, GateStatus, Heartbeat,
    LotProfile, NamedPhoto, OffPeakOrder, OffPeakPackage, Passage, PayKind, Payment, Photo, PhotoRole,
    PhotoSubject, Picture, Plate, Position, Report, SpaceCount, Vehicle,
};
use bowei_platform::Clock as _;
use serde_json::json;

/// The kinds of reports that a standard has.
pub(crate) fn kinds(standard: &str) -> &'static [&'static str] {
    match standard {
        "huzhou" => &["entry", "exit", "photo", "heartbeat"],
        "ningbo" => &["entry", "exit", "photo", "space-count"],
        "isp" => &["entry", "exit", "space-count", "lot", "lot-closed"],
        "shenzhen" => &[
            "entry",
            "exit",
            "space-count",
            "lot",
            "gate",
            "cars-inside",
            "named-photo",
            "off-peak-package",
            "off-peak-order",
            "heartbeat",
        ],
        _ => &["charging-record"],
    }
}

/// A report of that kind with all that the standards want of one, its plate and picture its own.
pub(crate) fn report(kind: &str, id: &str, number: usize, city: &City) -> (Report, Option<Vec<u8>>) {
    let lot = bowei_model::LotCode::from("x");
    let plate = Plate::read(&format!("浙E{:05}", 10_000 + number));
    let picture = jpeg(120_000 + number);
    let shown = Picture::Bytes {
        sha256: sha256_hex(&picture),
        bytes: picture.len() as u64,
        media_type: "image/jpeg".to_owned(),
    };
    let place = ExactPosition(Position { longitude: 113.93, latitude: 22.53 });
    let report = match kind {
        "entry" | "exit" => {
            let exit = kind == "exit";
            let direction = if exit { Direction::Exit } else { Direction::Entry };
            let record = format!("{}", 1_000 + number);
            Report::Passage(Passage {
                plate,
                plate_kind: Some(bowei_model::PlateKind::SMALL),
                gate_code: Some("G00001".to_owned()),
                gate: Some("东门".to_owned()),
                photo_id: Some(format!("ph{number}")),
                vehicle: Vehicle { brand: Some("大众".to_owned()), ..Vehicle::default() }.or_none(),
                vacant: Some(20),
                charging_vacant: Some(2),
                minutes: exit.then_some(60),
                entered_at: exit.then(|| at(-61)),
                payment: exit.then(|| Payment {
                    payable: Some("34.50".parse().unwrap()),
                    paid: Some("34.50".parse().unwrap()),
                    paid_at: Some(at(-2)),
                    pay_kind: Some(PayKind::Alipay),
                }),
                ..Passage::new(lot, record.as_str().into(), direction, at(-1))
            })
        }
        "photo" => Report::Photo(Photo {
            lot,
            record_id: format!("{}", 1_000 + number).as_str().into(),
            role: PhotoRole::Entry,
            slot: Some(1),
            taken_at: Some(at(-1)),
            picture: shown,
        }),
        "named-photo" => Report::NamedPhoto(NamedPhoto {
            lot,
            photo_id: format!("ph{number}"),
            shows: PhotoSubject::Plate,
            taken_at: Some(at(-1)),
            file_name: Some("a.jpg".to_owned()),
            picture: shown,
        }),
        "space-count" => {
            let mut count = SpaceCount::new(lot, city.clock.now(), 7);
            count.total = Some(90);
            Report::SpaceCount(count)
        }
        "heartbeat" => Report::Heartbeat(Heartbeat { lot: None }),
        "lot-closed" => Report::LotClosed(Closure { lot }),
        "lot" => {
            let details = json!({
                "permitNo": "", "parkType": 1, "serviceType": 8, "reservable": 0, "reservableSpaces": 0,
                "totalReservableCharingSpaces": 0, "imageId": "p1"
            });
            let details = details.as_object().unwrap();
            Report::Lot(LotProfile {
                lot,
                lot_id: id.to_owned(),
                name: Some(format!("改名{number}")),
                kind: None,
                district: Some("440303".to_owned()),
                address: Some("深南大道 1 号".to_owned()),
                position: Some(place),
                spaces_total: Some(90),
                charging_spaces: None,
                tariff: None,
                in_service: Some(true),
                details: details.iter().map(|(name, value)| (name.clone(), value.to_string())).collect(),
            })
        }
        "gate" => Report::Gate(Gate {
            lot,
            code: "G00001".to_owned(),
            name: "东门".to_owned(),
            kind: GateKind::Both,
            position: place,
            status: GateStatus::Open,
            road: Some("深南大道".to_owned()),
        }),
        "cars-inside" => {
            Report::CarsInside(CarsInside { lot, at: city.clock.now(), plates: plate.into_iter().collect() })
        }
        "off-peak-package" => Report::OffPeakPackage(OffPeakPackage {
            lot,
            package_no: format!("PKG{number}"),
            permit_no: Some("X1".to_owned()),
            service_code: "isv".to_owned(),
            package_kind: 1,
            price: "12.50".parse().unwrap(),
            status: 1,
        }),
        "off-peak-order" => Report::OffPeakOrder(OffPeakOrder {
            lot,
            order_no: format!("O{number}"),
            service_code: "isv".to_owned(),
            package_no: "PKG1".to_owned(),
            plate,
            amount: "12.50".parse().unwrap(),
            status: 1,
            valid_from: None,
            valid_until: None,
        }),
        _ => Report::ChargingRecord(ChargingRecord {
            lot,
            order_no: format!("{number}"),
            plate,
            started_at: at(-50),
            ended_at: at(-10),
            energy_kwh: Some("20.00".parse().unwrap()),
            electricity_fee: Some("10.00".parse().unwrap()),
            service_fee: Some("2.00".parse().unwrap()),
            total_fee: Some("12.00".parse().unwrap()),
            station: "S-88 站".to_owned(),
            device: "D-01 桩".to_owned(),
            berth: None,
        }),
    };
    let has_picture = matches!(kind, "entry" | "exit" | "photo" | "named-photo");
    (report, has_picture.then_some(picture))
}
