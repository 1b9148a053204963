//! The platform's answers to the byte, and what an operator makes of answers.

use crate::yunkuaichong::scene::{RECORD, altered, deliver, now, post};
use bowei_standards::lot_side::Reading;
use bowei_standards::platform_side::Outcome;
use bowei_standards::yunkuaichong::Yunkuaichong;
use bowei_standards::{LotSide, PlatformSide};
use bytes::Bytes;
use http::Response;
use serde_json::json;

fn answered(status: u16, body: &str) -> Reading {
    Yunkuaichong.read_answer(&Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap())
}

#[test]
fn success_is_a_zero_and_failure_a_one() {
    let answer = Yunkuaichong.answer(&Outcome::Accepted { receipt: None }, now());
    assert_eq!(answer.body(), r#"{"result":0}"#);
    assert_eq!(Yunkuaichong.read_answer(&answer), Reading::Accepted);

    let body = altered(|record| record["power"] = json!("1.234"));
    let refusal = deliver(post(RECORD, body.to_string())).unwrap_err();
    let answer = Yunkuaichong.answer(&Outcome::Refused(&refusal), now());
    let why = "power 取值错误：应为充电量（单位：度），不小于 0 的数，小数点后最多 2 位，收到 1.234";
    assert_eq!(answer.body(), &format!(r#"{{"result":1,"description":"{why}"}}"#));
    assert_eq!(
        Yunkuaichong.read_answer(&answer),
        Reading::Refused { code: "1".to_owned(), why: why.to_owned() }
    );
}

#[test]
fn an_account_a_signature_or_a_lot_at_fault_holds_everything() {
    for body in [altered(|record| record["parkId"] = json!("3302122005")), {
        let mut record = altered(|_| {});
        record["sign"] = json!("0");
        record
    }] {
        let refusal = deliver(post(RECORD, body.to_string())).unwrap_err();
        let answer = Yunkuaichong.answer(&Outcome::Refused(&refusal), now());
        assert!(matches!(Yunkuaichong.read_answer(&answer), Reading::Held { .. }));
    }
    assert!(matches!(answered(200, r#"{"result":1,"description":"签名错误"}"#), Reading::Held { .. }));
    for (status, body) in [
        (200, r#"{"result":1}"#),
        (200, "{“result”,0}"),
        (200, ""),
        (500, r#"{"result":1,"description":"x"}"#),
    ] {
        assert!(matches!(answered(status, body), Reading::TryLater { .. }), "{status} {body}");
    }
}

#[test]
fn the_text_s_own_failing_example_says_success() {
    // A slip of the text: with result 0 nobody can tell it from success but by its words.
    assert_eq!(answered(200, "{“result”:0, “description”:”失败原因”}"), Reading::Accepted);
}

#[test]
fn what_is_outside_the_protocol_says_when_to_come_back() {
    for (outcome, status, retry_after) in [
        (Outcome::TooLarge { max_bytes: 1_048_576 }, 413, None),
        (Outcome::TooMany { retry_after_s: 7 }, 429, Some("7")),
        (Outcome::Unavailable { retry_after_s: 30 }, 503, Some("30")),
    ] {
        let answer = Yunkuaichong.answer(&outcome, now());
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers().get("retry-after").map(|value| value.to_str().unwrap()), retry_after);
        assert!(answer.body().starts_with(br#"{"result":1,"description":""#));
        let later = matches!(Yunkuaichong.read_answer(&answer), Reading::TryLater { .. });
        assert_eq!(later, retry_after.is_some());
    }
}
