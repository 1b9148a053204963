//! What is made of what lots say, beyond what an answer shows.

use crate::shenzhen::scene::{
    KEPT, LOT, LOT_CODE, NOT_YOURS, SM4_KEY, account_with, deliver, entry, fields, message, now, post,
    report, take, take_as,
};
use bowei_model::{
    CarsInside, Datum, FindingKind, GateKind, GateStatus, LotCode, LotKind, PhotoSubject, Picture, Plate,
    Report, SpaceCount, SpaceParts,
};
use bowei_standards::platform_side::{Delivery, Opened, PlatformSide};
use bowei_standards::shared::multipart::Form;
use bowei_standards::shenzhen::Shenzhen;
use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

fn park_info() -> Value {
    json!({
        "parkName": "示范停车场", "parkCode": LOT, "permitNo": "深停许字〔2024〕001号", "parkType": 2,
        "address": "罗湖区示范路 1 号", "longitude": 114.1315, "latitude": "22.5486",
        "areaCode": "440303001", "serviceType": "08", "bizStatus": 1, "totalSpaces": 200,
        "totalCharingSpaces": 20, "reservable": 1, "reservableSpaces": 30,
        "totalReservableCharingSpaces": 5, "imageId": "board-1", "chargeDesc": "首小时 5元",
        "publicInfos": [{"type": "4", "startTime": "08:00:00", "endTime": "22:00:00",
            "startDateTime": "2023-04-19", "endDateTime": "2023-04-20 12:00:00", "note": "春节"}],
        "photoIds": ["a", "b"], "venueCode": "X"
    })
}

#[test]
fn a_lot_describes_itself() {
    let delivery = deliver(message("parkInfo", &park_info())).unwrap();
    let Report::Lot(profile) = &delivery.reports[0].report else { panic!() };
    assert_eq!(profile.lot.as_str(), LOT_CODE);
    assert_eq!(profile.lot_id, LOT);
    assert_eq!(profile.kind, Some(LotKind::OffStreet));
    assert_eq!(profile.district.as_deref(), Some("440303"));
    assert_eq!((profile.spaces_total, profile.charging_spaces), (Some(200), Some(20)));
    assert_eq!(profile.tariff.as_deref(), Some("首小时 5元"));
    assert_eq!(profile.in_service, Some(true));
    let (longitude, latitude) = profile.position.unwrap().0.write(Datum::Gcj02);
    assert!((longitude - 114.1315).abs() < 1e-6 && (latitude - 22.5486).abs() < 1e-6);
    let detail = |name: &str| profile.details.get(name).map(String::as_str);
    assert_eq!(detail("parkType"), Some("2"));
    assert_eq!(detail("areaCode"), Some("\"440303001\""), "longer than a district: kept whole");
    assert_eq!(detail("serviceType"), Some("8"));
    assert_eq!(detail("imageId"), Some("\"board-1\""));
    assert_eq!(detail("photoIds"), Some(r#"["a","b"]"#));
    assert_eq!(
        detail("publicInfos"),
        Some(
            r#"[{"type":4,"startTime":"08:00:00","endTime":"22:00:00","startDateTime":"2023-04-19","endDateTime":"2023-04-20 12:00:00"}]"#
        )
    );
    assert_eq!(detail("parkName"), None, "the model has a place for it");
    let unnamed: Value =
        serde_json::from_str(delivery.reports[0].unnamed_fields.as_deref().unwrap()).unwrap();
    assert_eq!(unnamed, json!({ "note": "春节", "venueCode": "X" }));
}

#[test]
fn a_photo_s_id_of_thirty_digits_keeps_all_of_them() {
    let digits = "123456789012345678901234567890";
    let mut info = park_info();
    info["photoIds"] = json!(["digits"]);
    let data = json!([info]).to_string().replace("\"digits\"", digits);
    let Report::Lot(profile) = report(post("parkInfo", crate::shenzhen::scene::enveloped(&data))) else {
        panic!()
    };
    assert_eq!(profile.details["photoIds"], format!("[\"{digits}\"]"));
}

#[test]
fn a_lot_on_the_street_that_is_out_of_use_says_so() {
    let mut info = park_info();
    info["parkType"] = 0.into();
    info["bizStatus"] = 0.into();
    info["areaCode"] = "440303".into();
    let Report::Lot(profile) = report(message("parkInfo", &info)) else { panic!() };
    assert_eq!((profile.kind, profile.in_service), (Some(LotKind::OnStreet), Some(false)));
    assert!(!profile.details.contains_key("areaCode"));
}

#[test]
fn the_platform_s_id_of_a_lot_is_its_code_or_the_code_s_digest() {
    let answered = |lot: &str| {
        let mut info = park_info();
        info["parkCode"] = lot.into();
        let receipt = deliver(message("parkInfo", &info)).unwrap().receipt.unwrap();
        let receipt: Value = serde_json::from_str(&receipt).unwrap();
        assert_eq!(receipt[0]["parkCode"], lot);
        receipt[0]["isvParkId"].as_str().unwrap().to_owned()
    };
    assert_eq!(answered(LOT), LOT_CODE);
    assert_eq!(answered("new-lot"), "sz-demo-new-lot", "a lot that nobody knows yet");
    let digest = answered("SZ-2");
    assert!(
        digest.len() == 32 && digest.bytes().all(|b| b.is_ascii_hexdigit()),
        "深圳-2 is no Uuid: {digest}"
    );
    assert_eq!(digest, answered("SZ-2"));
}

#[test]
fn a_lot_that_nobody_knows_yet_may_only_describe_itself() {
    // Vendors number their own lots: what somebody else's lot is called says nothing.
    let mut info = park_info();
    info["parkCode"] = NOT_YOURS.into();
    let Report::Lot(profile) = report(message("parkInfo", &info)) else { panic!() };
    assert_eq!(profile.lot.as_str(), format!("sz-demo-{NOT_YOURS}"));
    let mut car = entry();
    for lot in [NOT_YOURS, "new-lot"] {
        car["parkCode"] = lot.into();
        assert_eq!(deliver(message("enterRecord", &car)).unwrap_err().code, "1101");
    }
}

#[test]
fn a_gate_has_its_kind_its_place_and_its_state() {
    let mut info = json!({
        "parkCode": LOT, "name": "北门", "entranceExitCode": "G00001", "type": 3,
        "longitude": 114.1315, "latitude": 22.5486, "status": 2, "roadName": "示范路"
    });
    let Report::Gate(gate) = report(message("entranceExitInfo", &info)) else { panic!() };
    assert_eq!((gate.kind, gate.status), (GateKind::Both, GateStatus::Removed));
    assert_eq!((gate.code.as_str(), gate.road.as_deref()), ("G00001", Some("示范路")));
    let id = |info: &Value| deliver(message("entranceExitInfo", info)).unwrap().receipt.unwrap();
    let first = id(&info);
    info["name"] = "另名".into();
    assert_eq!(id(&info), first, "the same id for the same code ever after");
    info["entranceExitCode"] = "G00002".into();
    assert_ne!(id(&info), first);
}

#[test]
fn the_words_for_no_plate_are_no_plate() {
    for (text, plate) in [("无牌车", None), (" 粤b·123 45", Plate::read("粤B12345"))] {
        let mut car = entry();
        car["plateNo"] = text.into();
        let Report::Passage(passage) = report(message("enterRecord", &car)) else { panic!() };
        assert_eq!(passage.plate, plate);
    }
}

#[test]
fn fields_that_the_text_does_not_name_are_kept() {
    let mut car = entry();
    car["berth"] = "A-016".into();
    let delivery = deliver(message("enterRecord", &car)).unwrap();
    assert_eq!(delivery.reports[0].unnamed_fields.as_deref(), Some(r#"{"berth":"A-016"}"#));
}

#[test]
fn a_count_is_right_at_the_envelope_s_time() {
    let info = json!({
        "parkCode": LOT, "usedStalls": 150, "reservedStalls": 10, "usedCharingStalls": 5, "unusedStalls": 40,
        "unusedReservableStalls": 20, "unusedCharingStalls": 15, "unusedTempSpaces": 30
    });
    let parts = SpaceParts {
        used: Some(150),
        reserved: Some(10),
        charging_used: Some(5),
        reservable_vacant: Some(20),
        temporary_vacant: Some(30),
        ..SpaceParts::default()
    };
    let count = SpaceCount::new(LotCode::from(LOT_CODE), now(), 40);
    let count = SpaceCount { charging_vacant: Some(15), parts: Some(parts), ..count };
    assert_eq!(report(message("parkSpaceInfo", &info)), Report::SpaceCount(count));
}

fn cars(list: impl Into<Value>) -> Vec<String> {
    let item = json!({ "parkCode": LOT, "plateNoList": list.into() });
    let Report::CarsInside(CarsInside { at, plates, .. }) = report(message("parkCarInfo", &item)) else {
        panic!()
    };
    assert_eq!(at, now());
    plates.iter().map(|plate| plate.as_str().to_owned()).collect()
}

#[test]
fn cars_inside_are_split_at_commas_of_either_width() {
    let three = ["粤BPQR123", "粤BLMN456", "粤BZXW789"];
    assert_eq!(cars("粤 BPQR123, 粤 BLMN456,粤 BZXW789"), three, "the text's example");
    assert_eq!(cars("粤BPQR123，粤BLMN456 , ,粤BZXW789,无牌车"), three);
    assert_eq!(cars(json!(three)), three);
    assert!(cars("").is_empty(), "an empty lot at night");
    assert!(cars(json!([])).is_empty());
}

#[test]
fn a_list_of_cars_has_its_bound() {
    let plates = |count: usize| vec!["粤B12345"; count].join(",");
    assert_eq!(cars(plates(8_192)).len(), 8_192);
    let item = json!({ "parkCode": LOT, "plateNoList": plates(8_193) });
    assert_eq!(deliver(message("parkCarInfo", &item)).err().unwrap().code, "1004");
}

fn question(page: i64, size: i64) -> Value {
    json!({ "parkCode": LOT, "queryDate": "2023-09-25", "currentPage": page, "pageSize": size })
}

fn plates_to_mend(request: Request<Bytes>, plates: &[&str]) -> Result<Value, String> {
    let Opened::PlatesToReplenish(asked) = take(request).unwrap() else { panic!() };
    assert_eq!((asked.lot.as_str(), asked.day), (LOT_CODE, 20_230_925));
    let plates = plates.iter().filter_map(|plate| Plate::read(plate)).collect();
    match (asked.answer)(plates) {
        Ok(answer) => Ok(serde_json::from_str(&answer).unwrap()),
        Err(refusal) => {
            assert_eq!(refusal.lot_id.as_deref(), Some(LOT));
            Err(refusal.code)
        }
    }
}

#[test]
fn plates_to_mend_come_in_pages() {
    let plates = ["粤B00001", "粤B00002", "粤B00003"];
    let page = |page, size| plates_to_mend(message("replenishCarInfo", &question(page, size)), &plates);
    let found = |plates: &[&str]| Ok(json!([{ "parkCode": LOT, "plateNoList": plates }]));
    assert_eq!(page(1, 50), found(&plates));
    assert_eq!(page(1, 2), found(&plates[..2]));
    assert_eq!(page(2, 2), found(&plates[2..]));
    assert_eq!(page(3, 2), Err("1107".to_owned()));
    assert_eq!(page(2, 3), Err("1107".to_owned()));
    assert_eq!(page(2_147_483_647, 50), Err("1107".to_owned()));
    let empty = plates_to_mend(message("replenishCarInfo", &question(1, 50)), &[]);
    assert_eq!(empty, found(&[]), "nothing to mend is an answer");
    let past = plates_to_mend(message("replenishCarInfo", &question(2, 50)), &[]);
    assert_eq!(past, Err("1107".to_owned()));
}

#[test]
fn plates_to_mend_are_encrypted_for_whoever_encrypts() {
    let mut request = message("replenishCarInfo", &question(1, 50));
    request.headers_mut().insert("encrypted", "0".parse().unwrap());
    let found = plates_to_mend(request.clone(), &["粤B00001"]).unwrap();
    let sealed = found[0]["plateNoList"][0].as_str().unwrap();
    // The same text comes back as a plate when it is sent in a record.
    let mut car = entry();
    car["plateNo"] = sealed.into();
    let mut record = message("enterRecord", &car);
    record.headers_mut().insert("encrypted", "0".parse().unwrap());
    let Report::Passage(passage) = report(record.clone()) else { panic!() };
    assert_eq!(passage.plate, Plate::read("粤B00001"));

    let mut without = KEPT.clone();
    without.remove("sm4_key_hex");
    let account = account_with(vec![Shenzhen.credential(&without).unwrap()]);
    for request in [request, record.clone()] {
        assert_eq!(take_as(request, &account).unwrap_err().code, "3", "no agreed key");
    }
    // After a change of keys, what was sealed with the one before still opens.
    without.extend(fields(&[("sm4_key_hex", "00000000000000000000000000000000")]));
    let newer = Shenzhen.credential(&without).unwrap();
    let old = Shenzhen.credential(&KEPT).unwrap();
    assert!(take_as(record.clone(), &account_with(vec![newer.clone(), old])).is_ok());
    let refusal = take_as(record, &account_with(vec![newer])).unwrap_err();
    assert_eq!(refusal.code, "3");
    assert!(!format!("{refusal:?}").contains(SM4_KEY));
}

fn picture(bytes: &[u8]) -> Result<Delivery, bowei_standards::Refusal> {
    let mut form = Form::new("seed");
    form.file("file", "whatever.png", "image/png", bytes);
    for (name, value) in [
        ("parkCode", LOT),
        ("id", "P-1"),
        ("fileName", "示范停车20260401000001.jpg"),
        ("imageBizType", "4"),
        ("timestamp", "1775002530000"),
        ("pickTime", "1775002525000"),
        ("remark", "东门"),
    ] {
        form.text(name, value);
    }
    let (kind, body) = form.finish();
    let mut request = post("picture", body);
    request.headers_mut().insert("content-type", kind);
    deliver(request)
}

#[test]
fn a_picture_has_a_name_of_its_own() {
    let mut bytes = b"\xff\xd8\xff\xe0".to_vec();
    bytes.resize(100 * 1024, 0);
    let delivery = picture(&bytes).unwrap();
    let Report::NamedPhoto(photo) = &delivery.reports[0].report else { panic!() };
    assert_eq!((photo.photo_id.as_str(), photo.shows), ("P-1", PhotoSubject::Plate));
    assert_eq!(photo.taken_at, Some(Timestamp::from_millisecond(1_775_002_525_000).unwrap()));
    assert_eq!(photo.file_name.as_deref(), Some("示范停车20260401000001.jpg"));
    assert_eq!(delivery.sent_at, Some(now()));
    assert_eq!(delivery.pictures[0].media_type, "image/jpeg", "what the bytes show, not what the form says");
    assert_eq!(delivery.pictures[0].bytes, bytes);
    assert!(
        matches!(&photo.picture, Picture::Bytes { sha256, .. } if *sha256 == delivery.pictures[0].sha256)
    );
    assert!(delivery.reports[0].doubts.is_empty());
    assert_eq!(delivery.reports[0].unnamed_fields.as_deref(), Some(r#"{"remark":"东门"}"#));

    bytes.pop();
    let delivery = picture(&bytes).unwrap();
    assert_eq!(delivery.reports[0].doubts[0].kind, FindingKind::PhotoTooSmall);
}

#[test]
fn a_refused_picture_is_not_kept_in_the_refusal() {
    let refusal = picture(b"<html>").unwrap_err();
    assert_eq!((refusal.code.as_str(), refusal.lot_id.as_deref()), ("1005", Some(LOT)));
    assert_eq!(refusal.record_id.as_deref(), Some("P-1"));
    assert!(!refusal.read_as.unwrap().contains("<html>"));
}

#[test]
fn money_is_never_a_floating_point_number() {
    let order = json!({
        "parkCode": LOT, "isvCode": "isv", "packageCode": "PKG-1", "orderNo": "O-1", "orderAmount": 0.10,
        "orderStatus": 1, "permitNo": "深停许字"
    });
    let text = order.to_string().replace("0.1,", "0.30,");
    let body = crate::shenzhen::scene::enveloped(&format!("[{text}]"));
    let delivery = deliver(post("offPeakOrder", body)).unwrap();
    let Report::OffPeakOrder(order) = &delivery.reports[0].report else { panic!() };
    assert_eq!(order.amount.to_string(), "0.3");
    assert_eq!(order.plate, None);
    assert_eq!(delivery.reports[0].unnamed_fields.as_deref(), Some(r#"{"permitNo":"深停许字"}"#));
}

#[test]
fn seconds_are_read_as_seconds_and_found() {
    let spaces = json!([{
        "parkCode": LOT, "usedStalls": 1, "reservedStalls": 0, "usedCharingStalls": 0, "unusedStalls": -3,
        "unusedReservableStalls": 0, "unusedCharingStalls": 0
    }]);
    let body = crate::shenzhen::scene::enveloped(&spaces.to_string());
    let in_seconds = body.replace(&now().as_millisecond().to_string(), &now().as_second().to_string());
    assert_ne!(body, in_seconds);
    let delivery = deliver(post("parkSpaceInfo", in_seconds)).unwrap();
    assert_eq!(delivery.sent_at, Some(now()));
    let said = &delivery.reports[0];
    assert_eq!(
        said.doubts.iter().map(|doubt| doubt.kind).collect::<Vec<_>>(),
        [FindingKind::MalformedMessage]
    );
    let Report::SpaceCount(count) = &said.report else { panic!() };
    assert_eq!((count.at, count.vacant), (now(), -3));
    let nothing = body.replace(&now().as_millisecond().to_string(), "1");
    assert!(deliver(post("parkSpaceInfo", nothing)).is_err(), "never 1970");
}

#[test]
fn an_int_that_nobody_has_set_is_not_said_and_an_empty_plate_is_none() {
    let mut item = entry();
    item.as_object_mut().unwrap().extend(
        json!({ "carModel": 0, "carColor": "0", "plateColor": 0, "plateNo": "" })
            .as_object()
            .unwrap()
            .clone(),
    );
    let Report::Passage(passage) = report(message("enterRecord", &item)) else { panic!() };
    assert_eq!((passage.plate_kind, passage.vehicle, passage.plate), (None, None, None));
    for missing in [json!(null), json!({})] {
        item["plateNo"] = missing;
        assert!(deliver(message("enterRecord", &item)).is_err());
    }
}

#[test]
fn hours_are_completed_and_photos_told_apart() {
    let mut info = park_info();
    info["publicInfos"] = json!([{ "type": 1, "startTime": "08:30", "endTime": "24:00" }]);
    info["photoIds"] = json!("a， b,,c");
    let Report::Lot(profile) = report(message("parkInfo", &info)) else { panic!() };
    assert_eq!(profile.details["publicInfos"], r#"[{"type":1,"startTime":"08:30:00","endTime":"24:00:00"}]"#);
    assert_eq!(profile.details["photoIds"], r#"["a","b","c"]"#);
}
