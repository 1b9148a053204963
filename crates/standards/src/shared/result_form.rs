//! The form of answer that several texts share: `{"result":0,"data":…}` and `{"result":1,"description":…}`, written by
//! a platform and read by a lot.
//!
//! With 0 and 1 for codes, the words are all that tells one failure from another.

use crate::lot_side::Reading;
use crate::platform_side::Outcome;
use crate::shared::blame::Names;
use crate::shared::retry_after::retry_after;
use crate::shared::{Object, repaired_json};
use bowei_encoding::shown::shown_up_to;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

/// Every failure's code.
pub(crate) const FAILURE: &str = "1";

/// How much of a platform's words is kept.
const WHY_MAX: usize = 500;

#[derive(Serialize)]
struct Answer<'a> {
    /// 是否成功。0：成功，1：失败
    result: u8,
    /// 失败原因描述
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    /// 接口执行成功时返回的结果集
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

/// The answer to a message. A receipt is the JSON of `data`.
pub(crate) fn answer(outcome: &Outcome<'_>) -> Response<Bytes> {
    match outcome {
        Outcome::Accepted { receipt } => {
            let data = receipt.and_then(|json| serde_json::from_str(json).ok());
            response(StatusCode::OK, &Answer { result: 0, description: None, data }, None)
        }
        Outcome::Refused(refusal) => failure(StatusCode::OK, &refusal.fault.message(), None),
        Outcome::TooLarge { max_bytes } => failure(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("请求体过大：此接口不超过 {max_bytes} 字节，请减小内容后重新上传"),
            None,
        ),
        Outcome::TooMany { retry_after_s } => failure(
            StatusCode::TOO_MANY_REQUESTS,
            &format!("请求过于频繁：请在 {retry_after_s} 秒后重新上传"),
            Some(*retry_after_s),
        ),
        Outcome::OverQuota { quota, retry_after_s } => failure(
            StatusCode::TOO_MANY_REQUESTS,
            &format!("{quota}：请在 {retry_after_s} 秒后重新上传"),
            Some(*retry_after_s),
        ),
        Outcome::Unavailable { retry_after_s } => failure(
            StatusCode::SERVICE_UNAVAILABLE,
            &format!("平台暂时无法受理：数据未保存，请在 {retry_after_s} 秒后重新上传"),
            Some(*retry_after_s),
        ),
    }
}

fn failure(status: StatusCode, description: &str, retry_after_s: Option<u32>) -> Response<Bytes> {
    response(status, &Answer { result: 1, description: Some(description), data: None }, retry_after_s)
}

fn response(status: StatusCode, answer: &Answer<'_>, retry_after_s: Option<u32>) -> Response<Bytes> {
    // A number, a string and JSON always serialise; an empty body would be read as "try again".
    let mut response = Response::new(Bytes::from(serde_json::to_vec(answer).unwrap_or_default()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    if let Some(seconds) = retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What a platform's answer means for what was sent. The words say whom to blame, and in doubt it is sent again: a
/// platform takes the same report twice without harm, and one that is lost is lost.
pub(crate) fn read_answer(answer: &Response<Bytes>, names: Names) -> Reading {
    let (body, _) = repaired_json::read(answer.body());
    let result = result(&body);
    let why = match &result {
        Some((_, description)) => description.clone(),
        None => shown_up_to(&String::from_utf8_lossy(&body), WHY_MAX),
    };
    match (answer.status(), result) {
        (StatusCode::OK, Some((0, _))) => Reading::Accepted,
        (StatusCode::OK, Some((1, why))) => Reading::of_failure(FAILURE, why, retry_after(answer), names),
        (StatusCode::OK, _) => Reading::TryLater { after: retry_after(answer), why },
        (StatusCode::PAYLOAD_TOO_LARGE, _) => Reading::Refused { code: "413".to_owned(), why },
        (status, _) => Reading::TryLater { after: retry_after(answer), why: format!("HTTP {status}: {why}") },
    }
}

/// The `data` of an answer of success, as JSON.
pub(crate) fn data(answer: &Response<Bytes>) -> Option<String> {
    let (body, _) = repaired_json::read(answer.body());
    let object = Object::read(&body).ok()?;
    let success = object.optional("result", "0")?.integer().ok()? == 0;
    let data = object.optional("data", "结果集")?;
    (success && answer.status() == StatusCode::OK).then(|| data.raw().to_owned())
}

fn result(body: &[u8]) -> Option<(i64, String)> {
    let object = Object::read(body).ok()?;
    let result = object.optional("result", "0 或 1")?.integer().ok()?;
    let description = object.optional("description", "失败原因描述");
    let description = description.and_then(|text| text.any_text().ok()).unwrap_or_default();
    Some((result, shown_up_to(&description, WHY_MAX)))
}
