//! What a lot's gateway seals, the platform opens as the same report.

use crate::shenzhen::said::{
    JPEG, cars, count, gate, item, lot, named_photo, order, own_with, package, passage, photo, profile, seal,
    there,
};
use crate::shenzhen::scene::{PASSWORD, SM4_KEY, config, deliver, fields, now, on_the_wire, take};
use bowei_model::{
    CarsInside, Direction, Gate, Heartbeat, LotKind, LotProfile, OffPeakOrder, Passage, PhotoRole,
    PhotoSubject, PlateKind, RecordId, Report, SpaceCount, SpaceParts, Vehicle,
};
use bowei_standards::lot_side::{CannotSeal, Login, LoginReading, LotSide};
use bowei_standards::platform_side::{Opened, Outcome, PlatformSide};
use bowei_standards::shenzhen::Shenzhen;
use jiff::SignedDuration;
use proptest::prelude::*;

#[test]
fn every_kind_of_report_arrives_as_it_was() {
    for report in [
        Report::Heartbeat(Heartbeat { lot: None }),
        Report::Passage(passage(Direction::Entry)),
        Report::Passage(passage(Direction::Exit)),
        Report::Lot(profile()),
        Report::Gate(gate()),
        Report::SpaceCount(count()),
        Report::CarsInside(cars()),
        Report::CarsInside(CarsInside { plates: Vec::new(), ..cars() }),
        Report::NamedPhoto(named_photo()),
        Report::OffPeakPackage(package()),
        Report::OffPeakOrder(order()),
        Report::OffPeakOrder(OffPeakOrder { plate: None, ..order() }),
    ] {
        let received = there(&report).reports.remove(0).report;
        match (&received, &report) {
            // Six places of a degree are what is written.
            (Report::Gate(received), Report::Gate(said)) => {
                assert!(received.position.0.metres_to(said.position.0) < 0.2);
                let received = Gate { position: said.position, ..received.clone() };
                assert_eq!(&received, said);
            }
            (Report::Lot(received), Report::Lot(said)) => {
                let metres = received.position.unwrap().0.metres_to(said.position.unwrap().0);
                assert!(metres < 0.2, "{metres}");
                assert_eq!(&LotProfile { position: said.position, ..received.clone() }, said);
            }
            _ => assert_eq!(received, report),
        }
    }
}

#[test]
fn what_was_written_of_a_place_is_written_the_same_again() {
    let first = item(&Report::Gate(gate()));
    let Report::Gate(received) = there(&Report::Gate(gate())).reports.remove(0).report else { panic!() };
    assert_eq!(item(&Report::Gate(received)), first);
}

#[test]
fn what_is_written_has_the_text_s_names_types_and_order() {
    let expected = [
        (
            Report::Heartbeat(Heartbeat { lot: None }),
            "heartBeats",
            r#"{"requestTime":"2026-04-01 08:15:30"}"#,
        ),
        (
            Report::Lot(profile()),
            "parkInfo",
            r#"{"parkName":"示范停车场","parkCode":"9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b","permitNo":"深停许字〔2024〕001号","parkType":1,"address":"罗湖区示范路 1 号","longitude":114.1315,"latitude":22.5486,"areaCode":"440303","serviceType":8,"bizStatus":1,"totalSpaces":200,"totalCharingSpaces":20,"reservable":1,"reservableSpaces":30,"totalReservableCharingSpaces":5,"imageId":"board-1","chargeDesc":"首小时 5元","publicInfos":[{"type":1,"startTime":"00:00:00","endTime":"23:59:00"}],"tel":"0755-12345678","photoIds":["a","b"]}"#,
        ),
        (
            Report::Gate(gate()),
            "entranceExitInfo",
            r#"{"parkCode":"9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b","name":"北门","entranceExitCode":"G00001","type":3,"longitude":114.1315,"latitude":22.5486,"status":3,"roadName":"示范路"}"#,
        ),
        (
            Report::Passage(passage(Direction::Entry)),
            "enterRecord",
            r#"{"parkCode":"9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b","id":"R-1","plateNo":"粤BD12345","enterTime":"2026-04-01 08:15:30","entryCarPhotoId":"P-1","entranceCode":"G00001","entranceName":"北门","carModel":52,"carColor":8,"plateColor":6,"bookCode":"BK1"}"#,
        ),
        (
            Report::Passage(passage(Direction::Exit)),
            "exitRecord",
            r#"{"parkCode":"9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b","id":"R-1","plateNo":"粤BD12345","leaveTime":"2026-04-01 08:15:30","exitCarPhotoId":"P-1","exitCode":"G00001","exitName":"北门","carModel":52,"carColor":8,"plateColor":6,"bookCode":"BK1"}"#,
        ),
        (
            Report::SpaceCount(count()),
            "parkSpaceInfo",
            r#"{"parkCode":"9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b","usedStalls":150,"reservedStalls":10,"usedCharingStalls":5,"unusedStalls":40,"unusedReservableStalls":20,"unusedCharingStalls":15,"unusedMonthCardSpaces":1,"unusedFixedSpaces":2,"unusedTempSpaces":3}"#,
        ),
        (
            Report::CarsInside(cars()),
            "parkCarInfo",
            r#"{"parkCode":"9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b","plateNoList":"粤B12345,粤BD12345"}"#,
        ),
        (
            Report::OffPeakPackage(package()),
            "offPeakPackage",
            r#"{"parkCode":"9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b","permitNo":"深停许字","isvCode":"isv-1","packageCode":"PKG-1","packageType":2,"packagePrice":12.50,"packageStatus":1}"#,
        ),
        (
            Report::OffPeakOrder(order()),
            "offPeakOrder",
            r#"{"parkCode":"9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b","isvCode":"isv-1","packageCode":"PKG-1","orderNo":"O-1","plateNo":"粤B12345","orderAmount":0.01,"orderStatus":3}"#,
        ),
    ];
    for (report, path, text) in expected {
        assert_eq!(item(&report), (path.to_owned(), text.to_owned()));
    }
}

#[test]
fn a_lot_logs_in_before_it_speaks() {
    let own = Shenzhen.own_credential(&fields(&[("user_id", "sz-0001"), ("password", PASSWORD)])).unwrap();
    let heartbeat = Report::Heartbeat(Heartbeat { lot: None });
    assert_eq!(seal(&heartbeat, &own).unwrap_err(), CannotSeal::LoginFirst);
    let sealed = Shenzhen.seal_login(own.as_ref(), now()).unwrap();
    assert_eq!(sealed.request.uri().path(), "/dataReceive/v1/login");
    let secret = on_the_wire(PASSWORD);
    assert!(!format!("{:?}", sealed.steps).contains(&secret), "{:?}", sealed.steps);
    let Opened::Login(login) = take(sealed.request).unwrap() else { panic!() };
    let answer = Shenzhen.answer(&Outcome::Accepted { receipt: login.receipt.as_deref() }, now());
    let LoginReading::LoggedIn { own, .. } = Shenzhen.read_login(own.as_ref(), &answer) else { panic!() };
    let sealed = seal(&heartbeat, &own).unwrap();
    assert_eq!(sealed.request.headers()["authorization"], login.token.as_str());
}

#[test]
fn a_record_s_photo_goes_under_the_id_that_the_record_names() {
    for (direction, role) in [(Direction::Entry, PhotoRole::Entry), (Direction::Exit, PhotoRole::Exit)] {
        let car = Passage { photo_id: None, ..passage(direction) };
        let Report::Passage(car) = there(&Report::Passage(car)).reports.remove(0).report else { panic!() };
        let delivery = there(&Report::Photo(photo(role)));
        let Report::NamedPhoto(photo) = &delivery.reports[0].report else { panic!() };
        assert_eq!(Some(&photo.photo_id), car.photo_id.as_ref());
        assert_eq!((photo.photo_id.len(), photo.shows), (32, PhotoSubject::Plate));
        assert_eq!(photo.taken_at, Some(now()));
        let name = photo.file_name.as_deref().unwrap();
        assert!(name.starts_with("sz-000120260401") && name.ends_with(".jpeg"), "{name}");
        assert_eq!(&delivery.pictures[0].bytes[..], JPEG);
    }
}

#[test]
fn record_ids_that_the_text_does_not_take_become_digests_of_themselves() {
    let id = |record_id: &str, direction| {
        let car = Passage { record_id: RecordId::from(record_id), ..passage(direction) };
        let Report::Passage(car) = there(&Report::Passage(car)).reports.remove(0).report else { panic!() };
        car.record_id.as_str().to_owned()
    };
    assert_eq!(id("20260401_000-17", Direction::Entry), "20260401_000-17");
    for odd in ["记录/17", "a.b", &"a".repeat(33)] {
        let digest = id(odd, Direction::Entry);
        assert!(digest.len() == 32 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{digest}");
        assert_eq!(digest, id(odd, Direction::Exit), "entry and exit still meet");
    }
}

#[test]
fn a_car_without_a_plate_is_written_in_words() {
    let car = Passage { plate: None, ..passage(Direction::Entry) };
    assert!(item(&Report::Passage(car.clone())).1.contains(r#""plateNo":"无牌车""#));
    assert_eq!(there(&Report::Passage(car.clone())).reports[0].report, Report::Passage(car));
}

#[test]
fn a_gate_without_a_code_goes_by_its_name() {
    let car = Passage { gate_code: None, ..passage(Direction::Exit) };
    assert!(item(&Report::Passage(car)).1.contains(r#""exitCode":"北门","exitName":"北门""#));
    let car = Passage { gate: None, ..passage(Direction::Exit) };
    assert!(item(&Report::Passage(car)).1.contains(r#""exitCode":"G00001","carModel""#));
}

#[test]
fn colours_of_other_standards_find_their_codes() {
    for (color, plate_color, text) in [
        ("白", "蓝", r#""carColor":1,"plateColor":1"#),
        ("粉红", "渐变绿", r#""carColor":8,"plateColor":5"#),
        ("蓝色", "黄绿双拼", r#""carColor":7,"plateColor":6"#),
        ("黑色", "透明", r#""carColor":3,"bookCode""#),
    ] {
        let vehicle = Vehicle {
            color: Some(color.to_owned()),
            plate_color: Some(plate_color.to_owned()),
            ..Vehicle::default()
        };
        let car = Passage { vehicle: Some(vehicle), ..passage(Direction::Entry) };
        let written = item(&Report::Passage(car)).1;
        assert!(written.contains(text), "{written}");
    }
}

#[test]
fn numbers_that_a_lot_does_not_count_follow_or_are_zero() {
    let bare = SpaceCount::new(lot(), now(), 40);
    assert!(item(&Report::SpaceCount(bare.clone())).1.contains(
        r#""usedStalls":0,"reservedStalls":0,"usedCharingStalls":0,"unusedStalls":40,"unusedReservableStalls":0,"unusedCharingStalls":0}"#
    ));
    let known = SpaceCount { total: Some(200), ..bare.clone() };
    assert!(item(&Report::SpaceCount(known)).1.contains(r#""usedStalls":160,"#));
    let full = SpaceCount { total: Some(30), ..bare };
    assert!(item(&Report::SpaceCount(full)).1.contains(r#""usedStalls":0,"#), "more free than there are");
}

#[test]
fn a_count_that_is_sent_late_says_when_it_was_right() {
    let an_hour_ago = now() - SignedDuration::from_hours(1);
    for report in [
        Report::SpaceCount(SpaceCount { at: an_hour_ago, ..count() }),
        Report::CarsInside(CarsInside { at: an_hour_ago, ..cars() }),
    ] {
        let delivery = there(&report);
        assert_eq!(delivery.reports[0].report, report);
        assert_eq!(delivery.sent_at, Some(an_hour_ago));
    }
    let tomorrow = now() + SignedDuration::from_hours(24);
    let delivery = there(&Report::SpaceCount(SpaceCount { at: tomorrow, ..count() }));
    assert_eq!(delivery.sent_at, Some(now()), "nobody counts tomorrow's spaces");
}

#[test]
fn plates_are_encrypted_where_the_lot_says_so() {
    let own = own_with(&[("encrypted", "0"), ("sm4_key_hex", SM4_KEY)]);
    for report in [
        Report::Passage(passage(Direction::Entry)),
        Report::Passage(passage(Direction::Exit)),
        Report::CarsInside(cars()),
        Report::CarsInside(CarsInside { plates: Vec::new(), ..cars() }),
        Report::OffPeakOrder(order()),
    ] {
        let sealed = seal(&report, &own).unwrap();
        assert_eq!(sealed.request.headers()["encrypted"], "0");
        let body = std::str::from_utf8(sealed.request.body()).unwrap();
        assert!(!body.contains("粤B"), "{body}");
        assert!(!format!("{:?}", sealed.steps).contains(SM4_KEY));
        assert_eq!(deliver(sealed.request).unwrap().reports[0].report, report);
    }
    let plain = seal(&Report::SpaceCount(count()), &own).unwrap();
    assert!(!plain.request.headers().contains_key("encrypted"), "no plate in it");
}

#[test]
fn a_lot_without_a_licence_leaves_its_number_empty() {
    let mut said = profile();
    said.details.remove("permitNo");
    assert!(item(&Report::Lot(said.clone())).1.contains(r#""permitNo":"","#));
    said.kind = Some(LotKind::OnStreet);
    assert!(item(&Report::Lot(said)).1.contains(r#""parkType":0,"#));
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn any_gate_and_record_survive_the_way_there(
        name in "\\PC{0,200}", code in "[^\\x00\\s]{1,200}", id in "[0-9A-Za-z_-]{1,32}", kind in 1_u8..=99,
        seconds in 86_400_i64..4_000_000_000, exit in any::<bool>(),
    ) {
        let direction = if exit { Direction::Exit } else { Direction::Entry };
        let car = Passage {
            record_id: RecordId::from(id),
            gate: Some(name.trim().to_owned()).filter(|name| !name.is_empty()),
            gate_code: Some(code.trim().to_owned()).filter(|code| !code.is_empty()).or(Some("E1".to_owned())),
            plate_kind: PlateKind::from_code(kind),
            at: jiff::Timestamp::from_second(seconds).unwrap(),
            ..passage(direction)
        };
        let report = Report::Passage(car);
        prop_assert_eq!(&there(&report).reports[0].report, &report);
    }

    #[test]
    fn any_counts_survive_the_way_there(numbers in proptest::array::uniform9(0_i64..=i64::from(i32::MAX))) {
        let [vacant, charging, used, reserved, charging_used, reservable, monthly, fixed, temporary] = numbers;
        let parts = SpaceParts {
            used: Some(used),
            reserved: Some(reserved),
            charging_used: Some(charging_used),
            reservable_vacant: Some(reservable),
            monthly_vacant: Some(monthly),
            fixed_vacant: Some(fixed),
            temporary_vacant: Some(temporary),
        };
        let said = SpaceCount::new(lot(), now(), vacant);
        let report =
            Report::SpaceCount(SpaceCount { charging_vacant: Some(charging), parts: Some(parts), ..said });
        prop_assert_eq!(&there(&report).reports[0].report, &report);
    }
}
