//! Ningbo: the record as it is, or as the part `data` of a form beside a picture.
//!
//! Options: `form` makes a form; `picture` is the picture's size (1,000 bytes if not given, 0 for no part `file`), `text` a
//! file that is no picture; `data: false` leaves out the part `data`. `$md5` stands for the MD5 of the file, `$new` for
//! an id not used before.

use crate::wire::runner::{Answers, Content, Frame, Kind, Lots, Message, jpeg};
use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

pub(crate) struct Ningbo {
    ids: usize,
}

impl Ningbo {
    pub(crate) fn new() -> Self {
        Self { ids: 0 }
    }
}

impl Frame for Ningbo {
    fn standard(&self) -> &'static str {
        "ningbo"
    }

    fn account(&self) -> &'static [(&'static str, &'static str)] {
        &[("portname", "admin"), ("portpwd", "123456")]
    }

    fn lots(&self) -> Lots {
        Lots { yours: &["330212077102"], not_yours: "330212077103", unknown: "330212077199" }
    }

    fn place(&self, _options: &Map<String, Value>) -> String {
        String::new()
    }

    fn request(&mut self, message: &Message, _platform: &mut dyn Answers) -> Request<Bytes> {
        let option = |name: &str| message.options.get(name);
        let file = match (option("text"), option("picture").and_then(Value::as_u64)) {
            (Some(text), _) => text.as_str().unwrap().as_bytes().to_vec(),
            (None, Some(0)) => Vec::new(),
            (None, bytes) => jpeg(bytes.unwrap_or(1_000) as usize),
        };
        self.ids += 1;
        let md5: String = Md5::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
        let text = match &message.content {
            Content::Records(records) => Value::Object(records[0].clone()).to_string(),
            Content::Raw(text) => text.clone(),
        };
        let text = text.replace("$md5", &md5).replace("$MD5", &md5.to_uppercase());
        let text = text.replace("$new", &format!("B-{}-{}", std::process::id(), self.ids));
        let request = Request::builder().method(message.method.as_str()).uri(&message.path);
        if option("form") != Some(&json!(true)) {
            return request.header(CONTENT_TYPE, "application/json").body(Bytes::from(text)).unwrap();
        }
        let mut body = Vec::new();
        if option("data") != Some(&json!(false)) {
            body.extend(b"--AaB03x\r\ncontent-disposition: form-data; name=\"data\"\r\n\r\n");
            body.extend([text.as_bytes(), b"\r\n"].concat());
        }
        if !file.is_empty() {
            body.extend(b"--AaB03x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"1.jpg\"\r\n");
            body.extend(b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: binary\r\n\r\n");
            body.extend([&file[..], b"\r\n"].concat());
        }
        body.extend(b"--AaB03x--\r\n");
        request.header(CONTENT_TYPE, "multipart/form-data; boundary=AaB03x").body(Bytes::from(body)).unwrap()
    }

    fn code(&self, _kind: Kind) -> &'static str {
        "1"
    }

    fn refused(&self, code: &str, why: &str, _message: &Message) -> String {
        format!(r#"{{"result":{code},"description":{}}}"#, json!(why))
    }
}
