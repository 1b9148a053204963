//! 2 接口说明: `{code, msg, message}`, written by a platform and read by a lot.
//!
//! 2.1's table says `message`, every example `msg`: both are written, with the same words. 2.2 says that 0 is success,
//! sections 3, 5, 6 and 7 show 200 and 4 shows 0: each is answered as its own example, and a lot takes either.

use crate::lot_side::Reading;
use crate::platform_side::Outcome;
use crate::shared::Object;
use crate::shared::blame::{Blame, Names, blame};
use crate::shared::retry_after::retry_after;
use crate::{Fault, Refusal, Step};
use bowei_encoding::shown::shown_up_to;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

/// 2.2: 请求/操作成功; the answer to 4.
const SUCCESS: u16 = 0;
/// The examples of 3, 5, 6 and 7.
const SUCCESS_AS_SHOWN: u16 = 200;
/// 2.2: 请求/操作失败.
const FAILED: u16 = 1;
/// 2.2: 未登录或 token 已过期,需重新获取 token.
const LOGIN: u16 = 401;
/// 2.2: 系统异常. Nothing is wrong with the message, it can be sent again.
const OURS: u16 = 500;

/// The receipt of a message whose success is [`SUCCESS`].
pub(super) const RECEIPT_OF_ZERO: &str = "0";

/// How much of a platform's words is kept.
const WHY_MAX: usize = 500;

fn code(fault: &Fault) -> u16 {
    let of_the_token = fault.field().is_some_and(|field| AUTHORIZATION.as_str().eq_ignore_ascii_case(field));
    match fault {
        Fault::UnknownAccount { .. } | Fault::Mismatch { .. } => LOGIN,
        _ if of_the_token => LOGIN,
        _ => FAILED,
    }
}

/// A refusal of which no more is known than its fault and steps.
pub(super) fn refusal(fault: Fault, steps: Vec<Step>) -> Refusal {
    let code = code(&fault).to_string();
    Refusal { fault, code, lot_id: None, record_id: None, read_as: None, steps }
}

/// A refusal for which nothing in the message is to blame.
pub(super) fn ours(why: &str, steps: Vec<Step>) -> Refusal {
    let fault =
        Fault::Unreadable { expected: "稍后重试".to_owned(), received: format!("系统异常：{why}") };
    Refusal { code: OURS.to_string(), ..refusal(fault, steps) }
}

/// 2.1 公共返回参数.
#[derive(Serialize)]
struct Answer<'a> {
    /// 2.1 表 code, Integer, Y: 返回状态码
    code: u16,
    /// 3 to 7 表 msg, String, Y: 结果信息
    msg: &'a str,
    /// 2.1 表 message, String, Y: 返回信息
    message: &'a str,
}

/// The answer to a message. The receipt of a login is its whole answer.
pub(super) fn answer(outcome: &Outcome<'_>) -> Response<Bytes> {
    match outcome {
        Outcome::Accepted { receipt: Some(login) } if login.starts_with('{') => {
            response(StatusCode::OK, Bytes::copy_from_slice(login.as_bytes()), None)
        }
        Outcome::Accepted { receipt: Some(RECEIPT_OF_ZERO) } => {
            of_code(StatusCode::OK, SUCCESS, "success", None)
        }
        Outcome::Accepted { .. } => of_code(StatusCode::OK, SUCCESS_AS_SHOWN, "success", None),
        Outcome::Refused(refusal) => {
            let code = refusal.code.parse().unwrap_or(FAILED);
            of_code(StatusCode::OK, code, &refusal.fault.message(), None)
        }
        Outcome::TooLarge { max_bytes } => {
            let msg = format!("请求体过大：此接口不超过 {max_bytes} 字节，请减小图片或分多次上报");
            of_code(StatusCode::PAYLOAD_TOO_LARGE, FAILED, &msg, None)
        }
        Outcome::TooMany { retry_after_s } => {
            let msg = format!("请求过于频繁：请在 {retry_after_s} 秒后重新上传");
            of_code(StatusCode::TOO_MANY_REQUESTS, OURS, &msg, Some(*retry_after_s))
        }
        Outcome::OverQuota { quota, retry_after_s } => {
            let msg = format!("{quota}：请在 {retry_after_s} 秒后重新上传");
            of_code(StatusCode::TOO_MANY_REQUESTS, OURS, &msg, Some(*retry_after_s))
        }
        Outcome::Unavailable { retry_after_s } => {
            let msg = format!("平台暂时无法受理：数据未保存，请在 {retry_after_s} 秒后重新上传");
            of_code(StatusCode::SERVICE_UNAVAILABLE, OURS, &msg, Some(*retry_after_s))
        }
    }
}

fn of_code(status: StatusCode, code: u16, msg: &str, retry_after_s: Option<u32>) -> Response<Bytes> {
    let answer = Answer { code, msg, message: msg };
    // A number and strings always serialise; an empty body would be read as "try again".
    let body = Bytes::from(serde_json::to_vec(&answer).unwrap_or_default());
    response(status, body, retry_after_s)
}

fn response(status: StatusCode, body: Bytes, retry_after_s: Option<u32>) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    if let Some(seconds) = retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

const FAILED_CODE: i64 = FAILED as i64;

/// What platforms call what can be at fault, besides the words of people.
const NAMES: Names = Names {
    uplink: &["Authorization", "client_id", "park_code"],
    report: &[
        "plate_number",
        "enter_time",
        "car_type",
        "car_logo",
        "enter_pic",
        "depart_time",
        "depart_pic",
        "use_time",
        "payable_fee",
        "paid_fee",
        "pay_time",
        "pay_type",
        "total_spots_num",
        "remain_spots_num",
        "used_spots_num",
    ],
};

/// What a platform's answer means for what was sent. In doubt it is sent again: a platform takes the same report
/// twice without harm, and one that is lost is lost. HTTP 401 is how gateways in front of such platforms say 401.
pub(super) fn read_answer(answer: &Response<Bytes>) -> Reading {
    let result = result(answer.body());
    let why = why(answer);
    match (answer.status(), result) {
        (StatusCode::UNAUTHORIZED, _) => Reading::LoginFirst,
        (StatusCode::OK, Some((0 | 200, _))) => Reading::Accepted,
        (StatusCode::OK, Some((401, _))) => Reading::LoginFirst,
        (StatusCode::OK, Some((FAILED_CODE, why))) => {
            Reading::of_failure(FAILED, why, retry_after(answer), NAMES)
        }
        (StatusCode::OK, Some((_, words))) if blame(&words, NAMES) == Blame::Known => Reading::Accepted,
        (StatusCode::PAYLOAD_TOO_LARGE, _) => Reading::Refused { code: "413".to_owned(), why },
        (StatusCode::OK, _) => Reading::TryLater { after: retry_after(answer), why },
        (status, _) => Reading::TryLater { after: retry_after(answer), why: format!("HTTP {status}: {why}") },
    }
}

/// The code and the words of an answer.
pub(super) fn result(body: &[u8]) -> Option<(i64, String)> {
    let object = Object::read(body).ok()?;
    let code = object.optional("code", "返回状态码")?.integer().ok()?;
    let msg = object.optional_of(&["msg", "message"], "返回信息").and_then(|msg| msg.any_text().ok());
    Some((code, shown_up_to(&msg.unwrap_or_default(), WHY_MAX)))
}

/// A platform's words as far as they can be read.
pub(super) fn why(answer: &Response<Bytes>) -> String {
    match result(answer.body()) {
        Some((code, msg)) => format!("{code} {msg}"),
        None => shown_up_to(&String::from_utf8_lossy(answer.body()), WHY_MAX),
    }
}
