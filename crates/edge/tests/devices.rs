//! What cameras push, by their makers and their firmware: `tests/devices/` has the messages, made by hand after what
//! real ones look like.

use bowei_edge::devices::{CameraEvent, DeviceFault, Heard, Maker, Shows};
use bowei_model::{Direction, PlateKind, Vehicle};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use serde_json::Value;

fn headers(kind: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))])
}

fn file(name: &str) -> Bytes {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/devices").join(name);
    Bytes::from(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn kind_of(name: &str) -> &'static str {
    match name {
        "hikvision-form.bin" => "multipart/form-data; boundary=-----------------------------7e13971310878",
        "hikvision-mixed.bin" => "multipart/mixed;boundary=\"boundary\"",
        "hikvision-in-query.bin" => "multipart/form-data; boundary=shot",
        "vzenith-heartbeat.bin" => "multipart/form-data; boundary=------------------------caa771fe4a61f3d9",
        _ if name.ends_with(".xml") => "application/xml; charset=\"UTF-8\"",
        _ => "application/json",
    }
}

fn maker_of(name: &str) -> Maker {
    match name.split('-').next().unwrap() {
        "hikvision" => Maker::Hikvision,
        "dahua" => Maker::Dahua,
        _ => Maker::Vzenith,
    }
}

/// As firmware writes it that puts the event into the address.
const IN_QUERY: &str = "channelID=1&dateTime=2026-04-01T08:15:30%2B08:00&eventType=ANPR&licensePlate=%E6%B5%99E12345&lane=1\
    &direction=forward&confidenceLevel=97&plateColor=blue";

fn heard(name: &str) -> Vec<Heard> {
    let query = if name == "hikvision-in-query.bin" { IN_QUERY } else { "" };
    maker_of(name)
        .read_push(query, &headers(kind_of(name)), &file(name))
        .unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

fn car(name: &str) -> CameraEvent {
    match heard(name).as_slice() {
        [Heard::Car(event)] => event.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

fn plate(event: &CameraEvent) -> Option<&str> {
    event.plate.as_ref().map(bowei_model::Plate::as_str)
}

fn kind(event: &CameraEvent) -> Option<String> {
    event.plate_kind.map(|kind| kind.to_string())
}

fn looks(color: Option<&str>, plate: Option<&str>, brand: Option<&str>, sub: Option<&str>) -> Vehicle {
    let text = |text: Option<&str>| text.map(str::to_owned);
    Vehicle { color: text(color), plate_color: text(plate), brand: text(brand), sub_brand: text(sub) }
}

/// 2026-04-01 08:15:30 in UTC+08:00.
const AT: i64 = 1_775_002_530;

#[test]
fn the_same_car_by_every_maker_and_form() {
    for name in [
        "hikvision-plain.xml",
        "hikvision-old.xml",
        "hikvision-form.bin",
        "hikvision-mixed.bin",
        "hikvision-event.json",
        "hikvision-retold.xml",
        "hikvision-one-digit-offset.xml",
        "hikvision-in-query.bin",
        "dahua-tollgate.json",
        "dahua-gbk.json",
        "dahua-hex.json",
        "vzenith-push.json",
        "vzenith-gbk.json",
        "vzenith-base64.json",
        "vzenith-base64-gbk.json",
        "vzenith-offline.json",
        "vzenith-quick.json",
        "vzenith-slips.json",
        "vzenith-clone.json",
    ] {
        let event = car(name);
        assert_eq!(plate(&event), Some("浙E12345"), "{name}");
        assert_eq!(event.plate_kind, Some(PlateKind::SMALL), "{name}");
        assert_eq!(event.vehicle.plate_color.as_deref(), Some("蓝"), "{name}");
        assert_eq!(event.at.map(|at| at.as_second()), Some(AT), "{name}");
        assert!(event.confidence.is_some_and(|level| level >= 96), "{name}");
        assert!(event.channel.is_some(), "{name}");
    }
}

#[test]
fn what_the_documents_have_curl_say_is_a_car() {
    for page in
        [include_str!("../../../docs/edge/devices.md"), include_str!("../../../docs/edge/devices.zh-CN.md")]
    {
        let (_, rest) = page.split_once("-d '<").unwrap();
        let (alert, _) = rest.split_once("</EventNotificationAlert>").unwrap();
        let alert = format!("<{alert}</EventNotificationAlert>")
            .replace("'$(date +%FT%T%:z)'", "2026-04-01T08:15:30+08:00");
        let heard = Maker::Hikvision.read_push("", &headers("application/xml"), &Bytes::from(alert)).unwrap();
        let [Heard::Car(event)] = heard.as_slice() else { panic!("no car") };
        assert_eq!((plate(event), event.at.map(|at| at.as_second())), (Some("浙E12345"), Some(AT)));
    }
}

#[test]
fn hikvision_says_looks_direction_and_its_id() {
    let event = car("hikvision-plain.xml");
    assert_eq!(event.vehicle, looks(Some("白色"), Some("蓝"), Some("1036"), Some("7")));
    assert_eq!(event.direction, Some(Direction::Entry));
    assert!(event.event_id.as_deref().is_some_and(|id| id.starts_with("20260401081530100")));
    let old = car("hikvision-old.xml");
    assert_eq!((old.direction, old.event_id.as_deref()), (Some(Direction::Exit), None));
    assert_eq!(old.vehicle, looks(None, Some("蓝"), None, Some("7")));
    let retold = car("hikvision-retold.xml");
    assert!(retold.retold && !event.retold);
    assert_eq!(retold.vehicle.color.as_deref(), Some("黑色"));
}

#[test]
fn new_energy_plates_are_small_or_large() {
    let small = car("hikvision-prefixed.xml");
    assert_eq!((plate(&small), kind(&small).as_deref()), (Some("浙ED12345"), Some("52")));
    assert_eq!(small.vehicle, looks(Some("灰色"), Some("渐变绿"), Some("1036"), Some("7")));
    let large = car("hikvision-gbk.xml");
    assert_eq!((plate(&large), kind(&large).as_deref()), (Some("浙F23D45"), Some("51")));
    assert_eq!(large.vehicle.plate_color.as_deref(), Some("黄绿双拼"));
    let old = car("dahua-old.json");
    assert_eq!((plate(&old), kind(&old).as_deref()), (Some("浙ED12345"), Some("52")));
    assert_eq!((old.event_id, old.direction), (None, Some(Direction::Exit)));
}

#[test]
fn pictures_come_with_the_scene_first() {
    for name in [
        "hikvision-form.bin",
        "hikvision-mixed.bin",
        "hikvision-in-query.bin",
        "dahua-tollgate.json",
        "vzenith-push.json",
    ] {
        let event = car(name);
        let shows: Vec<Shows> = event.pictures.iter().map(|picture| picture.shows).collect();
        assert_eq!(shows, [Shows::Scene, Shows::Plate], "{name}");
        assert!(event.pictures[0].bytes.ends_with(b"scene\xff\xd9"), "{name}");
        assert!(event.pictures[1].bytes.ends_with(b"plate\r\n\r\n\xff\xd9"), "{name}");
    }
    let vehicle_only = car("dahua-old.json").pictures;
    assert_eq!(vehicle_only.len(), 1);
}

#[test]
fn a_car_without_a_plate_is_a_car() {
    for name in ["hikvision-no-plate.xml", "dahua-no-plate.json", "vzenith-old-no-plate.json"] {
        let event = car(name);
        assert_eq!((plate(&event), kind(&event).as_deref()), (None, Some("41")), "{name}");
        assert_eq!(event.at.map(|at| at.as_second()), Some(AT), "{name}");
    }
    assert_eq!(car("hikvision-no-plate.xml").vehicle, looks(Some("黑色"), None, Some("1621"), Some("7")));
    assert_eq!(car("dahua-no-plate.json").vehicle, looks(Some("紫色"), None, Some("Volkswagen"), None));
    assert_eq!(car("vzenith-old-no-plate.json").vehicle, Vehicle::default());
}

#[test]
fn a_car_with_plates_of_three_regions_goes_by_the_first() {
    let event = car("vzenith-three-plates.json");
    assert_eq!((plate(&event), kind(&event).as_deref()), (Some("粤Z9065澳"), Some("27")));
    assert_eq!(event.direction, Some(Direction::Exit));
}

#[test]
fn signs_of_life_are_no_cars() {
    for name in [
        "hikvision-heartbeat.xml",
        "hikvision-pedestrian.xml",
        "dahua-keepalive.json",
        "dahua-device.json",
        "vzenith-heartbeat.bin",
        "vzenith-input.json",
        "vzenith-turned-back.json",
    ] {
        assert_eq!(heard(name), [Heard::Alive], "{name}");
    }
    let line = Bytes::from_static(
        b"device_name=IVS&ipaddr=192.168.1.100&user_name=admin&pass_wd=admin&serialno=d85b1269",
    );
    assert_eq!(Maker::Vzenith.read(&HeaderMap::new(), &line).unwrap(), [Heard::Alive]);
    for maker in [Maker::Hikvision, Maker::Dahua, Maker::Vzenith] {
        assert_eq!(maker.read(&HeaderMap::new(), &Bytes::new()).unwrap(), [Heard::Alive]);
    }
}

#[test]
fn another_makers_message_is_refused_with_what_was_expected() {
    for (maker, name, expected) in [
        (Maker::Hikvision, "dahua-tollgate.json", "EventNotificationAlert"),
        (Maker::Dahua, "vzenith-push.json", "TollgateInfo"),
        (Maker::Vzenith, "hikvision-plain.xml", "AlarmInfoPlate"),
        (Maker::Vzenith, "dahua-tollgate.json", "AlarmInfoPlate"),
    ] {
        let fault = maker.read(&headers(kind_of(name)), &file(name)).unwrap_err();
        assert!(matches!(fault, DeviceFault::Unreadable { .. }));
        assert!(fault.to_string().contains(expected), "{fault}");
        assert_eq!(maker.answer(Err(&fault)).status(), StatusCode::BAD_REQUEST);
    }
    let long = Bytes::from(vec![b'x'; Maker::Vzenith.body_max_bytes() + 1]);
    let fault = Maker::Vzenith.read(&HeaderMap::new(), &long).unwrap_err();
    assert_eq!(Maker::Vzenith.answer(Err(&fault)).status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn a_message_cut_off_after_the_plate_still_says_the_plate() {
    let whole = file("hikvision-form.bin");
    let xml_end = whole.windows(8).position(|window| window == b"</ANPR>\n").unwrap();
    for end in [xml_end, xml_end + 40, whole.len() - 60, whole.len() - 3] {
        let heard =
            Maker::Hikvision.read(&headers(kind_of("hikvision-form.bin")), &whole.slice(..end)).unwrap();
        let [Heard::Car(event)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!(plate(event), Some("浙E12345"));
    }
}

#[test]
fn a_device_name_cut_within_a_character_and_curly_quotes_cost_no_plate() {
    let text = String::from_utf8(file("vzenith-push.json").to_vec()).unwrap();
    let name = text.find("东门入口").unwrap();
    let mut cut = text.clone().into_bytes();
    cut.drain(name + 10..name + 12);
    let curly = text.replace("\"ipaddr\"", "“ipaddr”");
    for altered in [cut, curly.into_bytes()] {
        let heard = Maker::Vzenith.read(&HeaderMap::new(), &Bytes::from(altered)).unwrap();
        let [Heard::Car(event)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!(plate(event), Some("浙E12345"));
    }
}

#[test]
fn what_has_no_name_is_left_out_and_the_car_stays() {
    let text = String::from_utf8(file("vzenith-push.json").to_vec()).unwrap();
    for (from, to) in [
        ("\"carColor\": 8", "\"carColor\": \"mauve\""),
        ("\"colorType\": 1", "\"colorType\": 77"),
        ("\"plateid\": 21085", "\"plateid\": {}"),
        ("\"confidence\": 96", "\"confidence\": -1e99"),
        ("\"sec\": 1775002530", "\"sec\": 99999999999999999"),
        ("\"imageFile\": \"", "\"imageFile\": \"***"),
    ] {
        let altered = text.replace(from, to);
        assert_ne!(altered, text, "{from}");
        let heard = Maker::Vzenith.read(&HeaderMap::new(), &Bytes::from(altered)).unwrap();
        let [Heard::Car(event)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!(plate(event), Some("浙E12345"), "{to}");
    }
}

#[test]
fn an_event_in_the_address_is_read_however_it_is_written() {
    let read = |query: &str, body: &'static [u8]| {
        Maker::Hikvision.read_push(query, &HeaderMap::new(), &Bytes::from_static(body))
    };
    let picture = b"\xff\xd8\xff\xe0 scene";
    for (query, body) in [
        // The plus read as a blank, the plate in GBK, the picture bare, nothing but the plate and the time.
        (IN_QUERY.replace("%2B", "+"), &b""[..]),
        (IN_QUERY.replace("%E6%B5%99", "%D5%E3"), &picture[..]),
        ("licensePlate=%E6%B5%99E12345&dateTime=1775002530".to_owned(), &b" "[..]),
    ] {
        let heard = read(&query, body).unwrap();
        let [Heard::Car(event)] = heard.as_slice() else { panic!("{query}: {heard:?}") };
        assert_eq!(
            (plate(event), event.at.map(|at| at.as_second())),
            (Some("浙E12345"), Some(AT)),
            "{query}"
        );
        assert_eq!(event.pictures.len(), usize::from(body.len() > 1), "{query}");
    }
    assert_eq!(read("token=open-sesame", b"").unwrap(), [Heard::Alive]);
    assert!(read("token=open-sesame", b"no event").is_err());
}

#[test]
fn a_time_that_says_no_moment_is_shown_and_not_made_up() {
    for (name, from, to) in [
        ("hikvision-plain.xml", "2026-04-01T08:15:30+08:00", "01.04.26, 8 Uhr 15"),
        ("dahua-tollgate.json", "2026-04-01 08:15:30.250", "01.04.26, 8 Uhr 15"),
        ("vzenith-clone.json", "2026-4-1 8:15:30", "01.04.26, 8 Uhr 15"),
    ] {
        let text = String::from_utf8(file(name).to_vec()).unwrap().replace(from, to);
        let heard = maker_of(name).read(&headers(kind_of(name)), &Bytes::from(text)).unwrap();
        let [Heard::Car(event)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!((event.at, event.unread_time.as_deref()), (None, Some(to)), "{name}");
        // An unset clock shows the same time always: only a picture tells one car from the next.
        let told_apart = event.event_id.is_none() && !event.pictures.is_empty();
        assert_eq!(event.fingerprint.is_some(), told_apart, "{name}");
    }
    assert_eq!(car("vzenith-clone.json").unread_time, None);
    let millis = String::from_utf8(file("vzenith-push.json").to_vec()).unwrap();
    let millis = millis.replace("\"sec\": 1775002530", "\"sec\": 1775002530000");
    let heard = Maker::Vzenith.read(&HeaderMap::new(), &Bytes::from(millis)).unwrap();
    assert!(
        matches!(heard.as_slice(), [Heard::Car(event)] if event.at.is_some_and(|at| at.as_second() == AT))
    );
}

#[test]
fn no_answer_opens_a_barrier() {
    let body =
        |maker: Maker, name: &str| String::from_utf8(maker.answer(Ok(&heard(name))).body().to_vec()).unwrap();
    let answer: Value = serde_json::from_str(&body(Maker::Vzenith, "vzenith-push.json")).unwrap();
    assert_eq!(answer["Response_AlarmInfoPlate"]["info"], "no");
    assert_eq!(answer["Response_AlarmInfoPlate"]["content"], "retransfer_stop");
    assert_eq!(answer["Response_AlarmInfoPlate"].get("ContinuePushOffline"), None);
    let offline: Value = serde_json::from_str(&body(Maker::Vzenith, "vzenith-offline.json")).unwrap();
    let go_on = serde_json::json!({"plateid": 21085, "continue": 1});
    assert_eq!(offline["Response_AlarmInfoPlate"]["ContinuePushOffline"], go_on);
    let dahua: Value = serde_json::from_str(&body(Maker::Dahua, "dahua-tollgate.json")).unwrap();
    assert_eq!(
        (&dahua["Result"], &dahua["DeviceID"]),
        (&true.into(), &"6a3f1b2c-9d4e-4f7a-8b6c-000000000001".into())
    );
    let alive: Value = serde_json::from_str(&body(Maker::Dahua, "dahua-keepalive.json")).unwrap();
    assert_eq!(alive["Active"], true);
    assert!(body(Maker::Hikvision, "hikvision-form.bin").contains("<statusCode>1</statusCode>"));
    let full = DeviceFault::NotKept { why: "the disk is full".to_owned() };
    for maker in [Maker::Hikvision, Maker::Dahua, Maker::Vzenith] {
        let answer = maker.answer(Err(&full));
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        for word in ["\"ok\"", "OpenStrobe", "AllowUser", "ioctrl", "retransfer_stop", "disk"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}

#[test]
fn the_same_event_has_the_same_id_and_another_has_another() {
    for name in
        ["hikvision-plain.xml", "dahua-tollgate.json", "vzenith-push.json", "vzenith-old-no-plate.json"]
    {
        assert_eq!(car(name).event_id, car(name).event_id);
        assert!(car(name).event_id.is_some(), "{name}");
    }
    let text = String::from_utf8(file("vzenith-push.json").to_vec()).unwrap().replace("21085", "21086");
    let heard = Maker::Vzenith.read(&HeaderMap::new(), &Bytes::from(text)).unwrap();
    assert_ne!(heard, [Heard::Car(car("vzenith-push.json"))]);
}

const FILES: [&str; 12] = [
    "hikvision-plain.xml",
    "hikvision-gbk.xml",
    "hikvision-form.bin",
    "hikvision-mixed.bin",
    "hikvision-event.json",
    "dahua-tollgate.json",
    "dahua-gbk.json",
    "dahua-hex.json",
    "vzenith-push.json",
    "vzenith-gbk.json",
    "vzenith-base64.json",
    "vzenith-heartbeat.bin",
];

fn survives(maker: Maker, kind: &'static str, body: Vec<u8>) {
    let outcome = maker.read(&headers(kind), &Bytes::from(body));
    let answer = match &outcome {
        Ok(heard) => maker.answer(Ok(heard)),
        Err(fault) => maker.answer(Err(fault)),
    };
    assert!(!String::from_utf8_lossy(answer.body()).contains("\"info\":\"ok\""));
    for heard in outcome.into_iter().flatten() {
        if let Heard::Car(event) = heard {
            assert!(event.plate.is_none_or(|plate| plate.as_str().chars().count() <= 40));
            assert!(event.event_id.is_none_or(|id| id.chars().count() <= 128));
            assert!(event.pictures.len() <= 4);
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..2_000), place in 0..FILES.len()) {
        for maker in [Maker::Hikvision, Maker::Dahua, Maker::Vzenith] {
            survives(maker, kind_of(FILES[place]), body.clone());
        }
    }

    #[test]
    fn altered_and_cut_messages_are_answered(
        place in 0..FILES.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut body = file(FILES[place]).to_vec();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if cut {
            body.truncate(end.index(body.len()));
        }
        survives(maker_of(FILES[place]), kind_of(FILES[place]), body);
    }
}
