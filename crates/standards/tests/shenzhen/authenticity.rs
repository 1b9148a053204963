//! Who speaks: logins, tokens, and what a refusal gives away.

use crate::shenzhen::scene::{
    CREDENTIAL, LOT, PASSWORD, TOKEN, account, account_with, deliver, entry, enveloped, fields, message, now,
    on_the_wire, post, take, take_as,
};
use bowei_encoding::password::COST;
use bowei_model::{Heartbeat, Report};
use bowei_standards::platform_side::{Claim, Opened};
use bowei_standards::shenzhen::Shenzhen;
use bowei_standards::{Fault, PlatformSide, Refusal};
use http::Request;
use jiff::SignedDuration;
use serde_json::{Value, json};

fn login(password: &str) -> Request<bytes::Bytes> {
    message("login", &json!({ "userId": "sz-0001", "password": on_the_wire(password) }))
}

#[test]
fn a_login_gives_a_new_token_that_lives_for_three_heartbeats() {
    let token = || match take(login(PASSWORD)).unwrap() {
        Opened::Login(login) => {
            assert_eq!(login.ttl, Some(SignedDuration::from_secs(90)));
            let expected = json!([{ "accessToken": login.token }]).to_string();
            assert_eq!(login.receipt, Some(expected));
            login.token
        }
        other => panic!("{other:?}"),
    };
    let (one, other) = (token(), token());
    assert_ne!(one, other);
    assert!(one.len() == 32 && one.bytes().all(|b| b.is_ascii_hexdigit()), "{one}");
}

#[test]
fn a_login_speaks_for_its_account_and_everything_else_for_its_token() {
    let claim = |request| Shenzhen.read(request).unwrap().claim().clone();
    assert_eq!(claim(login(PASSWORD)), Claim::Account("sz-0001".to_owned()));
    assert_eq!(claim(message("enterRecord", &entry())), Claim::Token(TOKEN.to_owned()));
    for header in [format!("Bearer {TOKEN}"), format!("bearer  {TOKEN} "), format!(" {TOKEN}")] {
        let mut request = message("enterRecord", &entry());
        request.headers_mut().insert("authorization", header.parse().unwrap());
        assert_eq!(claim(request), Claim::Token(TOKEN.to_owned()), "{header}");
    }
}

#[test]
fn a_wrong_password_and_nobody_s_account_are_told_apart_by_nobody() {
    let wrong = take(login("wrong")).unwrap_err();
    let nobody = Shenzhen.read(login(PASSWORD)).unwrap().authenticate(None, now()).unwrap_err();
    assert_eq!((wrong.code.as_str(), &wrong.fault), ("3001", &nobody.fault));
}

#[test]
fn a_login_costs_its_slow_hash_once() {
    let fresh = Shenzhen.credential(&crate::shenzhen::scene::KEPT).unwrap();
    let account = account_with(vec![fresh]);
    let envelope = |password: &str| Shenzhen.read(login(password)).unwrap();
    assert_eq!(envelope(PASSWORD).cost_of_authentication(Some(&account)), COST);
    assert_eq!(envelope(PASSWORD).cost_of_authentication(None), COST, "nobody's account is no cheaper");
    envelope(PASSWORD).authenticate(Some(&account), now()).unwrap();
    assert_eq!(envelope(PASSWORD).cost_of_authentication(Some(&account)), 0);
    assert_eq!(envelope("wrong").cost_of_authentication(Some(&account)), COST);
    let record = Shenzhen.read(message("enterRecord", &entry())).unwrap();
    assert_eq!(record.cost_of_authentication(Some(&account)), 0);
    assert_eq!(record.cost(), 0);
    // Signed wrongly, it is refused before its password is looked at.
    let data = json!([{ "userId": "sz-0001", "password": on_the_wire("wrong") }]).to_string();
    let body = enveloped(&data).replace("\"sign\":\"", "\"sign\":\"0");
    let unsigned = Shenzhen.read(post("login", body)).unwrap();
    for account in [Some(&account), None] {
        assert_eq!(unsigned.cost_of_authentication(account), 0);
        assert_eq!(unsigned.authenticate(account, now()).unwrap_err().code, "6");
    }
    // Many digests of a long text are not taken on the spot, whoever is named.
    let data = json!([{ "userId": "sz-0001", "password": "x", "note": "车".repeat(20_000) }]).to_string();
    let body = enveloped(&data).replace("\"sign\":\"", "\"sign\":\"0");
    let long = Shenzhen.read(post("login", body)).unwrap();
    assert!(long.cost_of_authentication(None) >= COST);
    assert_eq!(long.cost_of_authentication(None), long.cost_of_authentication(Some(&account)));
}

#[test]
fn during_a_rotation_both_passwords_log_in() {
    let newer = Shenzhen.issue(&fields(&[("user_id", "sz-0001"), ("password", "newer")])).unwrap();
    let newer = Shenzhen.credential(&newer.kept).unwrap();
    let account = account_with(vec![newer, CREDENTIAL.clone()]);
    for password in [PASSWORD, "newer"] {
        assert!(matches!(take_as(login(password), &account), Ok(Opened::Login(_))), "{password}");
        let envelope = Shenzhen.read(login(password)).unwrap();
        assert_eq!(envelope.cost_of_authentication(Some(&account)), 0, "{password} has proved right");
    }
    assert_eq!(take_as(login("wrong"), &account).unwrap_err().code, "3001");
}

#[test]
fn a_token_that_nobody_has_is_code_5() {
    for interface in ["heartBeats", "enterRecord", "parkCarInfo"] {
        let envelope = Shenzhen.read(message(interface, &entry())).unwrap();
        let refusal = envelope.authenticate(None, now()).unwrap_err();
        assert_eq!((refusal.code.as_str(), refusal.fault.field()), ("5", Some("authorization")));
        assert!(!format!("{refusal:?}").contains(TOKEN), "a token is never shown whole");
    }
}

#[test]
fn a_heartbeat_is_the_account_s_sign_of_life_and_is_answered_the_time() {
    let delivery = deliver(message("heartBeats", &json!({ "requestTime": "2024-01-01 23:59:00" }))).unwrap();
    assert_eq!(delivery.reports[0].report, Report::Heartbeat(Heartbeat { lot: None }));
    assert_eq!(delivery.receipt.as_deref(), Some(r#"[{"timestamp":1775002530000}]"#));
}

#[test]
fn a_wrong_signature_shows_what_was_signed_and_no_password() {
    let mut item = entry();
    item["plateNo"] = "粤B54321".into();
    let data = json!([item]).to_string();
    let body = enveloped(&data).replace("粤B54321", "粤B12345");
    let refusal = deliver(post("enterRecord", body)).unwrap_err();
    let signed = step(&refusal, "待签名的 data 原文");
    assert_eq!(signed, data.replace("粤B54321", "粤B12345"));

    let secret = on_the_wire(PASSWORD);
    let body = enveloped(&json!([{ "userId": "sz-0001", "password": secret }]).to_string());
    let refusal = take(post("login", body.replace("sz-0001", "sz-0002"))).unwrap_err();
    assert_eq!(refusal.code, "6");
    assert_eq!(step(&refusal, "待签名的 data 原文"), r#"[{"userId":"sz-0002","password":"***"}]"#);
    assert!(!format!("{refusal:?}").contains(&secret));
}

#[test]
fn a_login_of_the_wrong_form_shows_no_password() {
    let secret = on_the_wire("hidden");
    let quoted = format!("\"{secret}\"");
    for body in [
        enveloped(&format!(r#"{{"userId":"sz-0001","password":{quoted}}}"#)),
        enveloped(&format!(r#"[{{"userId":"sz-0001","password":[{quoted}]}}]"#)),
        enveloped(&format!(r#"[{{"userId":"sz-0001","password":{quoted}}},{{"password":{quoted}}}]"#)),
        enveloped(&quoted),
        quoted.clone(),
        format!("[{quoted}]"),
        format!("{{\"password\":{quoted},,"),
        format!("{{\"password\":{quoted}"),
        enveloped(&format!(r#"[{quoted}]"#)),
        enveloped(&format!(r#"[{{"password":{quoted}}}]"#)),
    ] {
        let refusal = take(post("login", body.clone())).unwrap_err();
        assert!(!format!("{refusal:?}").contains(&secret), "{body}: {refusal:?}");
        assert!(!refusal.fault.message().contains(&secret), "{body}");
    }
}

#[test]
fn a_refusal_says_as_much_as_was_read() {
    let mut item = entry();
    item["enterTime"] = "yesterday".into();
    let refusal = deliver(message("enterRecord", &item)).unwrap_err();
    assert_eq!((refusal.lot_id.as_deref(), refusal.record_id.as_deref()), (Some(LOT), Some("R-1")));
    assert!(refusal.read_as.unwrap().contains("yesterday"));
    assert!(matches!(refusal.fault, Fault::WrongType { .. }));
    assert!(refusal.steps.iter().any(|step| step.name == "请求路径"));
}

#[test]
fn other_paths_and_methods_are_refused() {
    for (method, path) in [("GET", "/dataReceive/v1/login"), ("POST", "/dataReceive/v1/reservation")] {
        let request = Request::builder().method(method).uri(path).body(bytes::Bytes::new()).unwrap();
        assert_eq!(Shenzhen.read(request).err().unwrap().code, "2", "{method} {path}");
    }
    let body = enveloped(&json!([entry()]).to_string());
    let request = Request::post("/city/dataReceive/v1/enterRecord").header("authorization", TOKEN);
    assert!(take_as(request.body(body.into()).unwrap(), &account()).is_ok(), "behind a prefix");
}

fn step(refusal: &Refusal, name: &str) -> Value {
    refusal.steps.iter().find(|step| step.name == name).unwrap().value.clone().into()
}
