//! What a lot has to say: one report of every kind, and the lot's own account to say it with.

use crate::shenzhen::scene::{LOT, LOT_CODE, PASSWORD, TOKEN, deliver, fields, now};
use bowei_encoding::sha256_hex;
use bowei_model::{
    CarsInside, Datum, Direction, ExactPosition, Gate, GateKind, GateStatus, LotCode, LotKind, LotProfile,
    NamedPhoto, OffPeakOrder, OffPeakPackage, Passage, Photo, PhotoRole, PhotoSubject, Picture, Plate,
    PlateKind, Position, RecordId, Report, SpaceCount, SpaceParts, Vehicle,
};
use bowei_standards::lot_side::{CannotSeal, Login, LoginReading, LotSide, Outgoing, Sealed};
use bowei_standards::platform_side::{Credential, Delivery, Outcome, PlatformSide};
use bowei_standards::shenzhen::Shenzhen;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a car at the gate";

/// The lot's own account, logged in.
pub(crate) fn own() -> Arc<dyn Credential> {
    own_with(&[])
}

pub(crate) fn own_with(more: &[(&str, &str)]) -> Arc<dyn Credential> {
    let mut own = fields(&[("user_id", "sz-0001"), ("password", PASSWORD)]);
    own.extend(fields(more));
    let own = Shenzhen.own_credential(&own).unwrap();
    let receipt = json!([{ "accessToken": TOKEN }]).to_string();
    let answer = Shenzhen.answer(&Outcome::Accepted { receipt: Some(&receipt) }, now());
    match Shenzhen.read_login(own.as_ref(), &answer) {
        LoginReading::LoggedIn { own, ttl: None } => own,
        _ => panic!("not logged in"),
    }
}

pub(crate) fn lot() -> LotCode {
    LotCode::from(LOT_CODE)
}

pub(crate) fn passage(direction: Direction) -> Passage {
    Passage {
        plate: Plate::read("粤BD12345"),
        plate_kind: Some(PlateKind::SMALL_NEW_ENERGY),
        vehicle: Some(Vehicle {
            color: Some("其他".to_owned()),
            plate_color: Some("黄绿色".to_owned()),
            ..Vehicle::default()
        }),
        gate_code: Some("G00001".to_owned()),
        gate: Some("北门".to_owned()),
        reservation_code: Some("BK1".to_owned()),
        photo_id: Some("P-1".to_owned()),
        ..Passage::new(lot(), RecordId::from("R-1"), direction, now())
    }
}

pub(crate) fn position() -> ExactPosition {
    ExactPosition(Position::read(114.1315, 22.5486, Datum::Gcj02).unwrap())
}

pub(crate) fn profile() -> LotProfile {
    let details = [
        ("parkType", "1"),
        ("permitNo", "\"深停许字〔2024〕001号\""),
        ("serviceType", "8"),
        ("reservable", "1"),
        ("reservableSpaces", "30"),
        ("totalReservableCharingSpaces", "5"),
        ("imageId", "\"board-1\""),
        ("publicInfos", r#"[{"type":1,"startTime":"00:00:00","endTime":"23:59:00"}]"#),
        ("photoIds", r#"["a","b"]"#),
        ("tel", "\"0755-12345678\""),
    ];
    LotProfile {
        lot: lot(),
        lot_id: LOT.to_owned(),
        name: Some("示范停车场".to_owned()),
        kind: Some(LotKind::OffStreet),
        district: Some("440303".to_owned()),
        address: Some("罗湖区示范路 1 号".to_owned()),
        position: Some(position()),
        spaces_total: Some(200),
        charging_spaces: Some(20),
        tariff: Some("首小时 5元".to_owned()),
        in_service: Some(true),
        details: details.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

pub(crate) fn gate() -> Gate {
    Gate {
        lot: lot(),
        code: "G00001".to_owned(),
        name: "北门".to_owned(),
        kind: GateKind::Both,
        position: position(),
        status: GateStatus::Closed,
        road: Some("示范路".to_owned()),
    }
}

pub(crate) fn count() -> SpaceCount {
    let parts = SpaceParts {
        used: Some(150),
        reserved: Some(10),
        charging_used: Some(5),
        reservable_vacant: Some(20),
        monthly_vacant: Some(1),
        fixed_vacant: Some(2),
        temporary_vacant: Some(3),
    };
    SpaceCount { charging_vacant: Some(15), parts: Some(parts), ..SpaceCount::new(lot(), now(), 40) }
}

pub(crate) fn cars() -> CarsInside {
    let plates = ["粤B12345", "粤BD12345"].into_iter().filter_map(Plate::read).collect();
    CarsInside { lot: lot(), at: now(), plates }
}

pub(crate) fn package() -> OffPeakPackage {
    OffPeakPackage {
        lot: lot(),
        package_no: "PKG-1".to_owned(),
        permit_no: Some("深停许字".to_owned()),
        service_code: "isv-1".to_owned(),
        package_kind: 2,
        price: "12.5".parse().unwrap(),
        status: 1,
    }
}

pub(crate) fn order() -> OffPeakOrder {
    OffPeakOrder {
        lot: lot(),
        order_no: "O-1".to_owned(),
        service_code: "isv-1".to_owned(),
        package_no: "PKG-1".to_owned(),
        plate: Plate::read("粤B12345"),
        amount: "0.01".parse().unwrap(),
        status: 3,
        valid_from: None,
        valid_until: None,
    }
}

pub(crate) fn jpeg() -> Picture {
    Picture::Bytes { sha256: sha256_hex(JPEG), bytes: JPEG.len() as u64, media_type: "image/jpeg".to_owned() }
}

pub(crate) fn named_photo() -> NamedPhoto {
    NamedPhoto {
        lot: lot(),
        photo_id: "board-1".to_owned(),
        shows: PhotoSubject::TariffBoard,
        taken_at: Some(now() - SignedDuration::from_secs(5)),
        file_name: Some("示范停车20260401000001.jpg".to_owned()),
        picture: jpeg(),
    }
}

pub(crate) fn photo(role: PhotoRole) -> Photo {
    Photo { lot: lot(), record_id: RecordId::from("R-1"), role, slot: None, taken_at: None, picture: jpeg() }
}

pub(crate) fn seal(report: &Report, own: &Arc<dyn Credential>) -> Result<Sealed, CannotSeal> {
    seal_with(report, own, Some(JPEG))
}

pub(crate) fn seal_with(
    report: &Report,
    own: &Arc<dyn Credential>,
    picture: Option<&[u8]>,
) -> Result<Sealed, CannotSeal> {
    let outgoing = Outgoing { report, lot_id: LOT, lot_kind: LotKind::OffStreet, picture };
    Shenzhen.seal(outgoing, own.as_ref(), now())
}

pub(crate) fn there(report: &Report) -> Delivery {
    let sealed = seal(report, &own()).unwrap();
    assert_eq!(sealed.request.method(), "POST");
    assert!(!format!("{:?}", sealed.steps).contains(TOKEN));
    assert!(!format!("{:?}", sealed.request.headers()).contains(TOKEN), "marked as sensitive");
    deliver(sealed.request).unwrap()
}

/// The item that a report is sealed as.
pub(crate) fn item(report: &Report) -> (String, String) {
    let sealed = seal(report, &own()).unwrap();
    let body: Value = serde_json::from_slice(sealed.request.body()).unwrap();
    let text = std::str::from_utf8(sealed.request.body()).unwrap();
    let data = text.split_once("\"data\":[").unwrap().1.strip_suffix("]}").unwrap();
    assert_eq!(body["version"], "1.0.0");
    let path = sealed.request.uri().path().strip_prefix("/dataReceive/v1/").unwrap();
    (path.to_owned(), data.to_owned())
}
