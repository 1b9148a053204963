//! Every field of the four interfaces about passages, by the cases in `fields.json`.

use crate::huzhou::scene::{HOLDER, answer, deliver};
use bowei_model::Report;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static TABLE: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("fields.json")).unwrap());

/// One message and what must become of it.
struct Case<'a> {
    name: &'a str,
    path: &'a str,
    plain: String,
    /// The answer, byte for byte; with `…` at its end, its beginning.
    answer: Option<&'a str>,
    /// The code, where the answer's words are another case's business.
    code: Option<i64>,
    /// The field that the answer must name.
    field: Option<&'a str>,
    /// Parts of the report.
    report: Option<&'a Value>,
    /// The fields kept that the text does not name.
    unnamed: Option<&'a Value>,
}

fn check(case: &Case<'_>) {
    let name = format!("{} ({})", case.name, case.path);
    let result = deliver(HOLDER.message(case.path, case.plain.as_bytes()));
    let answered = answer(&result);
    if let Some(expected) = case.answer {
        assert_eq!(answered, expected, "{name}");
    }
    let parsed: Value = serde_json::from_str(&answered).unwrap();
    let code = case.code.unwrap_or(if case.report.is_some() { 200 } else { 400 });
    if case.answer.is_none() {
        assert_eq!(parsed["code"], code, "{name}: {answered}");
    }
    if let Some(field) = case.field {
        let refusal = result.as_ref().expect_err(&name);
        assert_eq!(refusal.fault.field(), Some(field), "{name}: {answered}");
        assert!(parsed["msg"].as_str().unwrap().starts_with(field), "{name}: {answered}");
        let read_as = refusal.read_as.as_deref().expect(&name);
        assert!(read_as.starts_with('{') && read_as.len() <= 4_100, "{name}");
    }
    let Ok(delivery) = result else { return };
    let said = &delivery.reports[0];
    assert!(matches!(said.report, Report::Passage(_)), "{name}");
    let report = serde_json::to_value(&said.report).unwrap();
    for (field, value) in case.report.and_then(Value::as_object).into_iter().flatten() {
        assert_eq!(report.get(field).unwrap_or(&Value::Null), value, "{name}: {field}");
    }
    if let Some(unnamed) = case.unnamed {
        let kept = said.unnamed_fields.as_deref().map(|text| serde_json::from_str(text).unwrap());
        assert_eq!(kept.unwrap_or(Value::Null), *unnamed, "{name}");
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

/// A message of the interface with some fields set (`{"$chars": n}` stands for a text of n characters) or, where
/// set to `"$gone"`, left out.
fn plain(path: &str, set: &Map<String, Value>) -> String {
    let mut message = object(&TABLE["interfaces"][path]["message"]).clone();
    for (field, value) in set {
        match value {
            Value::String(gone) if gone == "$gone" => drop(message.shift_remove(field)),
            Value::Object(long) if long.contains_key("$chars") => {
                let chars = usize::try_from(long["$chars"].as_u64().unwrap()).unwrap();
                message.insert(field.clone(), json!("车".repeat(chars)));
            }
            value => drop(message.insert(field.clone(), value.clone())),
        }
    }
    Value::Object(message).to_string()
}

fn with(path: &str, field: &str, value: Value) -> String {
    plain(path, &Map::from_iter([(field.to_owned(), value)]))
}

fn names<'a>(interface: &'a Value, list: &str) -> impl Iterator<Item = &'a str> {
    interface[list].as_array().unwrap().iter().map(|name| name.as_str().unwrap())
}

#[test]
fn the_cases_of_the_table() {
    for case in TABLE["cases"].as_array().unwrap() {
        let paths: Vec<&str> = match &case["path"] {
            Value::String(path) => vec![path],
            _ => object(&TABLE["interfaces"]).keys().map(String::as_str).collect(),
        };
        for path in paths {
            let plain = match &case["plain"] {
                Value::String(plain) => plain.clone(),
                _ => plain(path, object(&case["set"])),
            };
            check(&Case {
                name: case["name"].as_str().unwrap(),
                path,
                plain,
                answer: case["answer"].as_str(),
                code: case["code"].as_i64(),
                field: case["field"].as_str(),
                report: case.get("report"),
                unnamed: case.get("unnamed"),
            });
        }
    }
}

fn refused<'a>(name: &'a str, path: &'a str, field: &'a str, plain: String) -> Case<'a> {
    Case { name, path, plain, answer: None, code: None, field: Some(field), report: None, unnamed: None }
}

const ANYTHING: &Value = &Value::Null;

fn accepted<'a>(name: &'a str, path: &'a str, plain: String) -> Case<'a> {
    Case { name, path, plain, answer: None, code: None, field: None, report: Some(ANYTHING), unnamed: None }
}

#[test]
fn a_required_field_that_is_missing_null_or_empty_is_named() {
    for (path, interface) in object(&TABLE["interfaces"]) {
        for field in names(interface, "required") {
            for nothing in [json!("$gone"), json!(null), json!(""), json!("  ")] {
                check(&refused("missing", path, field, with(path, field, nothing)));
            }
        }
    }
}

#[test]
fn an_optional_field_may_be_missing_null_or_empty() {
    for (path, interface) in object(&TABLE["interfaces"]) {
        for field in names(interface, "optional") {
            for nothing in [json!("$gone"), json!(null), json!("")] {
                check(&accepted("absent", path, with(path, field, nothing)));
            }
        }
    }
}

#[test]
fn a_text_ends_at_its_limit() {
    for (path, interface) in object(&TABLE["interfaces"]) {
        for (field, max) in object(&interface["lengths"]) {
            let max = max.as_u64().unwrap();
            // A lot's id of that length is no lot of ours: it is 404 then, and 400 one character later.
            if field != "parkinglotId" {
                check(&accepted("at its limit", path, with(path, field, json!({"$chars": max}))));
            }
            check(&refused("over its limit", path, field, with(path, field, json!({"$chars": max + 1}))));
        }
    }
}

#[test]
fn a_text_may_be_a_number_but_nothing_else() {
    for (path, interface) in object(&TABLE["interfaces"]) {
        for field in object(&interface["lengths"]).keys().filter(|field| *field != "parkinglotId") {
            check(&accepted("number for text", path, with(path, field, json!(12_345))));
            for odd in [json!(true), json!(["x"]), json!({"x": 1}), json!("a\u{0}b")] {
                check(&refused("wrong type", path, field, with(path, field, odd)));
            }
        }
    }
}

#[test]
fn a_whole_number_may_be_a_string_but_nothing_else() {
    for (path, interface) in object(&TABLE["interfaces"]) {
        for field in names(interface, "integers") {
            for number in [json!(3), json!("3"), json!(3.0), json!(" 3 ")] {
                check(&accepted("number", path, with(path, field, number)));
            }
            for odd in [json!(3.5), json!("three"), json!("3a"), json!(true), json!([3]), json!(1e30)] {
                check(&refused("no number", path, field, with(path, field, odd)));
            }
        }
    }
}

#[test]
fn a_time_has_the_text_s_form() {
    for (path, interface) in object(&TABLE["interfaces"]) {
        for field in names(interface, "times") {
            for odd in [
                json!("2026-04-01_08:15:30"),
                json!("2026/04/01 08:15:30"),
                json!("2026-02-30 08:15:30"),
                json!("2026-04-01 08:15"),
                json!("2026-04-01 25:15:30"),
                json!(1_775_002_530_000_i64),
                json!(true),
            ] {
                check(&refused("no time", path, field, with(path, field, odd)));
            }
        }
    }
}
