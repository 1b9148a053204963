//! The platform's answers to the byte, and what a lot makes of answers.

use crate::scene::{HEART_THROB, UPLOAD_BUSINESS, deliver, departure, now, post, record};
use bowei_standards::lot_side::Reading;
use bowei_standards::ningbo::Ningbo;
use bowei_standards::platform_side::Outcome;
use bowei_standards::{LotSide, PlatformSide};
use bytes::Bytes;
use http::Response;
use jiff::SignedDuration;
use serde_json::json;

fn check(outcome: &Outcome<'_>, status: u16, retry_after: Option<&str>, body: &str) -> Reading {
    let response = Ningbo.answer(outcome, now());
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
    assert_eq!(response.status(), status);
    assert_eq!(header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(header("retry-after"), retry_after);
    assert_eq!(std::str::from_utf8(response.body()).unwrap(), body);
    Ningbo.read_answer(&response)
}

fn answered(status: u16, body: &str) -> Reading {
    Ningbo.read_answer(&response(status, body))
}

fn response(status: u16, body: &str) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()
}

#[test]
fn success_is_a_zero_and_a_heartbeat_is_told_the_time() {
    let accepted = |receipt| Outcome::Accepted { receipt };
    assert_eq!(check(&accepted(None), 200, None, r#"{"result":0}"#), Reading::Accepted);
    let delivery = deliver(post(HEART_THROB, record(json!({})).to_string())).unwrap();
    let body = r#"{"result":0,"data":{"systime":"2026-04-01 08:15:30"}}"#;
    assert_eq!(check(&accepted(delivery.receipt.as_deref()), 200, None, body), Reading::Accepted);
    assert_eq!(Ningbo.read_clock(&response(200, body)), Some(now()));
}

#[test]
fn a_field_at_fault_is_refused_for_good() {
    let mut body = departure();
    body["leavetime"] = json!(null);
    let refusal = deliver(post(UPLOAD_BUSINESS, body.to_string())).unwrap_err();
    let why =
        "leavetime 缺失：必填，应为离开时间，格式 yyyy-MM-dd HH:mm:ss（北京时间），业务类型为离开时必填";
    let body = format!(r#"{{"result":1,"description":"{why}"}}"#);
    let reading = check(&Outcome::Refused(&refusal), 200, None, &body);
    assert_eq!(reading, Reading::Refused { code: "1".to_owned(), why: why.to_owned() });
}

#[test]
fn an_account_or_a_lot_at_fault_holds_everything() {
    for (field, value) in [("portname", "b"), ("portpwd", "b"), ("parkpotid", "330212077103")] {
        let mut body = departure();
        body[field] = json!(value);
        let request = post(UPLOAD_BUSINESS, body.to_string());
        // Whoever asks under a name that nobody has is told so.
        let refusal = match Ningbo.read(request.clone()) {
            Ok(envelope) if field == "portname" => envelope.authenticate(None, now()).unwrap_err(),
            _ => deliver(request).unwrap_err(),
        };
        let answer = Ningbo.answer(&Outcome::Refused(&refusal), now());
        assert!(matches!(Ningbo.read_answer(&answer), Reading::Held { .. }), "{field}");
    }
}

#[test]
fn what_is_outside_the_protocol_says_when_to_come_back() {
    let body = r#"{"result":1,"description":"请求体过大：此接口不超过 1048576 字节，请减小内容后重新上传"}"#;
    let reading = check(&Outcome::TooLarge { max_bytes: 1_048_576 }, 413, None, body);
    assert!(matches!(reading, Reading::Refused { code, .. } if code == "413"));
    let body = r#"{"result":1,"description":"请求过于频繁：请在 7 秒后重新上传"}"#;
    let reading = check(&Outcome::TooMany { retry_after_s: 7 }, 429, Some("7"), body);
    let seven = SignedDuration::from_secs(7);
    assert!(matches!(reading, Reading::TryLater { after: Some(after), .. } if after == seven));
    let body = r#"{"result":1,"description":"平台暂时无法受理：数据未保存，请在 30 秒后重新上传"}"#;
    let reading = check(&Outcome::Unavailable { retry_after_s: 30 }, 503, Some("30"), body);
    assert!(matches!(reading, Reading::TryLater { after: Some(_), .. }));
}

#[test]
fn answers_in_the_text_s_own_hand_are_read() {
    let printed = "{\n\"result\":0\n\"data\":{\"systime\":\"2018-01-01 00:00:00\"}\n}";
    assert_eq!(answered(200, printed), Reading::Accepted);
    assert_eq!(Ningbo.read_clock(&response(200, printed)).unwrap().to_string(), "2017-12-31T16:00:00Z");
    let quoted = r#"{"result":"0","data":"{\"systime\":\"2018-01-01 00:00:00\"}"}"#;
    assert!(Ningbo.read_clock(&response(200, quoted)).is_some());
    let failed = answered(200, r#"{"result":1,"description":"传入参数有误"}"#);
    assert_eq!(failed, Reading::Refused { code: "1".to_owned(), why: "传入参数有误".to_owned() });
}

#[test]
fn in_doubt_it_is_tried_again() {
    for (status, body) in [
        (200, r#"{"result":1}"#),
        (200, r#"{"result":1,"description":"操作失败"}"#),
        (200, r#"{"result":1,"description":"系统异常"}"#),
        (200, r#"{"result":1,"description":"服务器繁忙"}"#),
        (200, r#"{"result":1,"description":"数据库连接超时"}"#),
        (200, r#"{"result":1,"description":"接口调用失败"}"#),
        (200, r#"{"result":1,"description":"未知错误"}"#),
        (200, r#"{"result":1,"description":"系统异常：参数错误"}"#),
        (200, r#"{"result":1,"description":"车辆重复入场"}"#),
        (200, r#"{"result":1,"description":"请求重复，请稍后再试"}"#),
        (200, r#"{"result":2,"description":"?"}"#),
        (200, r#"{"data":{}}"#),
        (200, "<html>"),
        (200, ""),
        (201, r#"{"result":0}"#),
        (404, "not found"),
        (502, "<html>"),
    ] {
        assert!(matches!(answered(status, body), Reading::TryLater { .. }), "{status} {body}");
    }
    for body in [r#"{"result":1,"data":{"systime":"2018-01-01 00:00:00"}}"#, r#"{"result":0}"#, "", "[]"] {
        assert_eq!(Ningbo.read_clock(&response(200, body)), None, "{body}");
    }
}

#[test]
fn the_words_say_whom_to_blame() {
    let said = |words: &str| answered(200, &format!(r#"{{"result":1,"description":"{words}"}}"#));
    for words in [
        "账号无权限",
        "PORTPWD error",
        "停车场不存在",
        "未登记的停车场：停车场编号错误",
        "非法请求",
        "IP不在白名单",
    ] {
        assert!(matches!(said(words), Reading::Held { .. }), "{words}");
    }
    for words in
        ["车牌号不合规", "vehtype error", "freeparklotcount 缺失：必填，应为停车场空车位数，整数", "图片过大"]
    {
        assert!(matches!(said(words), Reading::Refused { .. }), "{words}");
    }
    for words in ["业务编号已存在", "该照片已上传", "重复上报", "record already exists"] {
        assert_eq!(said(words), Reading::Accepted, "{words}");
    }
}
