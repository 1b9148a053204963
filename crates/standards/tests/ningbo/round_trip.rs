//! What a lot seals, the platform reads as the same.

use crate::ningbo::scene::{LOT, LOT_ID, TIME, deliver, now, own, report};
use bowei_encoding::sha256_hex;
use bowei_model::{
    Direction, Heartbeat, LotCode, LotKind, Passage, Photo, PhotoRole, Picture, Plate, PlateKind, RecordId,
    Report, SpaceCount, Vehicle,
};
use bowei_standards::LotSide;
use bowei_standards::lot_side::ClockQuestion as _;
use bowei_standards::lot_side::{CannotSeal, Outgoing, Sealed};
use bowei_standards::ningbo::Ningbo;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;

fn seal(report: &Report, picture: Option<&[u8]>) -> Result<Sealed, CannotSeal> {
    let outgoing = Outgoing { report, lot_id: LOT_ID, lot_kind: LotKind::OffStreet, picture };
    let sealed = Ningbo.seal(outgoing, own().as_ref(), now())?;
    let steps = format!("{:?}", sealed.steps);
    assert!(!steps.contains("e10adc") && !steps.contains("123456"), "{steps}");
    Ok(sealed)
}

fn entry() -> Passage {
    let entry = Passage::new(LotCode::from(LOT), RecordId::from("B-1"), Direction::Entry, now());
    Passage { plate_kind: Some(PlateKind::SMALL), vacant: Some(20), ..entry }
}

fn body(sealed: &Sealed) -> &str {
    std::str::from_utf8(sealed.request.body()).unwrap()
}

#[test]
fn a_heartbeat_and_a_count_are_the_same_message() {
    let heartbeat = Report::Heartbeat(Heartbeat { lot: Some(LotCode::from(LOT)) });
    let sealed = seal(&heartbeat, None).unwrap();
    let account =
        r#""portname":"admin","portpwd":"e10adc3949ba59abbe56e057f20f883e","parkpotid":"330212077102""#;
    assert_eq!(body(&sealed), format!("{{{account}}}"));
    assert_eq!(report(sealed.request), heartbeat);

    let count = Report::SpaceCount(SpaceCount::new(LotCode::from(LOT), now(), 20));
    let sealed = seal(&count, None).unwrap();
    assert_eq!(body(&sealed), format!(r#"{{{account},"freeparklotcount":20}}"#));
    let delivery = deliver(sealed.request).unwrap();
    assert_eq!(delivery.reports[1].report, count);
}

#[test]
fn the_question_for_the_time_is_sealed() {
    let sealed = Ningbo.seal_clock(own().as_ref(), LOT_ID).unwrap();
    assert_eq!(sealed.request.uri().path(), TIME);
    assert!(deliver(sealed.request).unwrap().receipt.is_some());
    assert!(matches!(
        Ningbo.seal_clock(own().as_ref(), "1"),
        Err(CannotSeal::Unfit { field: "parkpotid", .. })
    ));
}

#[test]
fn an_arrival_is_written_to_the_byte() {
    let account =
        r#""portname":"admin","portpwd":"e10adc3949ba59abbe56e057f20f883e","parkpotid":"330212077102""#;
    let business = r#""businessid":"B-1","businesstype":"1","vehnum":"","vehtype":"02","parktime":"2026-04-01 08:15:30","leavetime":"","freeparklotcount":20"#;
    let sealed = seal(&Report::Passage(entry()), None).unwrap();
    assert_eq!(body(&sealed), format!("{{{account},{business}}}"));
    let vehicle =
        Vehicle {
            plate_color: Some("绿色".to_owned()), color: Some("白".to_owned()), ..Vehicle::default()
        };
    let sealed = seal(&Report::Passage(Passage { vehicle: Some(vehicle), ..entry() }), None).unwrap();
    let looks = r#""hpys":"未识别","mainbrandid":"000","subbrandid":"000","csys":"白色""#;
    assert_eq!(body(&sealed), format!("{{{account},{business},{looks}}}"));
}

#[test]
fn kinds_of_plates_that_the_text_lacks_are_written_as_the_nearest() {
    for (kind, written) in
        [(None, "02"), (Some(23), "02"), (Some(41), "02"), (Some(15), "01"), (Some(24), "07")]
    {
        let plate_kind = kind.and_then(PlateKind::from_code);
        let sealed = seal(&Report::Passage(Passage { plate_kind, ..entry() }), None).unwrap();
        assert!(body(&sealed).contains(&format!(r#""vehtype":"{written}""#)), "{kind:?}");
    }
}

#[test]
fn what_the_text_requires_must_be_there() {
    let missing = |passage: Passage| match seal(&Report::Passage(passage), None) {
        Err(CannotSeal::Missing { field }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(missing(Passage { vacant: None, ..entry() }), "freeparklotcount");
    assert_eq!(missing(Passage { direction: Direction::Exit, ..entry() }), "parktime");
    assert_eq!(missing(Passage { record_id: RecordId::from(" "), ..entry() }), "businessid");
    let long = Passage { record_id: RecordId::from("B".repeat(129)), ..entry() };
    assert!(matches!(seal(&Report::Passage(long), None), Err(CannotSeal::Unfit { field: "businessid", .. })));
}

fn photo(bytes: &[u8]) -> Photo {
    Photo {
        lot: LotCode::from(LOT),
        record_id: RecordId::from("B-1"),
        role: PhotoRole::Exit,
        slot: Some(4),
        taken_at: Some(now()),
        picture: Picture::Bytes {
            sha256: sha256_hex(bytes),
            bytes: bytes.len() as u64,
            media_type: "image/jpeg".to_owned(),
        },
    }
}

#[test]
fn a_photo_comes_back_as_it_was() {
    let bytes = b"\xff\xd8\xff\xe0\r\n--bowei\r\n";
    let said = Report::Photo(photo(bytes));
    let sealed = seal(&said, Some(bytes)).unwrap();
    let delivery = deliver(sealed.request).unwrap();
    assert_eq!((&delivery.reports[0].report, &delivery.pictures[0].bytes[..]), (&said, &bytes[..]));
    for (role, slot) in [(PhotoRole::Entry, 1), (PhotoRole::Exit, 1)] {
        let without_record_id = Report::Photo(Photo { slot: None, role, ..photo(bytes) });
        let Report::Photo(received) = report(seal(&without_record_id, Some(bytes)).unwrap().request) else {
            panic!()
        };
        assert_eq!(received.slot, Some(slot));
    }
}

#[test]
fn a_photo_that_cannot_be_written_says_why() {
    let bytes = b"\xff\xd8\xff";
    let unfit = |photo: Photo, bytes: Option<&[u8]>| seal(&Report::Photo(photo), bytes).unwrap_err();
    assert_eq!(unfit(photo(bytes), None), CannotSeal::Missing { field: "file" });
    assert_eq!(
        unfit(Photo { taken_at: None, ..photo(bytes) }, Some(bytes)),
        CannotSeal::Missing { field: "takeTime" }
    );
    assert!(matches!(unfit(photo(b"x"), Some(bytes)), CannotSeal::Unfit { field: "file", .. }));
    let url = Photo { picture: Picture::Url("http://a/b.jpg".to_owned()), ..photo(bytes) };
    assert!(matches!(unfit(url, Some(bytes)), CannotSeal::Unfit { field: "file", .. }));
    let large = vec![0xff; 512_001];
    assert!(matches!(unfit(photo(&large), Some(&large)), CannotSeal::Unfit { field: "file", .. }));
    let sixth = Photo { slot: Some(6), ..photo(bytes) };
    assert!(matches!(unfit(sixth, Some(bytes)), CannotSeal::Unfit { field: "imgIndex", .. }));
}

fn word() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[A-Za-z0-9车牌]{1,20}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_passage_comes_back_as_it_was(
        id in "[0-9A-Za-z-]{1,128}", at in 0_i64..4_000_000_000, entered_at in 0_i64..4_000_000_000,
        exit in any::<bool>(), plate in proptest::option::of("[浙京][A-H][0-9]{5}"), vacant in any::<i64>(),
        kind in select(vec![1_u8, 2, 7, 8, 51, 52]), brand in word(), sub_brand in word(),
        color in proptest::option::of(select(vec!["蓝色", "粉色", "棕色"])),
        plate_color in proptest::option::of(select(vec!["蓝", "渐变绿", "黄绿双拼"])),
    ) {
        let second = |at| Timestamp::from_second(at).unwrap();
        let direction = if exit { Direction::Exit } else { Direction::Entry };
        let vehicle = Vehicle {
            color: color.map(str::to_owned), plate_color: plate_color.map(str::to_owned), brand, sub_brand,
        };
        let none = |text: &Option<String>| text.as_deref() == Some("000");
        prop_assume!(!none(&vehicle.brand) && !none(&vehicle.sub_brand));
        let said = Report::Passage(Passage {
            plate: plate.and_then(|plate| Plate::read(&plate)),
            plate_kind: PlateKind::from_code(kind),
            vehicle: vehicle.or_none(),
            entered_at: exit.then(|| second(entered_at)),
            vacant: Some(vacant),
            ..Passage::new(LotCode::from(LOT), RecordId::from(id), direction, second(at))
        });
        prop_assert_eq!(report(seal(&said, None).unwrap().request), said);
    }
}
