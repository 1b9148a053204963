//! What real senders write otherwise than the text says, and what is made of it.

use crate::huzhou::scene::{HOLDER, Lots, NOW_MS, answer, deliver, now, post};
use bowei_model::{Doubt, FindingKind, LotCode, LotKind, Passage, Report};
use bowei_standards::huzhou::Huzhou;
use bowei_standards::platform_side::{Delivery, LotAccess, LotLookup, Opened, PlatformSide};
use serde_json::{Value, json};

const OUT: &str = "/api/parkinglot/out";

fn exit() -> Value {
    json!({
        "parkinglotId": "HZ330502001", "parkingdataId": "R-1", "vehiclePlate": "浙E12345", "vehicleType": 1,
        "channelName": "东门", "parkTime": "2026-04-01 07:00:00", "exitTime": "2026-04-01 08:15:30",
        "remainingSpaces": 12, "duration": 75
    })
}

fn with(changes: Value) -> Delivery {
    let mut exit = exit();
    exit.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    deliver(HOLDER.message(OUT, exit.to_string().as_bytes())).unwrap()
}

fn passage(delivery: &Delivery) -> (&Passage, Vec<FindingKind>) {
    let said = &delivery.reports[0];
    let Report::Passage(passage) = &said.report else { panic!("{:?}", said.report) };
    (passage, said.doubts.iter().map(|doubt| doubt.kind).collect())
}

#[test]
fn a_heartbeat_may_encrypt_nothing_in_many_ways() {
    for plain in ["{}", "null", "[]", "\"\"", " ", " \r\n ", " { } ", "''"] {
        let result = deliver(HOLDER.message("/api/heartbeat", plain.as_bytes()));
        assert!(result.is_ok(), "encrypted {plain:?}: {}", answer(&result));
    }
    // RSA of the empty string is a block of its own.
    let mut block = vec![0; 256];
    let empty = HOLDER.public.encrypt(b"", &mut block).unwrap();
    let result = deliver(HOLDER.envelope("/api/heartbeat", json!(crate::huzhou::scene::base64(empty))));
    assert!(result.is_ok(), "{}", answer(&result));
    for clear in [
        json!("{}"),
        json!("null"),
        json!("[]"),
        json!("\"\""),
        json!("  "),
        json!([]),
        json!({}),
        json!(null),
    ] {
        let result = deliver(HOLDER.envelope("/api/heartbeat", clear.clone()));
        assert!(result.is_ok(), "in clear {clear}: {}", answer(&result));
    }
}

#[test]
fn what_says_nothing_is_no_passage_and_what_says_something_else_no_heartbeat() {
    for plain in ["", "null", "[]", " "] {
        assert!(deliver(HOLDER.message(OUT, plain.as_bytes())).is_err(), "{plain:?}");
    }
    for plain in ["1", "[1]", "\"x\"", "nothing", "true"] {
        assert!(deliver(HOLDER.message("/api/heartbeat", plain.as_bytes())).is_err(), "{plain}");
    }
}

#[test]
fn the_data_may_be_url_safe_or_each_block_in_its_own_base64() {
    let plain = json!({ "memo": "x".repeat(400) }).to_string();
    let mut exit: Value = exit();
    exit.as_object_mut()
        .unwrap()
        .extend(serde_json::from_str::<Value>(&plain).unwrap().as_object().unwrap().clone());
    let encrypted = HOLDER.encrypted(exit.to_string().as_bytes(), 245);
    let whole = crate::huzhou::scene::base64(&encrypted);
    let url_safe = whole.replace('+', "-").replace('/', "_");
    let joined: String = encrypted.chunks(256).map(crate::huzhou::scene::base64).collect();
    for data in [whole.clone(), url_safe.clone(), url_safe.trim_end_matches('=').to_owned(), joined] {
        let result = deliver(HOLDER.envelope(OUT, json!(data)));
        assert!(result.is_ok(), "{}", answer(&result));
    }
}

#[test]
fn a_signature_may_be_hex_or_url_safe() {
    let right: Value =
        serde_json::from_slice(HOLDER.message(OUT, exit().to_string().as_bytes()).body()).unwrap();
    let base64 = right["signature"].as_str().unwrap();
    let hex: String =
        crate::huzhou::scene::from_base64(base64).iter().map(|byte| format!("{byte:02x}")).collect();
    let url_safe = base64.replace('+', "-").replace('/', "_");
    for signature in [hex.clone(), hex.to_uppercase(), url_safe, format!(" {base64} ")] {
        let mut body = right.clone();
        body["signature"] = json!(signature);
        let result = deliver(post(OUT, body.to_string()));
        assert!(result.is_ok(), "{signature}: {}", answer(&result));
    }
    for signature in
        [hex[2..].to_owned(), hex.replace(&hex[..1], if hex.starts_with('0') { "1" } else { "0" })]
    {
        let mut body = right.clone();
        body["signature"] = json!(signature);
        assert!(deliver(post(OUT, body.to_string())).is_err(), "{signature}");
    }
}

#[test]
fn an_account_may_have_blanks_around_it_signed_or_not() {
    let padded = format!("{}   ", HOLDER.app_id);
    let mut body: Value =
        serde_json::from_slice(HOLDER.message(OUT, exit().to_string().as_bytes()).body()).unwrap();
    body["appId"] = json!(padded);
    for app_id in [HOLDER.app_id.as_str(), &padded] {
        body["signature"] = json!(HOLDER.sign_as(app_id, OUT, &NOW_MS.to_string()));
        let result = deliver(post(OUT, body.to_string()));
        assert!(result.is_ok(), "signed as {app_id:?}: {}", answer(&result));
    }
}

#[test]
fn a_timestamp_in_seconds_is_told_so() {
    let seconds = (NOW_MS / 1_000).to_string();
    let mut body: Value =
        serde_json::from_slice(HOLDER.message(OUT, exit().to_string().as_bytes()).body()).unwrap();
    body["timestamp"] = json!(NOW_MS / 1_000);
    body["signature"] = json!(HOLDER.sign(OUT, &seconds));
    assert_eq!(
        answer(&deliver(post(OUT, body.to_string()))),
        "{\"code\":401,\"msg\":\"timestamp 单位错误：应与平台时间相差不超过 300 秒，收到 1775002530，看起来是秒，\
         应为毫秒（13 位数字）\",\"data\":{}}"
    );
}

#[test]
fn texts_and_times_may_have_what_databases_put_around_them() {
    let delivery = with(json!({
        "parkinglotId": " HZ330502001 ", "parkingdataId": "R-1   ", "parkTime": "2026-04-01T07:00:00.000",
        "exitTime": " 2026-04-01 08:15:30.0", "channelName": "东门 "
    }));
    let expected = with(json!({}));
    assert_eq!(passage(&delivery), passage(&expected));
}

#[test]
fn an_entry_time_that_nobody_has_set_is_not_said() {
    for unset in
        ["0001-01-01 00:00:00", "0001-01-01T00:00:00", "1970-01-01 08:00:00", "1900-01-01 00:00:00.000"]
    {
        let delivery = with(json!({ "parkTime": unset, "duration": 1_065_171_375_i64 }));
        let (passage, doubts) = passage(&delivery);
        assert_eq!(passage.entered_at, None, "{unset}");
        assert_eq!(doubts, [FindingKind::MissingField], "{unset}");
    }
    let mut exit = exit();
    exit["exitTime"] = json!("0001-01-01 00:00:00");
    let told = answer(&deliver(HOLDER.message(OUT, exit.to_string().as_bytes())));
    assert!(
        told.contains("exitTime 缺失：必填") && told.contains("0001-01-01 00:00:00 是未设置的日期"),
        "{told}"
    );
}

/// The same lots, all of them off the street.
struct OffStreet;

impl LotLookup for OffStreet {
    fn lot(&self, id: &str) -> LotAccess {
        Lots.lot(id)
    }

    fn kind(&self, _: &LotCode) -> Option<LotKind> {
        Some(LotKind::OffStreet)
    }
}

fn doubts_off_street(path: &str, plain: &Value) -> Vec<Doubt> {
    let envelope = Huzhou.read(HOLDER.message(path, plain.to_string().as_bytes())).unwrap();
    match envelope.open(&HOLDER.account(), &OffStreet, now()).unwrap() {
        Opened::Delivery(delivery) => delivery.reports.into_iter().flat_map(|said| said.doubts).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_interface_for_the_other_kind_of_lot_is_found() {
    assert_eq!(doubts_off_street(OUT, &exit()), []);
    let berth = json!({
        "parkinglotId": "HZLD0007", "parkingdataId": "R-2", "vehiclePlate": "浙E12345", "vehicleType": 1, "berthCode": "B-7",
        "parkTime": "2026-04-01 07:00:00", "remainingSpaces": 3
    });
    let found = doubts_off_street("/api/parking/in", &berth);
    assert_eq!(found.iter().map(|doubt| doubt.kind).collect::<Vec<_>>(), [FindingKind::WrongLotKind]);
    assert_eq!(found[0].in_chinese(), "接口用于路内停车，平台登记的此停车场为路外停车场");
    let photos = json!({
        "parkinglotId": "HZ330502001", "parkingdataId": "R-1",
        "imgList": [{ "imgUrl": "http://192.0.2.1/1.jpg", "imgType": 3 }, { "imgUrl": "http://192.0.2.1/2.jpg", "imgType": 2 }]
    });
    let found = doubts_off_street("/api/photo/upload", &photos);
    assert_eq!(found.iter().map(|doubt| doubt.kind).collect::<Vec<_>>(), [FindingKind::WrongLotKind]);
}
