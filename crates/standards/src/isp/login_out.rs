//! 1.2 from the lot's side: asking for a token, and reading it out of the answer.

use super::credential::LotKeys;
use super::{Interface, codes};
use crate::Step;
use crate::lot_side::{CannotSeal, LoginReading, Sealed};
use crate::shared::Object;
use crate::shared::request::{JSON, request};
use crate::shared::retry_after::retry_after;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use jiff::SignedDuration;
use serde::Serialize;
use std::sync::Arc;

/// A token of which more is said to be good for is asked for again after a day.
const LIFE_MAX_S: i64 = 24 * 60 * 60;
/// As long as a header may be.
const TOKEN_MAX: usize = 8 * 1024;

/// 1.2 says 数据类型 JSON and no more; these are the names of OAuth 2.0, whose answer the text shows.
#[derive(Serialize)]
struct Wire<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    grant_type: &'static str,
}

pub(super) fn seal(keys: &LotKeys) -> Result<Sealed, CannotSeal> {
    let grant_type = "client_credentials";
    let wire = Wire { client_id: &keys.client_id, client_secret: &keys.client_secret, grant_type };
    let body =
        serde_json::to_vec(&wire).map_err(|error| super::field::unfit("client_secret", error.to_string()))?;
    let hidden = Wire { client_secret: "***", ..wire };
    let steps = vec![
        Step::new("请求", format!("{} {}", Interface::Token.method(), Interface::Token.path())),
        Step::new("请求体", serde_json::to_string(&hidden).unwrap_or_default()),
    ];
    let request = request(Interface::Token.method(), Interface::Token.path(), JSON, body);
    Ok(Sealed { request, steps })
}

/// The answer to a login. OAuth servers say a wrong secret with HTTP 400 or 401 and an `error`.
pub(super) fn read(keys: &LotKeys, answer: &Response<Bytes>) -> LoginReading {
    let why = codes::why(answer);
    let object = Object::read(answer.body()).ok();
    let text = |name| {
        let value = object.as_ref()?.optional(name, "字符串")?;
        value.any_text().ok().map(|text| text.trim().to_owned())
    };
    let reported = codes::result(answer.body()).map(|(code, why)| (code.to_string(), why));
    let error = text("error").map(|error| (error, text("error_description").unwrap_or_default()));
    match answer.status() {
        StatusCode::OK => {
            let fits = |token: &String| {
                token.len() <= TOKEN_MAX && HeaderValue::from_str(token).is_ok() && !token.contains(' ')
            };
            if let Some(token) = text("access_token").filter(fits) {
                let seconds = text("expires_in").and_then(|text| crate::shared::value::integer(&text));
                let ttl = seconds.map(|s| SignedDuration::from_secs(s.clamp(0, LIFE_MAX_S)));
                let own = Arc::new(LotKeys { token: Some(token), ..keys.clone() });
                return LoginReading::LoggedIn { own, ttl };
            }
            match reported {
                Some((code, why)) if matches!(code.as_str(), "1" | "401") => {
                    LoginReading::Refused { code, why }
                }
                _ => LoginReading::TryLater { after: retry_after(answer), why: without_token(why) },
            }
        }
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => {
            let (code, why) =
                error.or(reported).unwrap_or_else(|| (answer.status().as_u16().to_string(), why));
            LoginReading::Refused { code, why }
        }
        status => LoginReading::TryLater {
            after: retry_after(answer),
            why: format!("HTTP {status}: {}", without_token(why)),
        },
    }
}

/// An answer with a token that could not be used is not for logs.
fn without_token(why: String) -> String {
    if why.contains("access_token") {
        return format!(
            "an answer of {} characters with an access_token that cannot be used",
            why.chars().count()
        );
    }
    why
}

/// The token as steps show it.
pub(super) fn shown_token(token: &str) -> String {
    let digest = bowei_encoding::sha256_hex(token.as_bytes());
    format!(
        "Bearer ***（{} 个字符，SHA-256 {}…）",
        token.chars().count(),
        digest.get(..8).unwrap_or_default()
    )
}
