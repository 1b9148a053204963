//! What is made of a charging record, what is doubted of it, and what a refusal tells.

use crate::yunkuaichong::scene::{KEY, LOT, LOT_ID, RECORD, SERVICE, altered, charge, deliver, known, post};
use bowei_model::{FindingKind, Plate};
use serde_json::json;

#[test]
fn a_record_is_what_it_says() {
    let record = charge(post(RECORD, known("charging record, empty spaceNo").to_string()));
    assert_eq!((record.lot.as_str(), record.order_no.as_str()), (LOT, "320106000000010120260401081530"));
    assert_eq!(record.plate, Plate::read("浙BD12345"));
    let minutes = record.ended_at.duration_since(record.started_at).as_mins();
    assert_eq!((record.started_at.to_string().as_str(), minutes), ("2026-04-01T00:20:00Z", 45));
    assert_eq!((record.station.as_str(), record.device.as_str()), ("S-88 某广场充电站", "D-01 1号直流桩"));
    assert_eq!(record.berth, None);
    let amounts = [record.energy_kwh, record.electricity_fee, record.service_fee, record.total_fee];
    assert_eq!(amounts.map(|amount| amount.unwrap().to_string()), ["23.45", "18.76", "9.38", "28.14"]);
}

#[test]
fn amounts_are_exact_however_they_are_written() {
    let body = altered(|record| {
        record["power"] = json!(0.1);
        record["elecMoney"] = json!(99_999_999_999_i64);
        record["seviceMoney"] = json!("");
        record["totalMoney"] = json!(" 7.10 ");
    });
    let record = charge(post(RECORD, body.to_string()));
    let said = |amount: Option<rust_decimal::Decimal>| amount.map(|amount| amount.to_string());
    assert_eq!(said(record.energy_kwh).as_deref(), Some("0.1"));
    assert_eq!(said(record.electricity_fee).as_deref(), Some("99999999999"));
    assert_eq!((said(record.service_fee), said(record.total_fee).as_deref()), (None, Some("7.10")));
}

#[test]
fn a_charge_that_ends_before_it_began_is_doubted() {
    let body = altered(|record| record["endTime"] = json!("2026-04-01 08:19:59"));
    let delivery = deliver(post(RECORD, body.to_string())).unwrap();
    let doubts = &delivery.reports[0].doubts;
    assert_eq!((doubts.len(), doubts[0].kind), (1, FindingKind::ExitBeforeEntry));
    let body = altered(|record| record["endTime"] = record["startTime"].clone());
    assert!(deliver(post(RECORD, body.to_string())).unwrap().reports[0].doubts.is_empty());
}

#[test]
fn a_record_in_the_text_s_own_hand_is_doubted() {
    let body = known("charging record, empty spaceNo").to_string().replace('"', "”");
    let delivery = deliver(post(RECORD, body)).unwrap();
    assert_eq!(delivery.reports[0].doubts[0].kind, FindingKind::MalformedMessage);
}

#[test]
fn the_one_address_for_all_interfaces_leads_to_the_same() {
    let body = altered(|record| record["service"] = json!("/chargePile/chargingRecord"));
    let delivery = deliver(post(SERVICE, body.to_string())).unwrap();
    assert!(delivery.reports[0].unnamed_fields.is_none());
    let unsigned = {
        let mut body = known("charging record, empty spaceNo");
        body["service"] = json!("chargePile/chargingRecord");
        body
    };
    let refusal = deliver(post(SERVICE, unsigned.to_string())).unwrap_err();
    assert_eq!(
        refusal.fault.field(),
        Some("sign"),
        "the interface's name is signed like every field that came"
    );
}

#[test]
fn a_wrong_signature_shows_what_we_signed_and_no_key() {
    let mut body = known("charging record, empty spaceNo");
    body["totalMoney"] = json!("0.01");
    let refusal = deliver(post(RECORD, body.to_string())).unwrap_err();
    assert_eq!((refusal.lot_id.as_deref(), refusal.record_id.is_some()), (Some(LOT_ID), true));
    let step = refusal.steps.iter().find(|step| step.name == "待签名字符串").unwrap();
    assert!(step.value.starts_with("deviceId=D-01&") && step.value.ends_with("&totalMoney=0.01&key=***"));
    let whole = format!("{refusal:?}");
    assert!(!whole.contains(KEY) && !whole.contains("725189871EB95D23C70D531F68D52881"), "{whole}");
    assert!(whole.contains("72518987…（32 个字符）"));
}
