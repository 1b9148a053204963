//! Properties of the business data alone, without envelope and encryption: those cost a millisecond a block, and
//! what a lot can write into its JSON is where the surprises are.

use super::{Interface, open, photo_upload, seal};
use crate::Fault;
use crate::lot_side::Outgoing;
use crate::platform_side::{Delivery, LotAccess, LotLookup};
use crate::shared::{WallClock, clock};
use bowei_encoding::sha256_hex;
use bowei_model::{
    Direction, LotCode, LotKind, Passage, Photo, PhotoRole, Picture, Plate, PlateKind, RecordId, Report,
};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Every lot is the speaker's, under its own id.
struct OneBook;

impl LotLookup for OneBook {
    fn lot(&self, id: &str) -> LotAccess {
        LotAccess::Granted(LotCode::from(id))
    }
}

fn config(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config
}

fn interface() -> impl Strategy<Value = Interface> {
    prop::sample::select(&Interface::ALL[..])
}

/// A text that counts as present: something in it besides blanks, and nothing that a database cannot keep.
fn text(max: usize) -> impl Strategy<Value = String> {
    vec(prop_oneof![Just('浙'), Just('"'), Just('\\'), Just('\n'), any::<char>()], 1..max)
        .prop_map(|chars| chars.into_iter().filter(|c| *c != '\0').collect::<String>().trim().to_owned())
        .prop_filter("blank", |text| !text.is_empty())
}

/// Whole seconds of four-digit years in UTC+08:00: what a wall clock in a message can say.
fn moment() -> impl Strategy<Value = Timestamp> {
    let is_set = |at: &Timestamp| !clock::is_unset(&WallClock::of(*at).unwrap().to_string());
    let any = (-62_135_000_000_i64..253_402_200_000).prop_map(|s| Timestamp::from_second(s).unwrap());
    any.prop_filter("a date that nobody has set", is_set)
}

fn plate_kind() -> impl Strategy<Value = PlateKind> {
    prop::sample::select(vec![
        PlateKind::LARGE,
        PlateKind::SMALL,
        PlateKind::LARGE_NEW_ENERGY,
        PlateKind::SMALL_NEW_ENERGY,
    ])
}

/// A passage as this standard can say it all: what it has no field for is not there.
fn passage() -> impl Strategy<Value = (Passage, LotKind)> {
    let where_and_how = (any::<bool>(), any::<bool>(), text(20), text(128), text(30));
    let car = (option::of(text(20)), option::of(plate_kind()), moment(), moment());
    let counts = (any::<i64>(), option::of(any::<i64>()), any::<i64>());
    let rest = (option::of(any::<bool>()), option::of(text(200)));
    (where_and_how, car, counts, rest).prop_map(|(place, car, counts, rest)| {
        let (street, is_exit, lot, record_id, gate_or_berth) = place;
        let (plate, kind, at, entered_at) = car;
        let (vacant, charging_vacant, minutes) = counts;
        // The two tables whose vehicleType is required write small where the report has no kind.
        let plate_kind = if street == is_exit { kind } else { kind.or(Some(PlateKind::SMALL)) };
        let direction = if is_exit { Direction::Exit } else { Direction::Entry };
        let passage = Passage {
            plate: plate.and_then(|text| Plate::read(&text)).filter(|p| p.as_str().chars().count() < 255),
            plate_kind,
            gate: (!street).then(|| gate_or_berth.clone()),
            berth: street.then_some(gate_or_berth),
            entered_at: is_exit.then_some(entered_at),
            minutes: is_exit.then_some(minutes),
            vacant: Some(vacant),
            charging_vacant: charging_vacant.filter(|_| !street),
            abnormal: rest.0,
            memo: rest.1,
            ..Passage::new(LotCode::from(lot), RecordId::from(record_id), direction, at)
        };
        (passage, if street { LotKind::OnStreet } else { LotKind::OffStreet })
    })
}

fn delivered(report: &Report, lot_kind: LotKind, picture: Option<&[u8]>) -> Delivery {
    let lot_id = report.lot().map(|lot| lot.as_str()).unwrap_or("");
    let (interface, plain) = seal::business(Outgoing { report, lot_id, lot_kind, picture }).unwrap();
    open::business(interface, &plain, &OneBook).unwrap()
}

/// JSON of any shape whose keys are likely to be those that the readers ask for.
fn json() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => prop::sample::select(vec![
            "parkinglotId", "parkingdataId", "vehiclePlate", "vehicleType", "berthCode", "parkTime", "exitTime",
            "remainingSpaces", "duration", "channel_name", "channelName ", " memo", "isAbnormal", "imgList",
            "imgUrl", "imgBase64", "imgType", "availableChargers",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let quoted = |text: String| serde_json::to_string(&text).unwrap();
    let leaf = prop_oneof![
        any::<String>().prop_map(quoted),
        any::<f64>().prop_map(|n| n.to_string()),
        any::<i128>().prop_map(|n| n.to_string()),
        prop::sample::select(vec![
            "null",
            "true",
            "\"\"",
            "\"1\"",
            "1",
            "4",
            "5",
            "1e400",
            "-0",
            "\"2026-04-01 08:15:30\"",
            "\"/9j/4AAQ\"",
            "\"data:image/jpeg;base64,/9j/\"",
            "\"http://a/b.jpg\"",
            "\"\\ud800\"",
            "\"\\u0000\"",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 40, 14, move |inner| {
        let fields = vec((name.clone(), inner.clone()), 0..14).prop_map(move |fields| {
            let fields: Vec<_> = fields.into_iter().map(|(k, v)| format!("{}:{v}", quoted(k))).collect();
            format!("{{{}}}", fields.join(","))
        });
        prop_oneof![3 => fields, 1 => vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(",")))]
    })
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn a_passage_reads_as_it_was_written((passage, lot_kind) in passage()) {
        let report = Report::Passage(passage);
        let delivery = delivered(&report, lot_kind, None);
        prop_assert_eq!(delivery.receipt.as_deref(), report.record_id());
        prop_assert_eq!(&delivery.reports[0].report, &report);
        prop_assert_eq!(&delivery.reports[0].unnamed_fields, &None);
    }

    #[test]
    fn a_picture_reads_as_it_was_written(
        body in vec(any::<u8>(), 0..600), exit in any::<bool>(), street in any::<bool>(), record_id in text(128),
    ) {
        let bytes = [&[0xff, 0xd8, 0xff][..], &body].concat();
        let report = Report::Photo(Photo {
            lot: LotCode::from("L-1"),
            record_id: RecordId::from(record_id),
            role: if exit { PhotoRole::Exit } else { PhotoRole::Entry },
            slot: None,
            taken_at: None,
            picture: Picture::Bytes {
                sha256: sha256_hex(&bytes),
                bytes: bytes.len() as u64,
                media_type: "image/jpeg".to_owned(),
            },
        });
        let lot_kind = if street { LotKind::OnStreet } else { LotKind::OffStreet };
        let delivery = delivered(&report, lot_kind, Some(&bytes));
        prop_assert_eq!(&delivery.reports[0].report, &report);
        prop_assert_eq!(&delivery.pictures[0].bytes[..], &bytes[..]);
    }

    #[test]
    fn any_bytes_are_read_or_refused(interface in interface(), bytes in vec(any::<u8>(), 0..400)) {
        let _ = open::business(interface, &bytes, &OneBook);
    }

    #[test]
    fn any_json_is_read_or_refused_with_words(interface in interface(), json in json()) {
        if let Err(refused) = open::business(interface, json.as_bytes(), &OneBook) {
            let message = refused.fault.message();
            prop_assert!(!message.is_empty() && message.chars().count() < 600, "{}", message);
            prop_assert!(!message.chars().any(char::is_control), "{}", message);
        }
    }

    #[test]
    fn a_message_with_a_changed_byte_is_read_or_refused(
        (passage, lot_kind) in passage(), place in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let (report, lot_id) = (Report::Passage(passage), "L-1");
        let (interface, mut plain) =
            seal::business(Outgoing { report: &report, lot_id, lot_kind, picture: None }).unwrap();
        let place = place.index(plain.len());
        plain[place] = byte;
        let _ = open::business(interface, &plain, &OneBook);
    }
}

#[test]
fn a_photo_body_has_room_for_two_full_pictures() {
    assert_eq!(photo_upload::BODY_MAX_BYTES, 8_673_680);
}

#[test]
fn json_nested_without_end_is_refused() {
    for nested in ["[".repeat(200_000), format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000))] {
        let plain = format!(r#"{{"parkinglotId":"L-1","parkingdataId":"R-1","x":{nested}}}"#);
        let refused = open::business(Interface::Heartbeat, plain.as_bytes(), &OneBook).unwrap_err();
        assert!(matches!(refused.fault, Fault::Unreadable { .. } | Fault::WrongType { .. }), "{refused:?}");
    }
}

#[test]
fn more_fields_than_any_text_has_are_refused() {
    let fields: Vec<_> = (0..300).map(|n| format!("\"f{n}\":1")).collect();
    let plain = format!("{{{}}}", fields.join(","));
    let refused = open::business(Interface::Heartbeat, plain.as_bytes(), &OneBook).unwrap_err();
    assert!(matches!(refused.fault, Fault::Unreadable { .. }), "{refused:?}");
}

#[test]
fn a_list_of_a_million_pictures_is_counted_and_refused() {
    let items = vec!["1"; 1_000_000].join(",");
    let plain = format!(r#"{{"parkinglotId":"L-1","parkingdataId":"R-1","imgList":[{items}]}}"#);
    let refused = open::business(Interface::PhotoUpload, plain.as_bytes(), &OneBook).unwrap_err();
    let expected = Fault::TooLong {
        field: "imgList".to_owned(),
        max: "16 项".to_owned(),
        received: "1000000 项".to_owned(),
    };
    assert_eq!(refused.fault, expected);
}
