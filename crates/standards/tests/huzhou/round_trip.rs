//! What a lot's gateway seals, the platform opens as the same report.

use crate::huzhou::scene::{HOLDER, config, deliver_at, now};
use bowei_encoding::sha256_hex;
use bowei_model::{
    ChargingRecord, Direction, Heartbeat, LotCode, LotKind, Passage, Photo, PhotoRole, Picture, Plate,
    PlateKind, RecordId, Report, SpaceCount,
};
use bowei_standards::LotSide;
use bowei_standards::huzhou::Huzhou;
use bowei_standards::lot_side::{CannotSeal, Outgoing, Sealed};
use bowei_standards::platform_side::Delivery;
use jiff::SignedDuration;
use proptest::prelude::*;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a car at the gate";

fn passage(lot_kind: LotKind, direction: Direction) -> Passage {
    let street = lot_kind == LotKind::OnStreet;
    let exit = direction == Direction::Exit;
    let lot = LotCode::from(if street { "330502-R07" } else { "330502-001" });
    Passage {
        plate: Plate::read("浙E12345"),
        plate_kind: Some(PlateKind::SMALL),
        gate: (!street).then(|| "东门".to_owned()),
        berth: street.then(|| "A-016".to_owned()),
        entered_at: exit.then(|| now() - SignedDuration::from_mins(91)),
        minutes: exit.then_some(91),
        vacant: Some(12),
        charging_vacant: (!street).then_some(3),
        abnormal: Some(false),
        memo: Some("备注".to_owned()),
        ..Passage::new(lot, RecordId::from("R-1"), direction, now())
    }
}

fn photo(picture: Picture) -> Report {
    Report::Photo(Photo {
        lot: LotCode::from("330502-001"),
        record_id: RecordId::from("R-1"),
        role: PhotoRole::Exit,
        slot: None,
        taken_at: None,
        picture,
    })
}

fn jpeg() -> Picture {
    Picture::Bytes { sha256: sha256_hex(JPEG), bytes: JPEG.len() as u64, media_type: "image/jpeg".to_owned() }
}

fn seal(report: &Report, lot_kind: LotKind, picture: Option<&[u8]>) -> Result<Sealed, CannotSeal> {
    let lot_id = if lot_kind == LotKind::OnStreet { "HZLD0007" } else { "HZ330502001" };
    let own = Huzhou.own_credential(&HOLDER.handed_out).unwrap();
    Huzhou.seal(Outgoing { report, lot_id, lot_kind, picture }, own.as_ref(), now())
}

#[test]
fn the_whole_path_is_signed_that_is_requested() {
    let mut handed_out = HOLDER.handed_out.clone();
    handed_out.insert("base_path".to_owned(), "/city/gateway".to_owned());
    let own = Huzhou.own_credential(&handed_out).unwrap();
    let report = Report::Passage(passage(LotKind::OffStreet, Direction::Entry));
    let outgoing =
        Outgoing { report: &report, lot_id: "HZ330502001", lot_kind: LotKind::OffStreet, picture: None };
    let sealed = Huzhou.seal(outgoing, own.as_ref(), now()).unwrap();
    let path = format!("/city/gateway{}", sealed.request.uri().path());
    let body: serde_json::Value = serde_json::from_slice(sealed.request.body()).unwrap();
    assert_eq!(body["signature"], HOLDER.sign(&path, &body["timestamp"].to_string()));
    assert!(
        crate::huzhou::scene::deliver(crate::huzhou::scene::post(&path, sealed.request.into_body())).is_ok()
    );
}

#[test]
fn the_kind_of_vehicle_follows_kind_and_shape_of_the_plate() {
    let said = |plate: &str, kind: Option<u8>| {
        let mut passage = passage(LotKind::OffStreet, Direction::Exit);
        passage.plate = Plate::read(plate);
        passage.plate_kind = kind.and_then(PlateKind::from_code);
        let delivery = there(&Report::Passage(passage), LotKind::OffStreet, None);
        match &delivery.reports[0].report {
            Report::Passage(passage) => passage.plate_kind.unwrap().code(),
            other => panic!("{other:?}"),
        }
    };
    for (plate, kind, expected) in [
        ("浙E12345", Some(14), 1),
        ("浙E12345", Some(15), 1),
        ("浙E1234挂", None, 1),
        ("浙ED12345", None, 52),
        ("浙E12345D", None, 51),
        ("浙ED12345", Some(2), 2),
        ("浙E12345", None, 2),
        ("浙E1234警", Some(23), 2),
    ] {
        assert_eq!(said(plate, kind), expected, "{plate} {kind:?}");
    }
}

fn there(report: &Report, lot_kind: LotKind, picture: Option<&[u8]>) -> Delivery {
    let sealed = seal(report, lot_kind, picture).unwrap();
    assert_eq!(sealed.request.method(), "POST");
    assert_eq!(sealed.request.headers()["content-type"], "application/json");
    deliver_at(sealed.request, &HOLDER.account(), now()).unwrap()
}

/// The business data of a sealed report, as its step shows it.
fn plain(report: &Report, lot_kind: LotKind, picture: Option<&[u8]>) -> (String, String) {
    let sealed = seal(report, lot_kind, picture).unwrap();
    let plain = sealed.steps.iter().find(|step| step.name == "业务数据").unwrap().value.clone();
    (sealed.request.uri().path().to_owned(), plain)
}

const KINDS: [(LotKind, Direction); 4] = [
    (LotKind::OnStreet, Direction::Entry),
    (LotKind::OnStreet, Direction::Exit),
    (LotKind::OffStreet, Direction::Entry),
    (LotKind::OffStreet, Direction::Exit),
];

#[test]
fn every_kind_of_report_arrives_as_it_was() {
    for (lot_kind, direction) in KINDS {
        let report = Report::Passage(passage(lot_kind, direction));
        assert_eq!(there(&report, lot_kind, None).reports[0].report, report);
    }
    for lot_kind in [LotKind::OnStreet, LotKind::OffStreet] {
        let heartbeat = Report::Heartbeat(Heartbeat { lot: None });
        assert_eq!(there(&heartbeat, lot_kind, None).reports[0].report, heartbeat);
    }
    let delivery = there(&photo(jpeg()), LotKind::OffStreet, Some(JPEG));
    assert_eq!(delivery.reports[0].report, photo(jpeg()));
    assert_eq!(&delivery.pictures[0].bytes[..], JPEG);
    let url = photo(Picture::Url("https://lot.example/照片/1.jpg?a=b".to_owned()));
    assert_eq!(there(&url, LotKind::OffStreet, None).reports[0].report, url);
}

#[test]
fn what_is_written_has_the_text_s_names_types_and_order() {
    let of = |(lot_kind, direction)| plain(&Report::Passage(passage(lot_kind, direction)), lot_kind, None);
    let expected = [
        (
            "/api/parking/in",
            r#"{"parkinglotId":"HZLD0007","parkingdataId":"R-1","vehiclePlate":"浙E12345","vehicleType":1,"berthCode":"A-016","parkTime":"2026-04-01 08:15:30","remainingSpaces":12,"isAbnormal":false,"memo":"备注"}"#,
        ),
        (
            "/api/parking/out",
            r#"{"parkinglotId":"HZLD0007","parkingdataId":"R-1","vehiclePlate":"浙E12345","vehicleType":1,"berthCode":"A-016","parkTime":"2026-04-01 06:44:30","exitTime":"2026-04-01 08:15:30","remainingSpaces":12,"duration":91,"isAbnormal":false,"memo":"备注"}"#,
        ),
        (
            "/api/parkinglot/in",
            r#"{"parkinglotId":"HZ330502001","parkingdataId":"R-1","vehiclePlate":"浙E12345","vehicleType":1,"channel_name":"东门","parkTime":"2026-04-01 08:15:30","remainingSpaces":12,"availableChargers":3,"isAbnormal":false,"memo":"备注"}"#,
        ),
        (
            "/api/parkinglot/out",
            r#"{"parkinglotId":"HZ330502001","parkingdataId":"R-1","vehiclePlate":"浙E12345","vehicleType":1,"channelName":"东门","parkTime":"2026-04-01 06:44:30","exitTime":"2026-04-01 08:15:30","remainingSpaces":12,"duration":91,"availableChargers":3,"isAbnormal":false,"memo":"备注"}"#,
        ),
    ];
    for (kind, (path, text)) in KINDS.into_iter().zip(expected) {
        assert_eq!(of(kind), (path.to_owned(), text.to_owned()));
    }
    assert_eq!(
        plain(&photo(jpeg()), LotKind::OffStreet, Some(JPEG)).1,
        format!(
            r#"{{"parkinglotId":"HZ330502001","parkingdataId":"R-1","imgList":[{{"imgBase64":"[图片 {} 字节]","imgType":4}}]}}"#,
            JPEG.len()
        )
    );
    let url = photo(Picture::Url("http://a/b".to_owned()));
    assert!(plain(&url, LotKind::OnStreet, None).1.contains(r#"[{"imgUrl":"http://a/b","imgType":2}]"#));
    let heartbeat = Report::Heartbeat(Heartbeat { lot: None });
    assert_eq!(plain(&heartbeat, LotKind::OffStreet, None), ("/api/heartbeat".to_owned(), "{}".to_owned()));
}

#[test]
fn an_envelope_has_the_text_s_four_fields_in_order() {
    let sealed = seal(&Report::Heartbeat(Heartbeat { lot: None }), LotKind::OffStreet, None).unwrap();
    let body = std::str::from_utf8(sealed.request.body()).unwrap();
    let places: Vec<_> = [
        "{\"appId\":\"hz-0001\"",
        "\"encryptedData\":\"",
        "\"timestamp\":1775002530000,",
        "\"signature\":\"",
    ]
    .iter()
    .map(|field| body.find(field).expect(field))
    .collect();
    assert!(places.is_sorted(), "{body}");
    let shown: String = sealed.steps.iter().map(|step| step.value.clone()).collect();
    assert!(!shown.contains(&HOLDER.secret));
}

#[test]
fn a_car_without_a_plate_is_written_in_words_and_read_as_none() {
    let mut car = passage(LotKind::OffStreet, Direction::Entry);
    car.plate = None;
    let report = Report::Passage(car);
    assert!(plain(&report, LotKind::OffStreet, None).1.contains(r#""vehiclePlate":"无牌车""#));
    assert_eq!(there(&report, LotKind::OffStreet, None).reports[0].report, report);
}

#[test]
fn plate_kinds_that_the_text_has_no_number_for_are_small_cars() {
    for (code, number) in [(1, 2), (2, 1), (51, 4), (52, 3), (23, 1), (16, 1), (41, 1), (99, 1)] {
        let mut car = passage(LotKind::OnStreet, Direction::Entry);
        car.plate_kind = PlateKind::from_code(code);
        let text = plain(&Report::Passage(car), LotKind::OnStreet, None).1;
        assert!(text.contains(&format!("\"vehicleType\":{number},")), "{code}: {text}");
    }
    for (lot_kind, direction) in KINDS {
        let mut car = passage(lot_kind, direction);
        car.plate_kind = None;
        let written = plain(&Report::Passage(car), lot_kind, None).1.contains("\"vehicleType\":1");
        let required = (lot_kind == LotKind::OnStreet) == (direction == Direction::Entry);
        assert_eq!(written, required, "{lot_kind:?} {direction:?}");
    }
}

#[test]
fn minutes_that_a_lot_does_not_say_follow_from_its_times() {
    let mut car = passage(LotKind::OffStreet, Direction::Exit);
    car.minutes = None;
    assert!(plain(&Report::Passage(car), LotKind::OffStreet, None).1.contains("\"duration\":91"));
}

#[test]
fn a_report_without_what_the_text_requires_is_not_sealed() {
    let check = |kind: (LotKind, Direction), field: &str, change: fn(&mut Passage)| {
        let mut car = passage(kind.0, kind.1);
        change(&mut car);
        let fault = seal(&Report::Passage(car), kind.0, None).unwrap_err();
        assert!(matches!(&fault, CannotSeal::Missing { field: f } if *f == field), "{fault:?}");
    };
    let [street_in, street_out, lot_in, lot_out] = KINDS;
    for kind in KINDS {
        check(kind, "remainingSpaces", |car| car.vacant = None);
        check(kind, "parkingdataId", |car| car.record_id = RecordId::from(" "));
    }
    check(street_in, "berthCode", |car| car.berth = None);
    check(street_out, "berthCode", |car| car.berth = Some(String::new()));
    check(lot_in, "channel_name", |car| car.gate = None);
    check(lot_out, "channelName", |car| car.gate = None);
    check(street_out, "parkTime", |car| car.entered_at = None);
    check(lot_out, "parkTime", |car| car.entered_at = None);
    let fault = seal(&photo(jpeg()), LotKind::OffStreet, None).unwrap_err();
    assert_eq!(fault, CannotSeal::Missing { field: "imgBase64" });
}

#[test]
fn a_report_beyond_the_text_s_limits_is_not_sealed() {
    let check = |field: &str, report: &Report, picture: Option<&[u8]>| {
        let fault = seal(report, LotKind::OffStreet, picture).unwrap_err();
        assert!(matches!(&fault, CannotSeal::Unfit { field: f, .. } if *f == field), "{fault:?}");
    };
    let car = |change: fn(&mut Passage)| {
        let mut car = passage(LotKind::OffStreet, Direction::Entry);
        change(&mut car);
        Report::Passage(car)
    };
    check("parkingdataId", &car(|car| car.record_id = RecordId::from("号".repeat(129))), None);
    check("channel_name", &car(|car| car.gate = Some("门".repeat(256))), None);
    check("memo", &car(|car| car.memo = Some("因".repeat(1_001))), None);
    check("memo", &car(|car| car.memo = Some("a\0b".to_owned())), None);
    check("parkTime", &car(|car| car.at = jiff::Timestamp::MIN), None);
    check("imgUrl", &photo(Picture::Url("ftp://a/b".to_owned())), None);
    check("imgBase64", &photo(jpeg()), Some(b"\xff\xd8\xff another car"));
    check("imgBase64", &photo(jpeg()), Some(b"<html>"));
    check("imgBase64", &photo(jpeg()), Some(&vec![0xff; 2 * 1024 * 1024 + 1]));
}

#[test]
fn reports_that_huzhou_has_no_message_for_are_named() {
    let lot = LotCode::from("330502-001");
    let count = SpaceCount::new(lot.clone(), now(), 3);
    let record = ChargingRecord {
        lot,
        order_no: "1".to_owned(),
        plate: None,
        started_at: now(),
        ended_at: now(),
        energy_kwh: None,
        electricity_fee: None,
        service_fee: None,
        total_fee: None,
        station: String::new(),
        device: String::new(),
        berth: None,
    };
    for report in [Report::SpaceCount(count), Report::ChargingRecord(record)] {
        let fault = seal(&report, LotKind::OffStreet, None).unwrap_err();
        assert_eq!(fault, CannotSeal::NoMessage { kind: report.kind() });
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn any_memo_survives_the_way_there_but_for_the_blanks_around_it(memo in "\\PC{0,300}", vacant in any::<i64>()) {
        let mut car = passage(LotKind::OffStreet, Direction::Exit);
        car.memo = Some(memo);
        car.vacant = Some(vacant);
        let written = Report::Passage(car.clone());
        car.memo = car.memo.map(|memo| memo.trim().to_owned()).filter(|memo| !memo.is_empty());
        let read = Report::Passage(car);
        prop_assert_eq!(&there(&written, LotKind::OffStreet, None).reports[0].report, &read);
    }
}
