//! 1.2 from both sides: what is shown of a login, what it costs, and what a lot makes of the answer.

use crate::isp::scene::{CLIENT_ID, HOLDER, Holder, SECRET, deliver, log_in, login, now};
use bowei_model::{Heartbeat, LotCode, LotKind, Report, SpaceCount};
use bowei_standards::isp::Isp;
use bowei_standards::lot_side::{CannotSeal, Login, LoginReading, Outgoing};
use bowei_standards::platform_side::Outcome;
use bowei_standards::{LotSide, PlatformSide};
use bytes::Bytes;
use http::Response;
use jiff::SignedDuration;
use serde_json::{Value, json};

fn reading(status: u16, body: &str) -> LoginReading {
    let own = Isp.own_credential(&HOLDER.handed_out).unwrap();
    let answer = Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap();
    Isp.read_login(own.as_ref(), &answer)
}

#[test]
fn a_lot_logs_in_and_is_heard() {
    let own = Isp.own_credential(&HOLDER.handed_out).unwrap();
    let report = Report::SpaceCount(SpaceCount {
        total: Some(1_000),
        ..SpaceCount::new(LotCode::from("L1"), now(), 350)
    });
    let outgoing =
        Outgoing { report: &report, lot_id: "ATXL/1", lot_kind: LotKind::OffStreet, picture: None };
    assert_eq!(Isp.seal(outgoing, own.as_ref(), now()).unwrap_err(), CannotSeal::LoginFirst);

    let sealed = Isp.seal_login(own.as_ref(), now()).unwrap();
    let body: Value = serde_json::from_slice(sealed.request.body()).unwrap();
    assert_eq!(
        body,
        json!({ "client_id": CLIENT_ID, "client_secret": SECRET, "grant_type": "client_credentials" })
    );
    assert!(!format!("{:?}", sealed.steps).contains(SECRET));
    let login = log_in(sealed.request, &HOLDER.account()).unwrap();
    let answer = Isp.answer(&Outcome::Accepted { receipt: login.receipt.as_deref() }, now());
    let LoginReading::LoggedIn { own, ttl } = Isp.read_login(own.as_ref(), &answer) else {
        panic!("not logged in")
    };
    assert_eq!(ttl, Some(SignedDuration::from_hours(12)));
    let sealed = Isp.seal(outgoing, own.as_ref(), now()).unwrap();
    assert!(!format!("{:?}", sealed.steps).contains(&login.token));
    assert_eq!(deliver(sealed.request).unwrap().reports.len(), 1);

    let heartbeat = Report::Heartbeat(Heartbeat { lot: None });
    let outgoing = Outgoing { report: &heartbeat, ..outgoing };
    let none = Isp.seal(outgoing, own.as_ref(), now()).unwrap_err();
    assert_eq!(none, CannotSeal::NoMessage { kind: "heartbeat" });
    assert!(Isp.picture_goes_within());
}

#[test]
fn the_slow_hash_is_announced_and_paid_once() {
    let holder = Holder::new(CLIENT_ID, SECRET);
    let account = holder.account();
    let cost = |secret: &str, account| {
        let body = json!({ "client_id": CLIENT_ID, "client_secret": secret });
        Isp.read(login(&body)).unwrap().cost_of_authentication(account)
    };
    assert!(cost(SECRET, Some(&account)) > 0);
    assert_eq!(cost(SECRET, None), 0, "nobody's account costs nothing");
    let body = json!({ "client_id": CLIENT_ID, "client_secret": SECRET });
    log_in(login(&body), &account).unwrap();
    assert_eq!(cost(SECRET, Some(&account)), 0);
    assert!(cost("another", Some(&account)) > 0);
}

#[test]
fn a_refused_login_shows_its_account_and_never_its_secret() {
    let body = json!({ "client_id": CLIENT_ID, "client_secret": "wrong-secret" });
    let refusal = log_in(login(&body), &HOLDER.account()).unwrap_err();
    assert_eq!(refusal.code, "401");
    let shown = format!("{refusal:?}");
    assert!(shown.contains(CLIENT_ID) && !shown.contains("wrong-secret"), "{shown}");
}

#[test]
fn what_a_lot_makes_of_answers_to_its_login() {
    let token = r#"{"access_token":"abc","token_type":"bearer","expires_in":34258}"#;
    assert!(matches!(
        reading(200, token),
        LoginReading::LoggedIn { ttl: Some(ttl), .. } if ttl.as_secs() == 34_258
    ));
    assert!(matches!(reading(200, r#"{"access_token":"abc"}"#), LoginReading::LoggedIn { ttl: None, .. }));
    for (status, body, code) in [
        (200, r#"{"code":401,"msg":"no"}"#, "401"),
        (200, r#"{"code":1,"msg":"no"}"#, "1"),
        (401, r#"{"error":"invalid_client","error_description":"Bad client credentials"}"#, "invalid_client"),
        (400, r#"{"error":"invalid_grant"}"#, "invalid_grant"),
        (401, "", "401"),
    ] {
        match reading(status, body) {
            LoginReading::Refused { code: received, .. } => assert_eq!(received, code, "{body}"),
            _ => panic!("{body}"),
        }
    }
    for (status, body) in [
        (200, r#"{"code":500,"msg":"busy"}"#),
        (200, "<html>"),
        (200, r#"{"access_token":"two words"}"#),
        (200, r#"{"access_token":""}"#),
        (503, r#"{"access_token":"abc"}"#),
        (502, ""),
    ] {
        assert!(matches!(reading(status, body), LoginReading::TryLater { .. }), "{body}");
    }
}
