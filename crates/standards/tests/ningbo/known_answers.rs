//! The known answers: a password and a picture, digested with other libraries than ours; and each of them altered.

use crate::ningbo::scene::{HEART_THROB, LOT_ID, VECTORS, deliver, form, photo, post, record};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bowei_encoding::md5_hex;
use bowei_standards::Fault;
use serde_json::{Value, json};

fn fact(group: &str, name: &str) -> String {
    VECTORS[group][name].as_str().unwrap().to_owned()
}

fn heartbeat(portpwd: &str) -> http::Request<bytes::Bytes> {
    post(HEART_THROB, json!({"portname": "admin", "portpwd": portpwd, "parkpotid": LOT_ID}).to_string())
}

#[test]
fn the_known_password_is_right_in_either_case() {
    assert_eq!(md5_hex(fact("password", "clear").as_bytes()), fact("password", "wire"));
    for name in ["wire", "wire_upper", "clear"] {
        deliver(heartbeat(&fact("password", name))).unwrap();
    }
}

#[test]
fn the_known_password_altered_is_wrong() {
    let wire = fact("password", "wire");
    for altered in [
        wire.replace('e', "f"),
        wire[1..].to_owned(),
        format!("{wire}0"),
        "12345".to_owned(),
        md5_hex(wire.as_bytes()),
    ] {
        let refusal = deliver(heartbeat(&altered)).unwrap_err();
        assert!(
            matches!(&refusal.fault, Fault::Mismatch { field, received: None, .. } if field == "portpwd")
        );
        assert!(!format!("{refusal:?}").contains(&altered), "a password is shown");
    }
}

fn picture() -> Vec<u8> {
    STANDARD.decode(fact("image", "base64")).unwrap()
}

fn data(hash: &str) -> Value {
    record(json!({
        "businessid": "B-1", "businesstype": "1", "imgIndex": "1", "imageHash": hash, "takeTime": "20260401081500",
    }))
}

#[test]
fn the_known_picture_has_its_hash_in_either_case() {
    let (picture, hash) = (picture(), fact("image", "imageHash"));
    assert_eq!(picture.len(), VECTORS["image"]["bytes"].as_u64().unwrap() as usize);
    for hash in [hash.clone(), hash.to_uppercase()] {
        let data = data(&hash).to_string();
        let (delivery, _) = photo(form(&[("data", data.as_bytes()), ("file", &picture)])).unwrap();
        assert_eq!(delivery.pictures[0].bytes, picture);
    }
}

#[test]
fn the_known_picture_altered_has_not() {
    let (mut picture, hash) = (picture(), fact("image", "imageHash"));
    picture[5_000] ^= 1;
    let data = data(&hash).to_string();
    let refusal = photo(form(&[("data", data.as_bytes()), ("file", &picture)])).unwrap_err();
    let message = refusal.fault.message();
    assert!(message.contains(&hash) && message.contains(&md5_hex(&picture)), "{message}");
}
