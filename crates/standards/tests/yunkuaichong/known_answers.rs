//! The known answers: the text's own worked example and two charging records; and each of them altered.

use crate::yunkuaichong::scene::{RECORD, VECTORS, deliver, known, post};
use bowei_standards::Fault;
use bowei_standards::yunkuaichong::sign::{sign, string_a, string_sign_temp};
use serde_json::json;

#[test]
fn every_known_string_and_signature_is_made() {
    for (name, case) in VECTORS["cases"].as_object().unwrap() {
        let key = case["key"].as_str().unwrap();
        let string = string_a(&case["params"].to_string(), false).unwrap();
        assert_eq!(string_sign_temp(&string, key), case["string_sign_temp"].as_str().unwrap(), "{name}");
        assert_eq!(sign(&string, key), case["sign"].as_str().unwrap(), "{name}");
    }
}

#[test]
fn the_known_records_are_accepted() {
    for name in ["charging record, empty spaceNo", "extra fields, upper case sorts first"] {
        let delivery = deliver(post(RECORD, known(name).to_string())).unwrap();
        assert_eq!(delivery.reports.len(), 1, "{name}");
        let unnamed = delivery.reports[0].unnamed_fields.as_deref();
        assert_eq!(unnamed, name.starts_with("extra").then_some(r#"{"Zone":"B2","zone":"b2"}"#));
    }
}

#[test]
fn a_known_record_altered_in_any_field_is_refused() {
    let record = known("extra fields, upper case sorts first");
    for name in record.as_object().unwrap().keys().filter(|name| *name != "portName") {
        let mut altered = record.clone();
        let value = altered[name].as_str().unwrap().to_owned();
        altered[name] = json!(format!("{value}0"));
        let refusal = deliver(post(RECORD, altered.to_string())).unwrap_err();
        assert!(matches!(refusal.fault, Fault::WrongSignature { field: "sign", .. }), "{name}: {refusal:?}");
    }
}

#[test]
fn fields_may_come_in_any_order_with_any_white_space() {
    let record = known("charging record, empty spaceNo");
    let mut lines: Vec<_> = record
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("\t{} : {value}", json!(name)))
        .collect();
    lines.reverse();
    deliver(post(RECORD, format!("\u{feff}{{\r\n{}\r\n}}", lines.join(",\r\n")))).unwrap();
}
