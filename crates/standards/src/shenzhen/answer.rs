//! 表 29 应答数据基本格式: `{code, message, timestamp, data:[…]}`, written by a platform and read by a lot — and the
//! other way round for what a platform asks of a lot.

use super::annexes::a_codes::Code;
use crate::lot_side::Reading;
use crate::platform_side::Outcome;
use crate::shared::blame::{Blame, Names, blame};
use crate::shared::retry_after::retry_after;
use crate::shared::{Object, TEXT_MAX};
use bowei_encoding::shown::shown_up_to;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;

/// 表 29 message, String 255.
const MESSAGE_MAX: usize = TEXT_MAX;
/// An answer has as many items as its question; more are not looked at.
const DATA_MAX: usize = 256;

/// 表 29, in its order.
#[derive(Serialize)]
struct Answer<'a> {
    /// 表 29 code, Int, 必填: 系统编码
    code: u16,
    /// 表 29 message, String 255, 否: 系统编码对应的消息
    message: String,
    /// 表 29 timestamp, Timestamp, 必填
    timestamp: i64,
    /// 表 29 data, List<Object>, 必填: 返回数据
    data: &'a RawValue,
}

/// The answer to a message.
pub(super) fn answer(outcome: &Outcome<'_>, now: Timestamp) -> Response<Bytes> {
    match outcome {
        Outcome::Accepted { receipt } => success(receipt.unwrap_or("[]"), now),
        Outcome::Refused(refusal) => {
            let code = refusal.code.parse().unwrap_or(Code::Other.number());
            response(StatusCode::OK, code, &refusal.fault.message(), "[]", now)
        }
        Outcome::TooLarge { max_bytes } => {
            let message = format!("请求体过大：此接口不超过 {max_bytes} 字节，请减小内容或分多次上报");
            response(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLong.number(), &message, "[]", now)
        }
        Outcome::TooMany { retry_after_s } => {
            let message = format!("请求过于频繁：请在 {retry_after_s} 秒后重新上传");
            later(StatusCode::TOO_MANY_REQUESTS, &message, *retry_after_s, now)
        }
        Outcome::OverQuota { quota, retry_after_s } => {
            let message = format!("{quota}：请在 {retry_after_s} 秒后重新上传");
            later(StatusCode::TOO_MANY_REQUESTS, &message, *retry_after_s, now)
        }
        Outcome::Unavailable { retry_after_s } => {
            let message = format!("平台暂时无法受理：数据未保存，请在 {retry_after_s} 秒后重新上传");
            later(StatusCode::SERVICE_UNAVAILABLE, &message, *retry_after_s, now)
        }
    }
}

/// The answer of success, with the JSON of its data.
pub(super) fn success(data: &str, now: Timestamp) -> Response<Bytes> {
    response(StatusCode::OK, Code::Success.number(), Code::Success.words(), data, now)
}

/// An answer of any code.
pub(super) fn refused(code: u16, message: &str, now: Timestamp) -> Response<Bytes> {
    response(StatusCode::OK, code, message, "[]", now)
}

fn later(status: StatusCode, message: &str, retry_after_s: u32, now: Timestamp) -> Response<Bytes> {
    let mut response = response(status, Code::Other.number(), message, "[]", now);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_s));
    response
}

fn response(status: StatusCode, code: u16, message: &str, data: &str, now: Timestamp) -> Response<Bytes> {
    let message = message.chars().take(MESSAGE_MAX).collect();
    let data = serde_json::from_str(data).unwrap_or(RawValue::NULL);
    let answer = Answer { code, message, timestamp: now.as_millisecond(), data };
    // Numbers, a string and checked JSON always serialise; an empty body would be read as "try again".
    let mut response = Response::new(Bytes::from(serde_json::to_vec(&answer).unwrap_or_default()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// What an answer says.
pub(super) enum Said {
    /// Table 29, in HTTP 200.
    Code {
        number: i64,
        /// The platform's words, or the text's own where it has none.
        why: String,
    },
    /// The body is larger than taken.
    TooLarge { why: String },
    /// Anything else.
    Other {
        /// HTTP's own word for a dead token.
        unauthorized: bool,
        after: Option<SignedDuration>,
        why: String,
    },
}

impl Said {
    pub(super) fn read(answer: &Response<Bytes>) -> Self {
        let reported = code_and_words(answer.body());
        match (answer.status(), reported) {
            (StatusCode::OK, Some((number, why))) => Self::Code { number, why },
            (StatusCode::PAYLOAD_TOO_LARGE, reported) => {
                Self::TooLarge { why: reported.map_or_else(|| body_shown(answer), |(_, why)| why) }
            }
            (status, reported) => {
                let reported = reported.map_or_else(|| body_shown(answer), |(_, why)| why);
                let why =
                    if status == StatusCode::OK { reported } else { format!("HTTP {status}: {reported}") };
                let unauthorized = status == StatusCode::UNAUTHORIZED;
                Self::Other { unauthorized, after: retry_after(answer), why }
            }
        }
    }
}

/// What platforms call what is not the report's fault, besides the words of people.
const NAMES: Names = Names { uplink: &["authorization", "parkCode", "encrypted"], report: &[] };

/// What a platform's answer means for what was sent. In doubt it is sent again: a platform takes the same report
/// twice without harm, and one that is lost is lost.
pub(super) fn read_answer(answer: &Response<Bytes>) -> Reading {
    match Said::read(answer) {
        Said::Code { number, why } => match Code::of(number) {
            Some(Code::Success | Code::ObjectExists) => Reading::Accepted,
            Some(Code::Token | Code::WrongAccessToken) => Reading::LoginFirst,
            // Account, signature, lot.
            Some(Code::Sign | Code::LotId | Code::NoSuchLot | Code::WrongUserOrPassword) => {
                Reading::Held { why: format!("{number} {why}") }
            }
            Some(code) if blames_the_message(code) => match blame(&why, NAMES) {
                Blame::Uplink => Reading::Held { why: format!("{number} {why}") },
                Blame::Server => {
                    Reading::TryLater { after: retry_after(answer), why: format!("{number} {why}") }
                }
                _ => Reading::Refused { code: number.to_string(), why },
            },
            _ => Reading::TryLater { after: retry_after(answer), why: format!("{number} {why}") },
        },
        Said::TooLarge { why } => Reading::Refused { code: "413".to_owned(), why },
        Said::Other { unauthorized: true, .. } => Reading::LoginFirst,
        Said::Other { after, why, .. } => Reading::TryLater { after, why },
    }
}

/// Whether the code says that this very message is at fault. Agreements (3) and the platform's own trouble (1) can
/// be mended without touching it.
pub(super) fn blames_the_message(code: Code) -> bool {
    matches!(
        code,
        Code::Form
            | Code::Parameter
            | Code::Name
            | Code::SpaceId
            | Code::TooLong
            | Code::WrongType
            | Code::OutsideRange
            | Code::NoSuchPage
    )
}

/// A field of the first item of an answer's data, of at most `max` characters.
pub(super) fn first_of_data(body: &[u8], name: &'static str, max: usize) -> Option<String> {
    let object = Object::read(body).ok()?;
    let items = object.optional("data", "返回数据")?.objects(DATA_MAX).ok()?;
    let value = items.first()?.optional(name, name)?;
    value.text(max).ok().map(Into::into)
}

fn code_and_words(body: &[u8]) -> Option<(i64, String)> {
    let object = Object::read(body).ok()?;
    let number = object.optional("code", "系统编码")?.integer().ok()?;
    let message = object.optional("message", "系统消息").and_then(|message| message.any_text().ok());
    let words = || Code::of(number).map(Code::words).unwrap_or_default().to_owned();
    Some((number, message.map_or_else(words, |message| shown_up_to(&message, MESSAGE_MAX))))
}

fn body_shown(answer: &Response<Bytes>) -> String {
    shown_up_to(&String::from_utf8_lossy(answer.body()), MESSAGE_MAX)
}
