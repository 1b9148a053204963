//! Every step of opening a message, for an engineer who wonders why it is refused.

use crate::shenzhen::scene::{KEPT, PASSWORD, entry, enveloped, given, message, now, on_the_wire, post};
use bowei_standards::platform_side::Explained;
use bowei_standards::shenzhen::Shenzhen;
use bowei_standards::{PlatformSide, Refusal, Step};
use bytes::Bytes;
use http::Request;
use serde_json::json;

fn explain(request: Request<Bytes>) -> (Vec<Step>, Result<Explained, Refusal>) {
    Shenzhen.explain_open(request, &KEPT, now())
}

fn value<'a>(steps: &'a [Step], name: &str) -> &'a str {
    steps.iter().find(|step| step.name == name).map_or("", |step| step.value.as_str())
}

#[test]
fn a_message_that_is_right_is_told_to_its_end() {
    let (steps, result) = explain(message("enterRecord", &entry()));
    assert_eq!(result, Ok(Explained::Whole));
    assert_eq!(value(&steps, "签名"), "一致");
    assert_eq!(value(&steps, "收到的 sign"), value(&steps, "data 原文的 SM3"));
    assert!(value(&steps, "解析结果").contains("粤B12345"));
    assert!(value(&steps, "令牌").contains("此处不核对"));
}

#[test]
fn a_wrong_signature_is_shown_beside_the_right_ones() {
    let body = enveloped(&json!([entry()]).to_string()).replace("[{", "[ {");
    let (steps, result) = explain(post("enterRecord", body.replace("\"sign\":\"", "\"sign\":\"f")));
    assert_eq!(result.unwrap_err().code, "6");
    assert_eq!(value(&steps, "签名"), "不一致");
    assert_eq!(value(&steps, "data 原文的 SM3").len(), 64);
    assert_ne!(value(&steps, "data 紧凑化后的 SM3"), value(&steps, "data 原文的 SM3"));
    assert_eq!(value(&steps, "解析结果"), "");
}

#[test]
fn a_login_is_told_without_its_password() {
    let login = |user: &str, password: &str| {
        message("login", &json!({ "userId": user, "password": on_the_wire(password) }))
    };
    let (steps, result) = explain(login("sz-0001", PASSWORD));
    assert_eq!(result, Ok(Explained::Whole));
    assert_eq!(value(&steps, "密码"), "一致");
    assert!(!format!("{steps:?}").contains(&on_the_wire(PASSWORD)));
    let (steps, result) = explain(login("sz-0001", "wrong"));
    assert_eq!(result.unwrap_err().code, "3001");
    assert!(value(&steps, "密码").starts_with("不一致"));
    let (steps, result) = explain(login("sz-0002", PASSWORD));
    assert_eq!(result.unwrap_err().code, "3001");
    assert_eq!(value(&steps, "账号"), "与凭证的 user_id 不一致");
}

#[test]
fn a_clear_password_does_for_an_engineer() {
    let request = message("login", &json!({ "userId": "sz-0001", "password": on_the_wire(PASSWORD) }));
    assert_eq!(Shenzhen.explain_open(request, &given(), now()).1, Ok(Explained::Whole));
    let unusable = crate::shenzhen::scene::fields(&[("user_id", "sz-0001"), ("sm4_key_hex", "none")]);
    let (steps, result) = Shenzhen.explain_open(message("enterRecord", &entry()), &unusable, now());
    assert!(steps.is_empty() && result.is_err());
    // Without a password a login is told whose it is, and no more.
    let without = crate::shenzhen::scene::fields(&[("user_id", "sz-0001")]);
    let request = message("login", &json!({ "userId": "sz-0001", "password": on_the_wire("wrong") }));
    let (steps, result) = Shenzhen.explain_open(request, &without, now());
    assert!(matches!(result, Ok(Explained::Partly(..))), "{result:?}");
    assert_eq!(value(&steps, "密码"), "未核对：未提供 password");
}

#[test]
fn the_field_at_fault_is_the_last_word() {
    let mut car = entry();
    car["enterTime"] = "yesterday".into();
    let (steps, result) = explain(message("enterRecord", &car));
    let refusal = result.unwrap_err();
    assert_eq!(refusal.fault.field(), Some("data[0].enterTime"));
    assert_eq!(refusal.steps, steps);
    let question = json!({ "parkCode": "x", "queryDate": "2023-09-25", "currentPage": 1, "pageSize": 1 });
    let (steps, result) = explain(message("replenishCarInfo", &question));
    assert_eq!(result, Ok(Explained::Whole));
    assert!(value(&steps, "解析结果").contains("20230925"));
}
