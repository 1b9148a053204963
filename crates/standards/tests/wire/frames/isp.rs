//! How a lot vendor speaks to Inspur's platform: a token fetched once, plain JSON lists.

use crate::wire::runner::{Answers, Content, Frame, Kind, Lots, Message, Token, jpeg};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Request;
use serde_json::{Map, Value, json};

pub(crate) const CLIENT_ID: &str = "isp-0001";
/// With everything in it that a form has to escape.
pub(crate) const CLIENT_SECRET: &str = "停车 S3cret&=+%:";
/// The codes of the text's own examples.
pub(crate) const YOURS: &[&str] = &["ATXL/1", "ATXL/2"];
pub(crate) const NOT_YOURS: &str = "ATXL/9";
pub(crate) const UNKNOWN: &str = "ATXL/404";

#[derive(Default)]
pub(crate) struct Isp {
    token: Option<String>,
}

impl Frame for Isp {
    fn standard(&self) -> &'static str {
        "isp"
    }

    fn account(&self) -> &'static [(&'static str, &'static str)] {
        &[("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]
    }

    fn lots(&self) -> Lots {
        Lots { yours: YOURS, not_yours: NOT_YOURS, unknown: UNKNOWN }
    }

    fn place(&self, options: &Map<String, Value>) -> String {
        if options.contains_key("object") { String::new() } else { "[0].".to_owned() }
    }

    fn request(&mut self, message: &Message, platform: &mut dyn Answers) -> Request<Bytes> {
        let mut request = Request::builder().method(message.method.as_str()).uri(&message.path);
        let kind = if message.options.contains_key("form") {
            "application/x-www-form-urlencoded"
        } else {
            "application/json"
        };
        request = request.header("content-type", kind);
        if message.path != "/oauth/token" {
            request = match message.token {
                Token::Good => request.header("authorization", format!("Bearer {}", self.token(platform))),
                Token::Dead => request.header("authorization", format!("Bearer {}", foreign_token())),
                Token::None => request,
            };
        }
        request.body(Bytes::from(body(message))).unwrap()
    }

    fn code(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Mismatch | Kind::UnknownAccount => "401",
            _ => "1",
        }
    }

    fn refused(&self, code: &str, why: &str, _message: &Message) -> String {
        let why = serde_json::to_string(why).unwrap();
        format!(r#"{{"code":{code},"msg":{why},"message":{why}}}"#)
    }
}

impl Isp {
    fn token(&mut self, platform: &mut dyn Answers) -> String {
        if self.token.is_none() {
            let login = json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET }).to_string();
            let answer = platform.answer(Request::post("/oauth/token").body(Bytes::from(login)).unwrap());
            let answer: Value = serde_json::from_slice(answer.body()).unwrap();
            self.token = Some(answer["access_token"].as_str().expect("a token").to_owned());
        }
        self.token.clone().unwrap()
    }
}

/// A token that is right but for whose key signed it.
fn foreign_token() -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "scope": ["all"], "exp": 4_102_444_800_i64, "authorities": ["ROLE_USER"], "jti": "1",
        "client_id": CLIENT_ID
    });
    let signed = format!("{}.{}", part(json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"somebody else's key");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
}

/// `options`: `object` for a record that stands alone, `form` for a form.
fn body(message: &Message) -> String {
    let records = match &message.content {
        Content::Raw(text) => return text.clone(),
        Content::Records(records) => records.iter().map(with_pictures).collect::<Vec<_>>(),
    };
    if message.options.contains_key("form") {
        let pairs = records[0].iter().map(|(name, value)| format!("{name}={}", escaped(value)));
        return pairs.collect::<Vec<_>>().join("&");
    }
    if message.options.contains_key("object") {
        return Value::from(records[0].clone()).to_string();
    }
    Value::from(records.into_iter().map(Value::from).collect::<Vec<_>>()).to_string()
}

/// `{"$picture": bytes}` becomes base64, behind a `prefix` if there is one.
fn with_pictures(record: &Map<String, Value>) -> Map<String, Value> {
    let written = |value: &Value| match value["$picture"].as_u64() {
        Some(bytes) => {
            let base64 = STANDARD.encode(jpeg(usize::try_from(bytes).unwrap()));
            format!("{}{base64}", value["prefix"].as_str().unwrap_or_default()).into()
        }
        None => value.clone(),
    };
    record.iter().map(|(name, value)| (name.clone(), written(value))).collect()
}

/// A form's value: blanks as `+`, as browsers write them.
fn escaped(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
