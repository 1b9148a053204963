//! The envelope as lots write it, rightly and wrongly.

use crate::huzhou::scene::{HOLDER, NOW_MS, VECTORS, answer, deliver, deliver_at, now, post};
use bowei_standards::huzhou::Huzhou;
use bowei_standards::platform_side::{Claim, Lane};
use bowei_standards::{Fault, PlatformSide};
use serde_json::{Value, json};

const PATH: &str = "/api/parkinglot/in";

fn plain() -> &'static [u8] {
    VECTORS["cases"]["one block"]["plain_utf8"].as_str().unwrap().as_bytes()
}

fn body() -> Value {
    serde_json::from_slice(HOLDER.message(PATH, plain()).body()).unwrap()
}

/// The body as text, every value as it would stand there.
fn written(timestamp: &str, encrypted: &str) -> String {
    let signature = HOLDER.sign(PATH, timestamp.trim_matches('"'));
    let app_id = &HOLDER.app_id;
    format!(
        "\u{feff}\r\n{{\"appId \":\"{app_id}\",\"encryptedData\":{encrypted},\r\n \" timestamp\":{timestamp},\
         \"signature\" :\"{signature}\",\"version\":\"1.0\"}}\r\n"
    )
}

#[test]
fn a_timestamp_is_signed_as_it_stands_whether_number_or_string() {
    let encrypted = body()["encryptedData"].to_string();
    for timestamp in ["1775002530000", "\"1775002530000\"", "1775002530000.0", "1.77500253e12"] {
        let result = deliver(post(PATH, written(timestamp, &encrypted)));
        assert!(result.is_ok(), "{timestamp}: {}", answer(&result));
    }
}

#[test]
fn base64_may_hold_escaped_slashes_and_line_breaks() {
    let encrypted = body()["encryptedData"].to_string();
    let escaped = encrypted.replace('/', "\\/");
    assert!(deliver(post(PATH, written("1775002530000", &escaped))).is_ok());
    let mut wrapped = encrypted.clone();
    for place in [305, 229, 153, 77] {
        wrapped.insert_str(place, "\\r\\n");
    }
    assert!(deliver(post(PATH, written("1775002530000", &wrapped))).is_ok());
}

#[test]
fn a_prefix_in_front_of_the_path_may_be_signed_or_not() {
    let prefixed = format!("/city/huzhou{PATH}");
    for signed in [PATH, &prefixed] {
        let mut body = body();
        body["signature"] = json!(HOLDER.sign(signed, &NOW_MS.to_string()));
        let request = post(&format!("{prefixed}?from=gate"), body.to_string());
        let result = deliver(request);
        assert!(result.is_ok(), "{signed}: {}", answer(&result));
    }
    let mut body = body();
    body["signature"] = json!(HOLDER.sign("/api/parkinglot/out", &NOW_MS.to_string()));
    assert!(deliver(post(PATH, body.to_string())).is_err(), "another interface's signature");
}

#[test]
fn a_slash_too_many_may_be_signed_or_not() {
    for requested in
        ["//api/parkinglot/in", "/api/parkinglot//in/", "/hz//api/parkinglot/in", "/API/parkinglot/In"]
    {
        for signed in [PATH, requested] {
            let mut body = body();
            body["signature"] = json!(HOLDER.sign(signed, &NOW_MS.to_string()));
            let result = deliver(post(requested, body.to_string()));
            assert!(result.is_ok(), "{requested}, signed {signed}: {}", answer(&result));
        }
    }
    let mut body = body();
    body["signature"] = json!(HOLDER.sign("/hz/api/parkinglot/in", &NOW_MS.to_string()));
    assert!(
        deliver(post("//hz/api/parkinglot/in", body.to_string())).is_ok(),
        "the prefix without its second slash"
    );
}

#[test]
fn the_claim_is_the_app_id() {
    let envelope = Huzhou.read(HOLDER.message(PATH, plain())).ok().unwrap();
    assert_eq!(envelope.claim(), &Claim::Account("hz-0001".to_owned()));
}

#[test]
fn an_unknown_account_is_told_so() {
    let envelope = Huzhou.read(HOLDER.message(PATH, plain())).ok().unwrap();
    let refusal = envelope.authenticate(None, now()).unwrap_err();
    assert_eq!(refusal.code, "401");
    assert_eq!(
        answer(&Err(refusal)),
        r#"{"code":401,"msg":"appId 无效：平台没有登记账号“hz-0001”，请核对接入时分配的账号","data":{}}"#
    );
}

#[test]
fn an_account_without_valid_credentials_signs_nothing() {
    let account = HOLDER.account_with(Vec::new());
    let refusal = deliver_at(HOLDER.message(PATH, plain()), &account, now()).unwrap_err();
    assert!(matches!(refusal.fault, Fault::WrongSignature { .. }), "{refusal:?}");
}

#[test]
fn the_answer_to_a_slow_clock_names_window_and_difference() {
    let mut body = body();
    let stale = (NOW_MS - 301_500).to_string();
    body["timestamp"] = json!(stale);
    body["signature"] = json!(HOLDER.sign(PATH, &stale));
    assert_eq!(
        answer(&deliver(post(PATH, body.to_string()))),
        "{\"code\":401,\"msg\":\"timestamp 已超出有效期：应与平台时间相差不超过 300 秒，收到的时间比平台时间慢 \
         302 秒，请校准时钟\",\"data\":{}}"
    );
}

#[test]
fn an_envelope_without_one_of_its_fields_is_refused_by_its_name() {
    for field in ["appId", "timestamp", "signature", "encryptedData"] {
        for nothing in [None, Some(json!(null)), Some(json!("")), Some(json!("  "))] {
            let mut body = body();
            match &nothing {
                Some(nothing) => body[field] = nothing.clone(),
                None => drop(body.as_object_mut().unwrap().remove(field)),
            }
            let refusal = deliver(post(PATH, body.to_string())).unwrap_err();
            assert_eq!(refusal.code, "400", "{field}");
            assert!(matches!(&refusal.fault, Fault::Missing { field: f, .. } if f == field), "{refusal:?}");
        }
    }
}

#[test]
fn an_envelope_s_fields_are_of_their_types() {
    for (field, value) in [
        ("appId", json!(["hz-0001"])),
        ("appId", json!(true)),
        ("timestamp", json!("now")),
        ("timestamp", json!(1775002530000.5)),
        ("timestamp", json!({})),
        ("signature", json!(false)),
        ("encryptedData", json!(["AAAA"])),
        ("encryptedData", json!({"parkinglotId": "HZ330502001"})),
        ("encryptedData", json!(true)),
    ] {
        let mut body = body();
        body[field] = value;
        let refusal = deliver(post(PATH, body.to_string())).unwrap_err();
        assert_eq!(refusal.code, "400", "{field}");
        assert!(matches!(&refusal.fault, Fault::WrongType { field: f, .. } if f == field), "{refusal:?}");
    }
    let mut long = body();
    long["appId"] = json!("h".repeat(256));
    let refusal = deliver(post(PATH, long.to_string())).unwrap_err();
    assert!(matches!(&refusal.fault, Fault::TooLong { field, .. } if field == "appId"), "{refusal:?}");
}

#[test]
fn a_body_that_is_no_json_object_is_unreadable() {
    for body in [
        "",
        " ",
        "null",
        "[]",
        "\"x\"",
        "{",
        "{\"appId\":\"hz-0001\"",
        "{}x",
        "appId=hz-0001",
        "{'a':1}",
        "{\"a\":1,}",
    ] {
        let refusal = deliver(post(PATH, body)).unwrap_err();
        assert_eq!(refusal.code, "400", "{body}");
        assert!(matches!(refusal.fault, Fault::Unreadable { .. }), "{body}: {refusal:?}");
    }
    let gbk: &[u8] = b"{\"appId\":\"\xba\xfe\xd6\xdd\"}";
    assert_eq!(
        answer(&deliver(post(PATH, gbk))),
        "{\"code\":400,\"msg\":\"请求体无法读取：应为 UTF-8 编码的 JSON 对象，收到的不是 UTF-8 编码的内容\",\"data\":{}}"
    );
}

#[test]
fn only_posts_to_the_text_s_paths_are_messages() {
    let right = HOLDER.message(PATH, plain());
    let mut get = right.clone();
    *get.method_mut() = http::Method::GET;
    let elsewhere = post("/api/parkinglot/inn", right.into_body());
    for request in [get, elsewhere] {
        assert!(matches!(deliver(request).unwrap_err().fault, Fault::Unreadable { .. }));
    }
}

#[test]
fn six_routes_and_pictures_wait_in_a_lane_of_their_own() {
    let card = Huzhou.card();
    assert_eq!((card.name, card.account_field), ("huzhou", "app_id"));
    assert_eq!(card.heartbeat.as_secs(), 300);
    let paths: Vec<_> = card.routes.iter().map(|route| (route.path, route.lane)).collect();
    assert_eq!(
        paths,
        [
            ("/api/heartbeat", Lane::Records),
            ("/api/parking/in", Lane::Records),
            ("/api/parking/out", Lane::Records),
            ("/api/parkinglot/in", Lane::Records),
            ("/api/parkinglot/out", Lane::Records),
            ("/api/photo/upload", Lane::Photos),
        ]
    );
}

#[test]
fn a_large_body_with_a_wrong_signature_is_refused_without_looking_at_its_data() {
    // 600 KB that are not even base64: had anyone decoded them before checking the signature, the answer would
    // be another.
    let mut body = body();
    body["encryptedData"] = json!("*".repeat(600_000));
    body["signature"] = json!("AAAA");
    let request = post("/api/photo/upload", body.to_string());
    let bytes = request.body().clone();
    let envelope = Huzhou.read(request).ok().unwrap();
    assert_eq!(envelope.cost(), 600_000_usize.div_ceil(4) * 3 / 256 + 1);
    // What was kept of it is a slice of the request itself: only ours and the envelope's hold on it remain.
    assert!(!bytes.is_unique(), "the envelope has copied the data");
    let refusal = envelope.authenticate(Some(&HOLDER.account()), now()).unwrap_err();
    assert!(matches!(refusal.fault, Fault::WrongSignature { .. }), "{refusal:?}");
    drop(envelope);
    assert!(bytes.is_unique(), "something still holds the body");
}

#[test]
fn a_record_of_more_blocks_than_any_has_is_refused_unopened() {
    let padded = |blocks: usize| {
        // Ten bytes a block, as no sender fills them.
        let mut plain = plain().to_vec();
        plain.resize(blocks * 10, b' ');
        HOLDER.envelope(PATH, json!(HOLDER.encrypt(&plain, 10)))
    };
    assert!(deliver(padded(64)).is_ok());
    let envelope = Huzhou.read(padded(65)).unwrap();
    assert_eq!(envelope.cost(), 0, "it waits for nobody, and nobody for it");
    let refusal = deliver(padded(65)).unwrap_err();
    let words =
        "encryptedData 过长：应不超过 64 个加密块（图片由 /api/photo/upload 上报），收到约 65 个加密块";
    assert_eq!((refusal.code.as_str(), refusal.fault.message().as_str()), ("400", words));
    // Pictures are as large as the text lets them be.
    let junk = json!(crate::huzhou::scene::base64(&vec![7; 256 * 70]));
    assert_eq!(Huzhou.read(HOLDER.envelope("/api/photo/upload", junk)).unwrap().cost(), 70);
}
