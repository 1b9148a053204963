//! The known answers open, and nothing that was altered on the way does.

use crate::huzhou::scene::{HOLDER, NOW_MS, STRANGER, TWO_KEYS, VECTORS, answer, at, deliver_at, now, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bowei_model::Report;
use bowei_standards::huzhou::Huzhou;
use bowei_standards::platform_side::Delivery;
use bowei_standards::{Fault, PlatformSide, Refusal};
use serde_json::{Value, json};

/// Each known answer with its name.
fn cases() -> impl Iterator<Item = (&'static String, &'static Value)> {
    VECTORS["cases"].as_object().unwrap().iter()
}

/// The case's message, altered, at its own time plus `late_ms`.
fn deliver(case: &Value, late_ms: i64, alter: impl FnOnce(&mut Value)) -> Result<Delivery, Refusal> {
    let mut body = case["body"].clone();
    let own_time = body["timestamp"].as_i64().unwrap();
    alter(&mut body);
    let request = post(case["path"].as_str().unwrap(), body.to_string());
    deliver_at(request, &HOLDER.account(), at(own_time + late_ms))
}

fn check_refused(
    name: &str,
    result: Result<Delivery, Refusal>,
    code: &str,
    is_right_fault: fn(&Fault) -> bool,
) {
    let refusal = result.expect_err(name);
    assert_eq!(refusal.code, code, "{name}");
    assert!(is_right_fault(&refusal.fault), "{name}: {:?}", refusal.fault);
    let shown = format!("{refusal:?}");
    assert!(!shown.contains(&HOLDER.secret), "{name}: the refusal gives the SecretKey away");
}

fn encrypted(body: &Value) -> Vec<u8> {
    let base64: String =
        body["encryptedData"].as_str().unwrap().chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(base64).unwrap()
}

#[test]
fn every_known_answer_opens_and_says_what_it_says() {
    for (name, case) in cases() {
        let path = case["path"].as_str().unwrap();
        let envelope = Huzhou
            .read(post(path, case["body"].to_string()))
            .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        if !name.contains("wrapped") {
            assert_eq!(envelope.cost() as u64, case["blocks"].as_u64().unwrap(), "{name}");
        }
        let delivery = deliver(case, 0, |_| {}).expect(name);
        let plain: Value = serde_json::from_str(case["plain_utf8"].as_str().unwrap()).unwrap();
        assert_eq!(delivery.sent_at.unwrap().as_millisecond(), case["body"]["timestamp"], "{name}");
        assert_eq!(delivery.receipt.as_deref(), plain["parkingdataId"].as_str(), "{name}");
        match &delivery.reports[0].report {
            Report::Heartbeat(heartbeat) => assert_eq!(heartbeat.lot, None),
            Report::Passage(passage) => {
                assert_eq!(passage.plate.as_ref().unwrap().as_str(), plain["vehiclePlate"], "{name}");
                assert_eq!(passage.vacant, plain["remainingSpaces"].as_i64(), "{name}");
                assert_eq!(passage.memo.as_deref(), plain["memo"].as_str(), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn the_known_string_to_sign_is_what_a_wrong_signature_is_told() {
    for (name, case) in cases() {
        let refusal = deliver(case, 0, |body| body["signature"] = json!("AAAA")).expect_err(name);
        let Fault::WrongSignature { signed, .. } = &refusal.fault else { panic!("{name}") };
        assert_eq!(signed, case["string_to_sign"].as_str().unwrap(), "{name}");
        let right = case["body"]["signature"].as_str().unwrap();
        assert!(!format!("{refusal:?}").contains(right), "{name}: the right signature is given away");
    }
}

#[test]
fn a_heartbeat_needs_no_data() {
    let case = &VECTORS["heartbeat_without_data"];
    for nothing in
        [None, Some(json!("")), Some(json!(null)), Some(json!({})), Some(json!("{}")), Some(json!(" { } "))]
    {
        let delivery = deliver(case, 0, |body| {
            if let Some(nothing) = &nothing {
                body["encryptedData"] = nothing.clone();
            }
        });
        let delivery = delivery.unwrap_or_else(|refusal| panic!("{nothing:?}: {}", refusal.fault.message()));
        assert_eq!(delivery.reports.len(), 1);
        assert_eq!(answer(&Ok(delivery)), r#"{"code":200,"msg":"成功","data":{}}"#);
    }
}

#[test]
fn a_heartbeat_whose_data_does_not_open_is_refused() {
    let case = &VECTORS["heartbeat_without_data"];
    for data in ["AAAA", "not base64", "{} ?"] {
        let result = deliver(case, 0, |body| body["encryptedData"] = json!(data));
        check_refused(data, result, "400", |fault| matches!(fault, Fault::CannotOpen { .. }));
    }
}

#[test]
fn a_signature_with_one_byte_changed_is_refused() {
    for (name, case) in cases() {
        for place in 0..32 {
            let result = deliver(case, 0, |body| {
                let mut signature = STANDARD.decode(body["signature"].as_str().unwrap()).unwrap();
                signature[place] ^= 1;
                body["signature"] = json!(STANDARD.encode(signature));
            });
            check_refused(name, result, "401", |fault| matches!(fault, Fault::WrongSignature { .. }));
        }
    }
}

#[test]
fn the_window_is_five_minutes_either_way_to_the_millisecond() {
    for (name, case) in cases() {
        for edge in [300_000, -300_000] {
            assert!(deliver(case, edge, |_| {}).is_ok(), "{name}");
        }
        for beyond in [300_001, -300_001, 86_400_000] {
            let result = deliver(case, beyond, |_| {});
            check_refused(name, result, "401", |fault| matches!(fault, Fault::OutsideWindow { .. }));
        }
    }
}

#[test]
fn a_stale_message_given_a_fresh_timestamp_is_refused_for_its_signature() {
    for (name, case) in cases() {
        let result = deliver(case, 600_000, |body| {
            body["timestamp"] = json!(body["timestamp"].as_i64().unwrap() + 600_000);
        });
        check_refused(name, result, "401", |fault| matches!(fault, Fault::WrongSignature { .. }));
    }
}

#[test]
fn data_altered_on_the_way_does_not_open_and_every_cause_reads_the_same() {
    let mut messages = std::collections::BTreeSet::new();
    let mut alter = |name: &str, case: &Value, data: String| {
        let result = deliver(case, 0, |body| body["encryptedData"] = json!(data));
        messages.insert(answer(&result));
        check_refused(name, result, "400", |fault| matches!(fault, Fault::CannotOpen { .. }));
    };
    for (name, case) in cases() {
        let whole = encrypted(&case["body"]);
        let mut flipped = whole.clone();
        flipped[100] ^= 1;
        alter(name, case, STANDARD.encode(&flipped));
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 0x80;
        alter(name, case, STANDARD.encode(&flipped));
        alter(name, case, STANDARD.encode(&whole[..whole.len() - 1]));
        alter(name, case, STANDARD.encode(&whole[1..]));
        alter(name, case, STANDARD.encode(&whole)[..201].to_owned());
        alter(name, case, "这不是 Base64".to_owned());
    }
    let plain = "{\"parkinglotId\":\"HZ330502001\"}".as_bytes();
    let case = &VECTORS["cases"]["one block"];
    alter("another account's key", case, STRANGER.encrypt(plain, 245));
    alter("half of the JSON", case, HOLDER.encrypt(&plain[..20], 245));
    alter("a list", case, HOLDER.encrypt(b"[]", 245));
    alter("GBK", case, HOLDER.encrypt(b"{\"vehiclePlate\":\"\xd5\xe3E12345\"}", 245));
    alter("nothing in it", case, HOLDER.encrypt(b" ", 245));
    assert_eq!(messages.len(), 1, "the answer tells the causes apart: {messages:?}");
    let message = messages.first().unwrap();
    for help in ["PublicKey", "RSA/ECB/PKCS1Padding", "2048", "245", "UTF-8", "Base64"] {
        assert!(message.contains(help), "{message} does not name {help}");
    }
}

#[test]
fn a_block_left_out_or_moved_is_refused() {
    let case = &VECTORS["cases"]["several blocks"];
    let whole = encrypted(&case["body"]);
    let (first, rest) = whole.split_at(256);
    for blocks in [rest.to_vec(), whole[..768].to_vec(), [rest, first].concat()] {
        let result = deliver(case, 0, |body| body["encryptedData"] = json!(STANDARD.encode(&blocks)));
        check_refused("blocks", result, "400", |fault| matches!(fault, Fault::CannotOpen { .. }));
    }
}

#[test]
fn blocks_filled_less_than_they_could_be_open_too() {
    let case = &VECTORS["cases"]["several blocks"];
    let plain = case["plain_utf8"].as_str().unwrap().as_bytes();
    let as_sent = deliver(case, 0, |_| {}).unwrap();
    for block in [1, 100, 117, 244] {
        // A byte a block would take a second of RSA; its beginning shows the same.
        let plain: &[u8] = if block == 1 { br#"{"parkinglotId":"X"}"# } else { plain };
        let result = deliver(case, 0, |body| body["encryptedData"] = json!(HOLDER.encrypt(plain, block)));
        match result {
            Ok(delivery) => assert_eq!(delivery.reports[0].report, as_sent.reports[0].report, "{block}"),
            Err(refusal) => {
                assert!(matches!(refusal.fault, Fault::UnknownLot { .. }), "{block}: {refusal:?}")
            }
        }
    }
}

#[test]
fn another_account_s_keys_open_nothing() {
    let path = "/api/parkinglot/in";
    let plain = VECTORS["cases"]["one block"]["plain_utf8"].as_str().unwrap().as_bytes();
    // Signed with the other's secret under the holder's name.
    let mut body: Value = serde_json::from_slice(HOLDER.message(path, plain).body()).unwrap();
    body["signature"] = json!(STRANGER.sign(path, &NOW_MS.to_string()));
    let result = deliver_at(post(path, body.to_string()), &HOLDER.account(), now());
    check_refused("secret", result, "401", |fault| matches!(fault, Fault::WrongSignature { .. }));
    // The other's whole message, put to the holder's account.
    let result = deliver_at(STRANGER.message(path, plain), &HOLDER.account(), now());
    check_refused("both", result, "401", |fault| matches!(fault, Fault::WrongSignature { .. }));
}

#[test]
fn during_a_rotation_the_old_keys_and_the_new_ones_are_both_good() {
    let path = "/api/parkinglot/in";
    let plain = VECTORS["cases"]["several blocks"]["plain_utf8"].as_str().unwrap().as_bytes();
    for credentials in [
        vec![HOLDER.credential.clone(), STRANGER.credential.clone()],
        vec![STRANGER.credential.clone(), HOLDER.credential.clone()],
    ] {
        let account = HOLDER.account_with(credentials);
        assert!(deliver_at(HOLDER.message(path, plain), &account, now()).is_ok());
        // The new SecretKey with the old PublicKey: a lot that has been told one of the two.
        let mut body: Value = serde_json::from_slice(HOLDER.message(path, plain).body()).unwrap();
        body["encryptedData"] = json!(STRANGER.encrypt(plain, 245));
        assert!(deliver_at(post(path, body.to_string()), &account, now()).is_ok());
    }
}

#[test]
fn a_block_that_a_wrong_key_takes_for_its_own_still_opens_with_the_right_one() {
    let case = &VECTORS["cases"]["one block"];
    let account = HOLDER.account_with(vec![STRANGER.credential.clone(), HOLDER.credential.clone()]);
    let request = HOLDER.envelope(case["path"].as_str().unwrap(), TWO_KEYS["encryptedData"].clone());
    let delivery = deliver_at(request, &account, now()).unwrap();
    assert_eq!(delivery.receipt.as_deref(), Some("20260401-000017"));
}
