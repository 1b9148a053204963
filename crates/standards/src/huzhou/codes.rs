//! 3.6 返回参数: `{code, msg, data}`, written by a platform and read by a lot.
//!
//! The text fixes 200 alone. The others are ours, named after their meaning in HTTP so that every engineer can
//! guess them.

use crate::Fault;
use crate::lot_side::Reading;
use crate::platform_side::Outcome;
use crate::shared::Object;
use crate::shared::blame::Names;
use crate::shared::retry_after::retry_after;
use bowei_encoding::shown::shown_up_to;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

const SUCCESS: u16 = 200;
/// Ours: nothing is wrong with the message, it can be sent again.
const OURS: u16 = 500;
/// The form or a field of the message.
const FIELD: u16 = 400;

/// How much of a platform's words is kept.
const WHY_MAX: usize = 500;

/// The code of a fault.
pub(super) fn code(fault: &Fault) -> u16 {
    match fault {
        Fault::UnknownAccount { .. } | Fault::WrongSignature { .. } | Fault::OutsideWindow { .. } => 401,
        Fault::NotYourLot { .. } => 403,
        Fault::UnknownLot { .. } | Fault::Unserved { .. } => 404,
        _ => FIELD,
    }
}

/// 3.6 返回参数.
#[derive(Serialize)]
struct Answer<'a> {
    /// 3.6 表 code, int: 响应码，200 表示成功，其他为错误码
    code: u16,
    /// 3.6 表 msg, string: 响应信息，返回接口处理状态描述
    msg: &'a str,
    /// 3.6 表 data, object: 返回的业务数据，成功时返回相关信息
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    #[serde(rename = "parkingdataId", skip_serializing_if = "Option::is_none")]
    parkingdata_id: Option<&'a str>,
}

/// The answer to a message.
pub(super) fn answer(outcome: &Outcome<'_>) -> Response<Bytes> {
    match outcome {
        Outcome::Accepted { receipt } => response(StatusCode::OK, SUCCESS, "成功", *receipt, None),
        Outcome::Refused(refusal) => {
            let code = code(&refusal.fault);
            response(StatusCode::OK, code, &refusal.fault.message(), refusal.record_id.as_deref(), None)
        }
        Outcome::TooLarge { max_bytes } => {
            let msg = format!("请求体过大：此接口不超过 {max_bytes} 字节，请减小内容或分多次上报");
            response(StatusCode::PAYLOAD_TOO_LARGE, FIELD, &msg, None, None)
        }
        Outcome::TooMany { retry_after_s } => {
            let msg = format!("请求过于频繁：请在 {retry_after_s} 秒后重新上传");
            response(StatusCode::TOO_MANY_REQUESTS, OURS, &msg, None, Some(*retry_after_s))
        }
        Outcome::OverQuota { quota, retry_after_s } => {
            let msg = format!("{quota}：请在 {retry_after_s} 秒后重新上传");
            response(StatusCode::TOO_MANY_REQUESTS, OURS, &msg, None, Some(*retry_after_s))
        }
        Outcome::Unavailable { retry_after_s } => {
            let msg = format!("平台暂时无法受理：数据未保存，请在 {retry_after_s} 秒后重新上传");
            response(StatusCode::SERVICE_UNAVAILABLE, OURS, &msg, None, Some(*retry_after_s))
        }
    }
}

fn response(
    status: StatusCode,
    code: u16,
    msg: &str,
    record_id: Option<&str>,
    retry_after_s: Option<u32>,
) -> Response<Bytes> {
    let answer = Answer { code, msg, data: Data { parkingdata_id: record_id } };
    // A number and strings always serialise; an empty body would be read as "try again".
    let mut response = Response::new(Bytes::from(serde_json::to_vec(&answer).unwrap_or_default()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    if let Some(seconds) = retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What platforms call what can be at fault, besides the words of people.
const NAMES: Names = Names {
    uplink: &["appId", "encryptedData", "timestamp", "时间戳", "parkinglotId", "停车场Id"],
    report: &[
        "parkingdataId",
        "vehiclePlate",
        "vehicleType",
        "berthCode",
        "channel_name",
        "channelName",
        "parkTime",
        "exitTime",
        "remainingSpaces",
        "duration",
        "availableChargers",
        "isAbnormal",
        "memo",
        "imgList",
        "imgUrl",
        "imgBase64",
        "imgType",
    ],
};

/// What a platform's answer means for what was sent. In doubt it is sent again: a platform takes the same report
/// twice without harm, and one that is lost is lost.
pub(super) fn read_answer(answer: &Response<Bytes>) -> Reading {
    let result = result(answer.body());
    let why = match &result {
        Some((code, msg)) => format!("{code} {msg}"),
        None => shown_up_to(&String::from_utf8_lossy(answer.body()), WHY_MAX),
    };
    match answer.status() {
        StatusCode::OK => match result {
            Some((SUCCESS_CODE, _)) => Reading::Accepted,
            // Account and clock, rights, registration.
            Some((401 | 403 | 404, _)) => Reading::Held { why },
            Some((code, words)) => match Reading::of_failure(code, words, retry_after(answer), NAMES) {
                Reading::Refused { .. } if is_servers(code) => {
                    Reading::TryLater { after: retry_after(answer), why }
                }
                reading => reading,
            },
            None => Reading::TryLater { after: retry_after(answer), why },
        },
        StatusCode::PAYLOAD_TOO_LARGE => Reading::Refused { code: "413".to_owned(), why },
        status => Reading::TryLater { after: retry_after(answer), why: format!("HTTP {status}: {why}") },
    }
}

const SUCCESS_CODE: i64 = SUCCESS as i64;

/// Whether the code says that the platform itself is at fault, whatever its words.
fn is_servers(code: i64) -> bool {
    matches!(code, 408 | 425 | 429 | 500..=599)
}

fn result(body: &[u8]) -> Option<(i64, String)> {
    let object = Object::read(body).ok()?;
    let code = object.optional("code", "响应码")?.integer().ok()?;
    let msg = object.optional("msg", "响应信息").and_then(|msg| msg.any_text().ok()).unwrap_or_default();
    Some((code, shown_up_to(&msg, WHY_MAX)))
}
