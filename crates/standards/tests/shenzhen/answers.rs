//! Answers, written by a platform and read by a lot.

use crate::shenzhen::scene::{PASSWORD, body_of, entry, fields, message, respond, take};
use bowei_standards::lot_side::{Login, LoginReading, LotSide, Reading};
use bowei_standards::platform_side::Outcome;
use bowei_standards::shenzhen::Shenzhen;
use bytes::Bytes;
use http::Response;
use jiff::SignedDuration;

fn text(outcome: &Outcome<'_>) -> (u16, String) {
    let answer = respond(outcome);
    assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
    (answer.status().as_u16(), String::from_utf8(answer.body().to_vec()).unwrap())
}

#[test]
fn an_answer_has_the_text_s_four_fields_in_order() {
    assert_eq!(
        text(&Outcome::Accepted { receipt: Some(r#"[{"id":"R-1"}]"#) }),
        (200, r#"{"code":0,"message":"成功","timestamp":1775002530000,"data":[{"id":"R-1"}]}"#.to_owned())
    );
    assert_eq!(
        text(&Outcome::Accepted { receipt: None }),
        (200, r#"{"code":0,"message":"成功","timestamp":1775002530000,"data":[]}"#.to_owned())
    );
    let mut car = entry();
    car["carModel"] = 100.into();
    let refusal = take(message("enterRecord", &car)).unwrap_err();
    assert_eq!(
        text(&Outcome::Refused(&refusal)),
        (
            200,
            r#"{"code":1007,"message":"data[0].carModel 取值错误：应为号牌种类代码，整数 1 至 27、31、32、41、42、43、51、52 或 99（附录 C），收到 100","timestamp":1775002530000,"data":[]}"#
                .to_owned()
        )
    );
}

#[test]
fn limits_are_told_in_the_text_s_own_form() {
    assert_eq!(
        text(&Outcome::TooLarge { max_bytes: 1_048_576 }),
        (
            413,
            r#"{"code":1004,"message":"请求体过大：此接口不超过 1048576 字节，请减小内容或分多次上报","timestamp":1775002530000,"data":[]}"#
                .to_owned()
        )
    );
    for (outcome, status) in
        [(Outcome::TooMany { retry_after_s: 7 }, 429), (Outcome::Unavailable { retry_after_s: 7 }, 503)]
    {
        let answer = respond(&outcome);
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["retry-after"], "7");
        assert_eq!(body_of(&answer)["code"], 3);
        let after = Some(SignedDuration::from_secs(7));
        assert!(matches!(Shenzhen.read_answer(&answer), Reading::TryLater { after: a, .. } if a == after));
    }
    assert!(matches!(
        Shenzhen.read_answer(&respond(&Outcome::TooLarge { max_bytes: 1 })),
        Reading::Refused { code, .. } if code == "413"
    ));
}

#[test]
fn a_message_has_at_most_255_characters() {
    let mut car = entry();
    car["id"] = "车".repeat(400).into();
    let body = crate::shenzhen::scene::enveloped(&serde_json::json!([car]).to_string())
        .replace("\"sign\":\"", "\"sign\":\"x");
    let refusal = take(crate::shenzhen::scene::post("enterRecord", body)).unwrap_err();
    let message = body_of(&respond(&Outcome::Refused(&refusal)))["message"].as_str().unwrap().to_owned();
    assert!(message.chars().count() <= 255, "{message}");
}

fn answer(status: u16, body: &str) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()
}

fn coded(code: i64) -> Response<Bytes> {
    answer(200, &format!(r#"{{"code":{code},"message":"词","timestamp":1,"data":[]}}"#))
}

#[test]
fn every_code_of_annex_a_means_one_thing_to_a_gateway() {
    for code in [0, 1200] {
        assert_eq!(Shenzhen.read_answer(&coded(code)), Reading::Accepted, "{code}");
    }
    for code in [6, 1001, 1101, 3001] {
        let reading = Shenzhen.read_answer(&coded(code));
        assert!(matches!(reading, Reading::Held { .. }), "{code}: {reading:?}");
    }
    for code in [5, 3002] {
        assert_eq!(Shenzhen.read_answer(&coded(code)), Reading::LoginFirst, "{code}");
    }
    for code in [2, 4, 1000, 1002, 1004, 1005, 1007, 1107] {
        let expected = Reading::Refused { code: code.to_string(), why: "词".to_owned() };
        assert_eq!(Shenzhen.read_answer(&coded(code)), expected, "{code}");
    }
    for code in [1, 3, 1100, 5004, 7777, -1] {
        let reading = Shenzhen.read_answer(&coded(code));
        assert!(matches!(reading, Reading::TryLater { .. }), "{code}: {reading:?}");
    }
}

#[test]
fn a_code_of_the_message_with_words_of_the_account_is_the_account_s() {
    let said =
        |words: &str| Shenzhen.read_answer(&answer(200, &format!(r#"{{"code":4,"message":"{words}"}}"#)));
    assert!(matches!(said("token参数错误"), Reading::Held { .. }));
    assert!(matches!(said("系统异常"), Reading::TryLater { .. }));
    assert!(matches!(said("参数错误"), Reading::Refused { .. }));
}

#[test]
fn an_answer_in_doubt_is_no_answer() {
    for doubtful in [
        answer(200, ""),
        answer(200, "<html>"),
        answer(200, r#"{"message":"成功"}"#),
        answer(200, r#"{"code":"成功"}"#),
        answer(500, r#"{"code":0}"#),
        answer(502, "Bad Gateway"),
        answer(404, ""),
    ] {
        let reading = Shenzhen.read_answer(&doubtful);
        assert!(matches!(reading, Reading::TryLater { .. }), "{reading:?}");
    }
    assert_eq!(Shenzhen.read_answer(&answer(401, "")), Reading::LoginFirst);
    let words = Shenzhen.read_answer(&answer(200, r#"{"code":"1004","data":null}"#));
    assert_eq!(words, Reading::Refused { code: "1004".to_owned(), why: "超出规定长度".to_owned() });
}

#[test]
fn a_login_is_good_wrong_or_for_later() {
    let own = Shenzhen.own_credential(&fields(&[("user_id", "sz-0001"), ("password", PASSWORD)])).unwrap();
    let read = |answer: &Response<Bytes>| Shenzhen.read_login(own.as_ref(), answer);
    assert!(matches!(read(&coded(3001)), LoginReading::Refused { code, .. } if code == "3001"));
    assert!(matches!(read(&coded(6)), LoginReading::Refused { .. }));
    for later in [coded(0), coded(1), coded(5), answer(503, ""), answer(200, "?")] {
        assert!(matches!(read(&later), LoginReading::TryLater { .. }));
    }
    let token = r#"{"code":0,"data":[{"accessToken":"a\nb"}]}"#;
    assert!(matches!(read(&answer(200, token)), LoginReading::TryLater { .. }), "no header can carry it");
    let token = r#"{"code":0,"data":[{"accessToken":"another-kind.of-token"}]}"#;
    assert!(matches!(read(&answer(200, token)), LoginReading::LoggedIn { ttl: None, .. }));
}
