//! The platform's answers to the byte, and what a lot makes of answers.

use crate::huzhou::scene::{HOLDER, respond};
use bowei_standards::LotSide;
use bowei_standards::huzhou::Huzhou;
use bowei_standards::lot_side::Reading;
use bowei_standards::platform_side::Outcome;
use bytes::Bytes;
use http::Response;
use jiff::SignedDuration;

fn check(outcome: &Outcome<'_>, status: u16, retry_after: Option<&str>, body: &str) -> Reading {
    let response = respond(outcome);
    assert_eq!(response.status(), status);
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(header("retry-after"), retry_after);
    assert_eq!(std::str::from_utf8(response.body()).unwrap(), body);
    Huzhou.read_answer(&response)
}

#[test]
fn an_accepted_record_is_echoed() {
    let reading = check(
        &Outcome::Accepted { receipt: Some("20260401-000017") },
        200,
        None,
        r#"{"code":200,"msg":"成功","data":{"parkingdataId":"20260401-000017"}}"#,
    );
    assert_eq!(reading, Reading::Accepted);
    let reading =
        check(&Outcome::Accepted { receipt: None }, 200, None, r#"{"code":200,"msg":"成功","data":{}}"#);
    assert_eq!(reading, Reading::Accepted);
}

#[test]
fn a_refused_record_is_echoed_with_the_field_at_fault() {
    let path = "/api/parkinglot/in";
    let plain = r#"{"parkinglotId":"HZ330502001","parkingdataId":"R-1","vehiclePlate":"浙E12345"}"#;
    let refusal = crate::huzhou::scene::deliver(HOLDER.message(path, plain.as_bytes())).unwrap_err();
    let body = "{\"code\":400,\"msg\":\"channel_name 缺失：必填，应为通道名称，字符串，不超过 255 个字符\",\
                \"data\":{\"parkingdataId\":\"R-1\"}}";
    let reading = check(&Outcome::Refused(&refusal), 200, None, body);
    let why = "channel_name 缺失：必填，应为通道名称，字符串，不超过 255 个字符".to_owned();
    assert_eq!(reading, Reading::Refused { code: "400".to_owned(), why });
}

#[test]
fn a_body_too_large_is_refused_for_good() {
    let reading = check(
        &Outcome::TooLarge { max_bytes: 1_048_576 },
        413,
        None,
        r#"{"code":400,"msg":"请求体过大：此接口不超过 1048576 字节，请减小内容或分多次上报","data":{}}"#,
    );
    assert!(matches!(reading, Reading::Refused { code, .. } if code == "413"));
}

#[test]
fn a_platform_that_has_no_time_says_when_it_will() {
    let reading = check(
        &Outcome::TooMany { retry_after_s: 7 },
        429,
        Some("7"),
        r#"{"code":500,"msg":"请求过于频繁：请在 7 秒后重新上传","data":{}}"#,
    );
    assert!(
        matches!(reading, Reading::TryLater { after: Some(after), .. } if after == SignedDuration::from_secs(7))
    );
    let reading = check(
        &Outcome::Unavailable { retry_after_s: 30 },
        503,
        Some("30"),
        r#"{"code":500,"msg":"平台暂时无法受理：数据未保存，请在 30 秒后重新上传","data":{}}"#,
    );
    assert!(
        matches!(reading, Reading::TryLater { after: Some(after), .. } if after == SignedDuration::from_secs(30))
    );
}

fn answered(status: u16, body: &str) -> Reading {
    Huzhou.read_answer(&Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap())
}

#[test]
fn in_doubt_it_is_tried_again() {
    for (status, body) in [
        (200, r#"{"code":400}"#),
        (200, r#"{"code":400,"msg":"请求失败"}"#),
        (200, r#"{"code":500,"msg":"vehiclePlate 格式错误"}"#),
        (200, r#"{"code":429}"#),
        (200, r#"{"code":500,"msg":"内部错误"}"#),
        (200, r#"{"code":1001}"#),
        (200, r#"{"code":-1}"#),
        (200, r#"{"code":200.5}"#),
        (200, r#"{"msg":"ok"}"#),
        (200, r#"{"code":200,"msg":"成"#),
        (200, "<html><title>504 Gateway Time-out</title></html>"),
        (200, ""),
        (201, r#"{"code":200}"#),
        (302, ""),
        (400, r#"{"code":400,"msg":"a proxy's own"}"#),
        (404, "not found"),
        (500, ""),
        (502, "<html>"),
    ] {
        assert!(matches!(answered(status, body), Reading::TryLater { .. }), "{status} {body}");
    }
}

#[test]
fn a_code_may_be_a_string() {
    assert_eq!(answered(200, r#"{"code":"200","msg":"ok","data":null}"#), Reading::Accepted);
    assert_eq!(answered(200, r#"{"code ":200.0}"#), Reading::Accepted);
    let refused = Reading::Refused { code: "400".to_owned(), why: "字段错误".to_owned() };
    assert_eq!(answered(200, r#"{"code":"400","msg":"字段错误"}"#), refused);
}

#[test]
fn a_platform_cannot_silence_a_lot_for_days() {
    let answer =
        Response::builder().status(503).header("Retry-After", "999999999").body(Bytes::new()).unwrap();
    let reading = Huzhou.read_answer(&answer);
    assert!(
        matches!(reading, Reading::TryLater { after: Some(after), .. } if after == SignedDuration::from_hours(1))
    );
    for odd in ["Wed, 01 Apr 2026 00:15:30 GMT", "soon", "-5"] {
        let answer = Response::builder().status(503).header("Retry-After", odd).body(Bytes::new()).unwrap();
        assert!(matches!(Huzhou.read_answer(&answer), Reading::TryLater { .. }), "{odd}");
    }
}

#[test]
fn what_can_be_mended_elsewhere_holds_everything() {
    for (code, words) in [
        (401, "timestamp"),
        (403, ""),
        (404, ""),
        (400, "签名错误"),
        (400, "signature invalid"),
        (400, "时间戳格式错误"),
        (400, "encryptedData 解密失败"),
        (400, "appId 参数错误"),
        (400, "parkinglotId 有误"),
        (1001, "请求已过期"),
    ] {
        let reading = answered(200, &format!(r#"{{"code":{code},"msg":"{words}"}}"#));
        assert!(matches!(reading, Reading::Held { .. }), "{code} {words}: {reading:?}");
    }
    assert_eq!(answered(200, r#"{"code":400,"msg":"parkingdataId 重复"}"#), Reading::Accepted);
}
