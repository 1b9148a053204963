//! YunKuaiChong: the record with its signature after all other fields, unless the record has one of its own.
//!
//! Options: `sign: "lower"` writes the signature in small letters, `"trimmed"` signs names without the blanks around
//! them, `"none"` leaves it out.

use crate::wire::runner::{Answers, Content, Frame, Kind, Lots, Message};
use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const KEY: &str = "k-9d2f";

/// The records' order number. Every message is given one of its own: a known order is a success whatever else it says.
const ORDER: &str = "320106000000010120260401081530";

#[derive(Default)]
pub(crate) struct Yunkuaichong {
    messages: usize,
}

impl Yunkuaichong {
    fn order(&self) -> String {
        format!("{ORDER}-{}", self.messages)
    }
}

fn sign(record: &Map<String, Value>, trimmed: bool) -> String {
    let mut fields = BTreeMap::new();
    for (name, value) in record {
        let name = if trimmed { name.trim() } else { name };
        let value = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        if !value.is_empty() {
            fields.insert(name, value);
        }
    }
    let pairs: String = fields.iter().map(|(name, value)| format!("{name}={value}&")).collect();
    Md5::digest(format!("{pairs}key={KEY}")).iter().map(|byte| format!("{byte:02X}")).collect()
}

impl Frame for Yunkuaichong {
    fn standard(&self) -> &'static str {
        "yunkuaichong"
    }

    fn account(&self) -> &'static [(&'static str, &'static str)] {
        &[("port_name", "ykc-gate"), ("key", KEY)]
    }

    fn lots(&self) -> Lots {
        Lots { yours: &["3302122004"], not_yours: "3302122005", unknown: "3302129999" }
    }

    fn place(&self, _options: &Map<String, Value>) -> String {
        String::new()
    }

    fn request(&mut self, message: &Message, _platform: &mut dyn Answers) -> Request<Bytes> {
        let body = match &message.content {
            Content::Raw(text) => text.clone(),
            Content::Records(records) => {
                let mut record = records[0].clone();
                self.messages += 1;
                // What bears its own signature is signed as it stands.
                if record.get("orderNo").is_some_and(|order| order == ORDER) && !record.contains_key("sign") {
                    record["orderNo"] = self.order().into();
                }
                let how = message.options.get("sign").and_then(Value::as_str).unwrap_or_default();
                if !record.contains_key("sign") && how != "none" {
                    let right = sign(&record, how == "trimmed");
                    let sign = match how {
                        _ if message.sign_is_bad => "0".repeat(32),
                        "lower" => right.to_lowercase(),
                        _ => right,
                    };
                    record.insert("sign".to_owned(), sign.into());
                }
                Value::Object(record).to_string()
            }
        };
        let request = Request::builder().method(message.method.as_str()).uri(&message.path);
        request.header(CONTENT_TYPE, "application/json").body(Bytes::from(body)).unwrap()
    }

    fn code(&self, _kind: Kind) -> &'static str {
        "1"
    }

    fn refused(&self, code: &str, why: &str, message: &Message) -> String {
        let signed_here =
            matches!(&message.content, Content::Records(records) if !records[0].contains_key("sign"));
        let why = if signed_here { why.replace(ORDER, &self.order()) } else { why.to_owned() };
        format!(r#"{{"result":{code},"description":{}}}"#, json!(why))
    }
}
