//! Messages signed by another library are taken, and nothing that was changed on the way.

use crate::shenzhen::scene::{
    LOT_CODE, PASSWORD, VECTORS, account, deliver, message, now, on_the_wire, post,
};
use bowei_model::{Direction, LotCode, LotKind, Passage, Plate, PlateKind, RecordId, Report, Vehicle};
use bowei_standards::lot_side::Outgoing;
use bowei_standards::platform_side::{Opened, PlatformSide};
use bowei_standards::shenzhen::Shenzhen;
use bowei_standards::{LotSide, Refusal};
use serde_json::{Value, json};

fn cases() -> impl Iterator<Item = (&'static String, &'static Value)> {
    VECTORS["cases"].as_object().unwrap().iter()
}

fn entry() -> Report {
    Report::Passage(Passage {
        plate: Plate::read("粤BD12345"),
        plate_kind: Some(PlateKind::SMALL_NEW_ENERGY),
        vehicle: Some(Vehicle {
            color: Some("白色".to_owned()),
            plate_color: Some("绿色".to_owned()),
            ..Vehicle::default()
        }),
        gate_code: Some("G00001".to_owned()),
        gate: Some("北门入口".to_owned()),
        photo_id: Some("c0ffee00c0ffee00c0ffee00c0ffee00".to_owned()),
        ..Passage::new(
            LotCode::from(LOT_CODE),
            RecordId::from("0a1b2c3d4e5f60718293a4b5c6d7e8f9"),
            Direction::Entry,
            now(),
        )
    })
}

#[test]
fn every_known_answer_is_the_same_entry() {
    for (name, case) in cases() {
        let delivery = deliver(post("enterRecord", case["body_text"].as_str().unwrap())).expect(name);
        assert_eq!(delivery.reports[0].report, entry(), "{name}");
        assert_eq!(delivery.sent_at, Some(now()), "{name}");
        assert_eq!(delivery.receipt.as_deref(), Some(r#"[{"id":"0a1b2c3d4e5f60718293a4b5c6d7e8f9"}]"#));
    }
}

#[test]
fn the_digest_may_be_base64_or_hex_of_either_case() {
    for (name, case) in cases() {
        let body = case["body_text"].as_str().unwrap();
        let hex = case["sign_hex"].as_str().unwrap();
        for sign in [case["sign_base64"].as_str().unwrap(), &hex.to_uppercase()] {
            deliver(post("enterRecord", body.replace(hex, sign))).expect(name);
        }
    }
}

#[test]
fn the_digest_of_the_compact_text_signs_every_form_of_it() {
    let compact = VECTORS["cases"]["compact"]["sign_hex"].as_str().unwrap();
    for (name, case) in cases() {
        let body = case["body_text"].as_str().unwrap().replace(case["sign_hex"].as_str().unwrap(), compact);
        deliver(post("enterRecord", body)).expect(name);
    }
}

#[test]
fn a_list_changed_on_the_way_is_refused() {
    for (name, case) in cases() {
        let body = case["body_text"].as_str().unwrap();
        for (from, to) in [("12345", "12346"), ("08:15:30", "08:15:31"), (":52", ":51"), (":52", ":52.0")] {
            let refusal: Refusal = match deliver(post("enterRecord", body.replace(from, to))) {
                Err(refusal) => refusal,
                Ok(_) if !body.contains(from) => continue,
                Ok(delivery) => panic!("{name} {to}: {delivery:?}"),
            };
            // A change in the pretty form is `: 52`.
            assert_eq!(refusal.code, "6", "{name} {to}");
        }
    }
}

#[test]
fn our_own_writing_is_the_compact_known_answer() {
    let own = crate::shenzhen::said::own();
    let report = entry();
    let outgoing = Outgoing {
        report: &report,
        lot_id: crate::shenzhen::scene::LOT,
        lot_kind: LotKind::OffStreet,
        picture: None,
    };
    let sealed = Shenzhen.seal(outgoing, own.as_ref(), now()).unwrap();
    let body = std::str::from_utf8(sealed.request.body()).unwrap();
    assert_eq!(body, VECTORS["cases"]["compact"]["body_text"].as_str().unwrap());
    assert_eq!(sealed.request.uri().path(), "/dataReceive/v1/enterRecord");
    assert_eq!(sealed.request.headers()["authorization"], crate::shenzhen::scene::TOKEN);
}

#[test]
fn the_known_password_logs_in() {
    assert_eq!(VECTORS["password"]["clear"], PASSWORD);
    let wire = VECTORS["password"]["wire"].as_str().unwrap();
    assert_eq!(wire, on_the_wire(PASSWORD));
    let request = message("login", &json!({ "userId": "sz-0001", "password": wire }));
    let envelope = Shenzhen.read(request).unwrap();
    envelope.authenticate(Some(&account()), now()).unwrap();
    let opened = envelope.open(&account(), &crate::shenzhen::scene::Lots, now()).unwrap();
    assert!(matches!(opened, Opened::Login(_)), "{opened:?}");
}
