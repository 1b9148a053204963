//! How a lot vendor speaks to Shenzhen's platform: logged in afresh for every message, lists signed with SM3, pictures
//! as forms.

use crate::wire::runner::{Answers, Content, Frame, Kind, Lots, Message, Token, jpeg};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use http::Request;
use serde_json::{Map, Value, json};
use sm3::{Digest, Sm3};

const USER_ID: &str = "sz-0001";
const PASSWORD: &str = "S3cret-密码";
const SM4_KEY: [u8; 16] = *b"0123456789abcdef";
const SM4_KEY_HEX: &str = "30313233343536373839616263646566";
/// When the platform's clock stands still.
const NOW_MS: i64 = 1_775_002_530_000;

/// The vendor. `options` of a case: `envelope`, what is other in it (`null` is left out); `sign`, in which form it is
/// sent, or over which writing of the list it is; `data`, how the list is written; `bearer`, what stands before the
/// token; `bom`, a byte order mark in front; `encrypted`, plates encrypted with that
/// key (`own`, `other`); `form`, a multipart form; `item`, in place of the list, as it is.
pub(crate) struct Shenzhen;

impl Frame for Shenzhen {
    fn standard(&self) -> &'static str {
        "shenzhen"
    }

    fn account(&self) -> &'static [(&'static str, &'static str)] {
        &[("user_id", USER_ID), ("password", PASSWORD), ("sm4_key_hex", SM4_KEY_HEX)]
    }

    fn lots(&self) -> Lots {
        Lots {
            yours: &["9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b", "SZ-2"],
            not_yours: "00000000000000000000000000000009",
            unknown: "00000000000000000000000000000404",
        }
    }

    fn place(&self, options: &Map<String, Value>) -> String {
        if options.contains_key("form") { String::new() } else { "data[0].".to_owned() }
    }

    fn request(&mut self, message: &Message, platform: &mut dyn Answers) -> Request<Bytes> {
        let (kind, body) = match &message.content {
            Content::Raw(text) => ("application/json".to_owned(), Bytes::from(text.clone())),
            Content::Records(records) if message.options.contains_key("form") => form(&records[0]),
            Content::Records(records) => ("application/json".to_owned(), Bytes::from(body(message, records))),
        };
        let mut request = Request::builder().method(message.method.as_str()).uri(&message.path);
        request = request.header("content-type", kind);
        if message.options.contains_key("encrypted") {
            request = request.header("encrypted", "0");
        }
        request = match message.token {
            _ if message.path.ends_with("/login") => request,
            Token::Good => {
                let scheme = message.options.get("bearer").and_then(Value::as_str).unwrap_or_default();
                request.header("authorization", format!("{scheme}{}", token(platform)))
            }
            Token::Dead => request.header("authorization", "0123456789abcdef0123456789abcdef"),
            Token::None => request,
        };
        request.body(body).unwrap()
    }

    fn code(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Unreadable => "2",
            Kind::Missing => "4",
            Kind::WrongType => "1005",
            Kind::TooLong => "1004",
            Kind::OutsideList => "1007",
            Kind::Mismatch => "5",
            Kind::UnknownAccount => "3001",
            Kind::WrongSignature => "6",
            Kind::NotYourLot | Kind::UnknownLot => "1101",
        }
    }

    fn refused(&self, code: &str, why: &str, _message: &Message) -> String {
        let why: String = why.chars().take(255).collect();
        let why = serde_json::to_string(&why).unwrap();
        format!(r#"{{"code":{code},"message":{why},"timestamp":<*>,"data":[]}}"#)
    }
}

fn token(platform: &mut dyn Answers) -> String {
    let password = STANDARD.encode(Sm3::digest(PASSWORD));
    let data = json!([{ "userId": USER_ID, "password": password }]).to_string();
    let body = format!(
        r#"{{"timestamp":{NOW_MS},"sign":"{}","version":"1.0.0","data":{data}}}"#,
        hex(&Sm3::digest(&data))
    );
    let answer = platform.answer(Request::post("/dataReceive/v1/login").body(Bytes::from(body)).unwrap());
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    answer["data"][0]["accessToken"].as_str().expect("a token").to_owned()
}

fn body(message: &Message, records: &[Map<String, Value>]) -> String {
    let option = |name: &str| message.options.get(name).and_then(Value::as_str).unwrap_or_default();
    let records: Vec<_> = records.iter().map(|record| encrypted(record, option("encrypted"))).collect();
    let list = Value::from(records);
    let written = |how: &str| match how {
        "pretty" => serde_json::to_string_pretty(&list).unwrap(),
        "escaped" => escaped(&list.to_string()),
        "spaced" => spaced(&list),
        "spaced and escaped" => escaped(&spaced(&list)),
        _ => list.to_string(),
    };
    let data = match option("item") {
        "" => written(option("data")),
        item => item.to_owned(),
    };
    let signed = match option("sign") {
        "of the compact text" => list.to_string(),
        how @ ("pretty" | "escaped" | "spaced" | "spaced and escaped") => written(how),
        _ => data.clone(),
    };
    let signed = if message.sign_is_bad { format!("{signed} ") } else { signed };
    let digest = Sm3::digest(&signed);
    let sign = match option("sign") {
        "base64" => STANDARD.encode(digest),
        "upper" => hex(&digest).to_uppercase(),
        "url-safe base64" => URL_SAFE_NO_PAD.encode(digest),
        _ => hex(&digest),
    };
    let mut envelope = Map::new();
    envelope.insert("timestamp".to_owned(), NOW_MS.into());
    envelope.insert("sign".to_owned(), sign.into());
    envelope.insert("version".to_owned(), "1.0.0".into());
    envelope.insert("data".to_owned(), "<data>".into());
    if let Some(Value::Object(other)) = message.options.get("envelope") {
        envelope.extend(other.clone());
        envelope.retain(|_, value| !value.is_null());
    }
    let body = Value::from(envelope).to_string().replace("\"<data>\"", &data);
    if message.options.contains_key("bom") { format!("\u{feff}{body}") } else { body }
}

/// As Python's `json.dumps` writes it.
fn spaced(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", joined(items.iter().map(spaced).collect())),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                format!("{}: {}", Value::from(name.as_str()), spaced(value))
            };
            format!("{{{}}}", joined(members.iter().map(member).collect()))
        }
        value => value.to_string(),
    }
}

/// Everything beyond ASCII as `\u….`, as some libraries write JSON.
fn escaped(text: &str) -> String {
    let unit =
        |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")).collect::<String>();
    text.chars().map(|c| if c.is_ascii() { c.to_string() } else { unit(c) }).collect()
}

fn encrypted(record: &Map<String, Value>, key: &str) -> Value {
    let key = match key {
        "" => return record.clone().into(),
        "own" => SM4_KEY,
        _ => *b"another key here",
    };
    let sealed = |value: &Value| {
        let iv = [7; 16];
        let cipher = cbc::Encryptor::<sm4::Sm4>::new(&key.into(), &iv.into());
        let sealed = cipher.encrypt_padded_vec::<Pkcs7>(value.as_str().unwrap().as_bytes());
        Value::from(STANDARD.encode([iv.to_vec(), sealed].concat()))
    };
    let plates = |name: &str| matches!(name, "plateNo" | "plateNoList");
    let pair = |(name, value): (&String, &Value)| {
        (name.clone(), if plates(name) { sealed(value) } else { value.clone() })
    };
    Value::Object(record.iter().map(pair).collect())
}

/// `{"$picture": bytes}` is a picture, `{"$text": "…"}` a file that is none.
fn form(record: &Map<String, Value>) -> (String, Bytes) {
    let mut body = Vec::new();
    for (name, value) in record.iter().filter(|(_, value)| !value.is_null()) {
        let file = match value["$picture"].as_u64() {
            Some(bytes) => Some(jpeg(usize::try_from(bytes).unwrap())),
            None => value["$text"].as_str().map(|text| text.as_bytes().to_vec()),
        };
        let head = format!("------lot-boundary\r\nContent-Disposition: form-data; name=\"{name}\"");
        let (head, content) = match file {
            Some(file) => (format!("{head}; filename=\"1.jpg\"\r\nContent-Type: image/jpeg"), file),
            None => (head, value.as_str().map_or_else(|| value.to_string(), str::to_owned).into_bytes()),
        };
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(&content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"------lot-boundary--\r\n");
    ("multipart/form-data; boundary=\"----lot-boundary\"".to_owned(), Bytes::from(body))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
