//! What a lot seals is what the platform reads, for every kind of report the standard has a message for.

use crate::isp::scene::{HOLDER, config, deliver, jpeg, log_in, now, passage_of};
use bowei_model::plate::PlateShape;
use bowei_model::{
    Closure, Direction, ExactPosition, Heartbeat, LotCode, LotKind, LotProfile, Passage, PayKind, Payment,
    Photo, PhotoRole, Picture, Plate, PlateKind, Position, RecordId, Report, SpaceCount, SpaceParts, Vehicle,
    pairing,
};
use bowei_standards::isp::Isp;
use bowei_standards::lot_side::{CannotSeal, Login, LoginReading, Outgoing, Sealed};
use bowei_standards::platform_side::{Credential, Outcome};
use bowei_standards::{LotSide, PlatformSide};
use jiff::{SignedDuration, Timestamp};
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::sync::{Arc, LazyLock};

static OWN: LazyLock<Arc<dyn Credential>> = LazyLock::new(|| {
    let own = Isp.own_credential(&HOLDER.handed_out).unwrap();
    let sealed = Isp.seal_login(own.as_ref(), now()).unwrap();
    let login = log_in(sealed.request, &HOLDER.account()).unwrap();
    let answer = Isp.answer(&Outcome::Accepted { receipt: login.receipt.as_deref() }, now());
    match Isp.read_login(own.as_ref(), &answer) {
        LoginReading::LoggedIn { own, .. } => own,
        _ => panic!("not logged in"),
    }
});

fn seal(report: &Report, lot_id: &str, picture: Option<&[u8]>) -> Result<Sealed, CannotSeal> {
    let outgoing = Outgoing { report, lot_id, lot_kind: LotKind::OffStreet, picture };
    Isp.seal(outgoing, OWN.as_ref(), now())
}

/// What the platform makes of what the lot seals: the first report.
fn through(report: &Report, lot_id: &str) -> Report {
    let sealed = seal(report, lot_id, Some(&jpeg(1_000))).unwrap();
    let mut delivery = deliver(sealed.request).unwrap();
    assert!(delivery.reports.iter().all(|said| said.doubts.is_empty() && said.unnamed_fields.is_none()));
    delivery.reports.remove(0).report
}

fn lot() -> LotCode {
    LotCode::from("370100-001")
}

fn text() -> impl Strategy<Value = String> {
    "[ -~车标大众\"\\\\\n]{1,40}"
        .prop_map(|text| text.trim().to_owned())
        .prop_filter("blank", |t| !t.is_empty())
}

fn plate_kind() -> impl Strategy<Value = Option<PlateKind>> {
    prop::sample::select(vec![1_u8, 2, 22, 23, 41, 52]).prop_map(PlateKind::from_code)
}

fn money() -> impl Strategy<Value = Decimal> {
    (0_i64..10_000_000, 0_u32..=4).prop_map(|(n, scale)| Decimal::new(n, scale).normalize())
}

fn pay_kind() -> impl Strategy<Value = PayKind> {
    prop::sample::select(vec![
        PayKind::Cash,
        PayKind::Etc,
        PayKind::Wechat,
        PayKind::Alipay,
        PayKind::CreditCard,
        PayKind::StoredValue,
        PayKind::Monthly,
    ])
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (1_i64..9_999_999_999).prop_map(|s| Timestamp::from_second(s).unwrap())
}

/// A passage as this standard can say it all: what it has no field for is not there.
fn passage() -> impl Strategy<Value = Passage> {
    let car = (option::of("[鲁浙][A-Z][A-Z0-9]{5,6}"), plate_kind(), option::of(text()));
    let stay = (0_i64..5_256_000, money(), money(), option::of(moment()), pay_kind());
    (any::<bool>(), moment(), car, stay).prop_map(|(is_exit, at, car, stay)| {
        let (plate, plate_kind, brand) = car;
        let (minutes, payable, paid, paid_at, kind) = stay;
        let direction = if is_exit { Direction::Exit } else { Direction::Entry };
        let plate = plate.and_then(|text| Plate::read(&text));
        // The text has one kind for all new-energy cars: whether it is a large one its plate says.
        let is_large = plate.as_ref().and_then(Plate::shape) == Some(PlateShape::NewEnergyLarge);
        let plate_kind = plate_kind.map(|kind| match kind.code() {
            52 if is_large => PlateKind::from_code(51).unwrap(),
            _ => kind,
        });
        let payment = Payment { payable: Some(payable), paid: Some(paid), paid_at, pay_kind: Some(kind) };
        let brand = brand.filter(|brand| brand != "未知");
        let record_id = pairing::leg_id(direction, plate.as_ref(), at);
        Passage {
            without_record_id: true,
            photo_id: Some(record_id.to_string()),
            plate_kind,
            vehicle: Vehicle { brand, ..Vehicle::default() }.or_none(),
            minutes: is_exit.then_some(minutes),
            entered_at: is_exit.then(|| at.checked_sub(SignedDuration::from_mins(minutes)).unwrap()),
            payment: is_exit.then_some(payment),
            plate: plate.clone(),
            ..Passage::new(lot(), record_id, direction, at)
        }
    })
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn a_passage_comes_through_whole(passage in passage()) {
        let report = Report::Passage(passage);
        prop_assert_eq!(through(&report, "ATXL/1"), report);
    }

    #[test]
    fn a_count_comes_through_whole(vacant: i64, total: i64, used: i64) {
        let parts = Some(SpaceParts { used: Some(used), ..SpaceParts::default() });
        let count = SpaceCount { total: Some(total), parts, ..SpaceCount::new(lot(), now(), vacant) };
        let report = Report::SpaceCount(count);
        prop_assert_eq!(through(&report, "ATXL/1"), report);
    }

    #[test]
    fn a_lot_comes_through_to_the_centimetre(
        name in option::of(text()),
        address in option::of(text()),
        place in option::of((73.0..135.0, 18.0..53.0)),
    ) {
        let position = place.map(|(longitude, latitude)| ExactPosition(Position { longitude, latitude }));
        let profile = LotProfile { name, address, position, ..bare() };
        let Report::Lot(received) = through(&Report::Lot(profile.clone()), "ATXL/1") else { panic!("a lot") };
        prop_assert_eq!(received.position.is_some(), profile.position.is_some());
        if let (Some(received), Some(was)) = (received.position, profile.position) {
            prop_assert!(received.0.metres_to(was.0) < 0.02);
        }
        prop_assert_eq!(LotProfile { position: None, ..received }, LotProfile { position: None, ..profile });
    }
}

fn bare() -> LotProfile {
    LotProfile {
        lot: lot(),
        lot_id: "ATXL/1".to_owned(),
        name: None,
        kind: None,
        district: None,
        address: None,
        position: None,
        spaces_total: None,
        charging_spaces: None,
        tariff: None,
        in_service: Some(true),
        details: Default::default(),
    }
}

#[test]
fn a_closed_lot_is_deleted() {
    let report = Report::LotClosed(Closure { lot: lot() });
    let sealed = seal(&report, "ATXL/1", None).unwrap();
    assert_eq!(sealed.request.method(), http::Method::DELETE);
    assert_eq!(sealed.request.body().as_ref(), br#"{"park_code":"ATXL/1"}"#);
    assert_eq!(through(&report, "ATXL/1"), report);
}

#[test]
fn an_arrival_is_written_as_the_table_has_it() {
    let at = Timestamp::from_second(1_775_002_500).unwrap();
    let passage = Passage {
        plate: Plate::read("鲁A12345"),
        plate_kind: Some(PlateKind::LARGE_NEW_ENERGY),
        ..Passage::new(lot(), RecordId::from("7"), Direction::Entry, at)
    };
    let sealed = seal(&Report::Passage(passage), "ATXL/1", Some(&[0xff, 0xd8, 0xff])).unwrap();
    assert_eq!(
        std::str::from_utf8(sealed.request.body()).unwrap(),
        r#"[{"park_code":"ATXL/1","plate_number":"鲁A12345","enter_time":1775002500,"car_type":"6","car_logo":"未知","enter_pic":"data:image/jpeg;base64,/9j/"}]"#
    );
    assert_eq!(sealed.request.uri().path(), "/park/entrance");
    let delivery = deliver(sealed.request).unwrap();
    assert_eq!(passage_of(&delivery).0.record_id.as_str(), "鲁A12345-in-1775002500");
    assert!(sealed.steps.iter().all(|step| !step.value.contains("/9j/")));
}

#[test]
fn a_departure_is_written_as_the_table_has_it() {
    let at = Timestamp::from_second(1_775_002_500).unwrap();
    let exit = Passage {
        entered_at: at.checked_sub(SignedDuration::from_secs(3_599)).ok(),
        ..Passage::new(lot(), RecordId::from("7"), Direction::Exit, at)
    };
    let picture = [0xff, 0xd8, 0xff];
    let sealed = seal(&Report::Passage(exit.clone()), "ATXL/1", Some(&picture)).unwrap();
    assert_eq!(
        std::str::from_utf8(sealed.request.body()).unwrap(),
        r#"[{"park_code":"ATXL/1","plate_number":"无牌车","depart_time":1775002500,"car_type":"5","car_logo":"未知","depart_pic":"data:image/jpeg;base64,/9j/","use_time":59,"payable_fee":0,"paid_fee":0,"pay_time":0,"pay_type":"1"}]"#
    );
    let paid = Payment { paid: Some(Decimal::new(345, 1)), ..Payment::default() };
    let exit = Passage { payment: Some(paid), ..exit };
    let sealed = seal(&Report::Passage(exit), "ATXL/1", Some(&picture)).unwrap();
    let body = std::str::from_utf8(sealed.request.body()).unwrap();
    assert!(body.contains(r#""paid_fee":34.5,"pay_time":0,"pay_type":"1""#), "{body}");
    let noted = sealed.steps.iter().any(|step| step.name == "pay_type" && step.value.contains("未知"));
    assert!(noted, "means that are not known are the nearest code, with a note");
}

#[test]
fn any_two_of_three_numbers_say_the_third() {
    let count = SpaceCount { total: Some(1_000), ..SpaceCount::new(lot(), now(), 350) };
    let Report::SpaceCount(received) = through(&Report::SpaceCount(count.clone()), "ATXL/1") else {
        panic!()
    };
    assert_eq!(received.parts.unwrap().used, Some(650));
    let parts = Some(SpaceParts { used: Some(650), ..SpaceParts::default() });
    let Report::SpaceCount(received) =
        through(&Report::SpaceCount(SpaceCount { total: None, parts, ..count.clone() }), "ATXL/1")
    else {
        panic!()
    };
    assert_eq!(received.total, Some(1_000));
    let alone = Report::SpaceCount(SpaceCount { total: None, ..count });
    let missing = CannotSeal::Missing { field: "total_spots_num" };
    assert_eq!(seal(&alone, "ATXL/1", None).unwrap_err(), missing);
}

#[test]
fn what_the_standard_cannot_say_is_said_at_once() {
    let at = now();
    let entry = Report::Passage(Passage::new(lot(), RecordId::from("7"), Direction::Entry, at));
    let exit = Report::Passage(Passage::new(lot(), RecordId::from("7"), Direction::Exit, at));
    let missing = |field| CannotSeal::Missing { field };
    assert_eq!(seal(&entry, "ATXL/1", None).unwrap_err(), missing("enter_pic"));
    assert_eq!(seal(&exit, "ATXL/1", None).unwrap_err(), missing("depart_pic"));
    assert_eq!(seal(&exit, "ATXL/1", Some(&jpeg(9))).unwrap_err(), missing("use_time"));
    let unfit = |result: Result<Sealed, CannotSeal>, name: &str| match result {
        Err(CannotSeal::Unfit { field, .. }) => assert_eq!(field, name),
        other => panic!("{other:?}"),
    };
    unfit(seal(&entry, "ATXL/1", Some(b"<html>")), "enter_pic");
    unfit(seal(&entry, "ATXL/1", Some(&jpeg(512 * 1024 + 1))), "enter_pic");
    unfit(seal(&entry, "A,B", Some(&jpeg(9))), "park_code");
    let photo = Report::Photo(Photo {
        lot: lot(),
        record_id: RecordId::from("7"),
        role: PhotoRole::Entry,
        slot: None,
        taken_at: None,
        picture: Picture::Url("http://x/".to_owned()),
    });
    for report in [&photo, &Report::Heartbeat(Heartbeat { lot: None })] {
        let none = CannotSeal::NoMessage { kind: report.kind() };
        assert_eq!(seal(report, "ATXL/1", None).unwrap_err(), none);
    }
    let outgoing =
        Outgoing { report: &entry, lot_id: "ATXL/1", lot_kind: LotKind::OffStreet, picture: Some(&jpeg(9)) };
    let platforms = Isp.seal(outgoing, HOLDER.credential.as_ref(), at).unwrap_err();
    assert_eq!(platforms, CannotSeal::Credential { field: "client_secret" });
}
