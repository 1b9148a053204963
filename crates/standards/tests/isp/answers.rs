//! What a lot makes of answers, and what the platform says when it is not about the message.

use crate::isp::scene::now;
use bowei_standards::isp::Isp;
use bowei_standards::lot_side::Reading;
use bowei_standards::platform_side::Outcome;
use bowei_standards::{LotSide, PlatformSide};
use bytes::Bytes;
use http::Response;
use jiff::SignedDuration;

fn reading(status: u16, body: &str) -> Reading {
    Isp.read_answer(&Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap())
}

#[test]
fn success_is_zero_or_two_hundred() {
    for body in [r#"{"code":0,"msg":"success"}"#, r#"{"code":200,"message":"ok"}"#, r#"{"code":"200"}"#] {
        assert_eq!(reading(200, body), Reading::Accepted, "{body}");
    }
}

#[test]
fn a_dead_token_asks_for_a_login() {
    for (status, body) in [
        (200, r#"{"code":401,"msg":"未登录"}"#),
        (401, r#"{"error":"invalid_token"}"#),
        (401, ""),
        (401, r#"{"code":401}"#),
    ] {
        assert_eq!(reading(status, body), Reading::LoginFirst, "{body}");
    }
}

#[test]
fn a_failure_is_for_good_and_everything_else_is_tried_again() {
    let refused = Reading::Refused { code: "1".to_owned(), why: "enter_time 缺失".to_owned() };
    assert_eq!(reading(200, r#"{"code":1,"msg":"enter_time 缺失"}"#), refused);
    assert_eq!(reading(200, r#"{"code":1,"message":"enter_time 缺失"}"#), refused);
    assert!(matches!(reading(413, ""), Reading::Refused { .. }));
    for (status, body) in [
        (200, r#"{"code":500,"msg":"系统异常"}"#),
        (200, r#"{"code":1,"msg":"请求/操作失败"}"#),
        (200, r#"{"code":404}"#),
        (200, r#"{"msg":"success"}"#),
        (200, ""),
        (200, "<html>"),
        (500, r#"{"code":0}"#),
        (502, ""),
        (403, r#"{"code":1}"#),
        (204, ""),
    ] {
        assert!(matches!(reading(status, body), Reading::TryLater { .. }), "{status} {body}");
    }
}

#[test]
fn the_lot_s_number_holds_everything_and_a_repetition_is_success() {
    assert!(matches!(reading(200, r#"{"code":1,"msg":"park_code 不存在"}"#), Reading::Held { .. }));
    assert_eq!(reading(200, r#"{"code":1,"msg":"该记录已存在"}"#), Reading::Accepted);
    assert_eq!(reading(200, r#"{"code":500,"msg":"duplicate key"}"#), Reading::Accepted);
}

#[test]
fn what_is_not_about_the_message_says_when_to_come_back() {
    for (outcome, status, code) in [
        (Outcome::TooMany { retry_after_s: 7 }, 429, "500"),
        (Outcome::Unavailable { retry_after_s: 7 }, 503, "500"),
    ] {
        let answer = Isp.answer(&outcome, now());
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["retry-after"], "7");
        assert!(answer.body().starts_with(format!("{{\"code\":{code},").as_bytes()));
        match Isp.read_answer(&answer) {
            Reading::TryLater { after, .. } => assert_eq!(after, Some(SignedDuration::from_secs(7))),
            other => panic!("{other:?}"),
        }
    }
    let answer = Isp.answer(&Outcome::TooLarge { max_bytes: 8 }, now());
    assert_eq!(answer.status(), 413);
    assert!(matches!(Isp.read_answer(&answer), Reading::Refused { .. }));
}
