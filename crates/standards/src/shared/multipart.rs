//! `multipart/form-data` read and written: the form in which some standards send pictures.
//!
//! Reading is multer's; the whole body is there already, so that nothing is ever waited for.

use crate::Fault;
use bowei_encoding::shown::shown;
use bytes::Bytes;
use futures::{FutureExt, stream};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

/// More parts than any text's form has by far.
const PARTS_MAX: usize = 64;

/// One part of a form.
#[derive(Clone, Debug)]
pub struct Part {
    /// The part's name, white space around it trimmed.
    pub name: String,
    /// The file's name, where one is given.
    pub file_name: Option<String>,
    /// What it holds.
    pub bytes: Bytes,
}

impl Part {
    /// Its content as text; `None` where it is not UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

/// Reads a form; of parts of the same name all are kept, in their order.
pub fn read(headers: &HeaderMap, body: &Bytes) -> Result<Vec<Part>, Fault> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind).map_err(|_| {
        unreadable(match kind {
            "" => "没有 Content-Type".to_owned(),
            kind => format!("Content-Type 为 {}", shown(kind)),
        })
    })?;
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(body.clone())]);
    let mut form = multer::Multipart::new(whole, boundary);
    let reading = async move {
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await? {
            if parts.len() >= PARTS_MAX {
                return Ok(None);
            }
            let name = field.name().unwrap_or_default().trim().to_owned();
            let file_name = field.file_name().map(str::to_owned);
            parts.push(Part { name, file_name, bytes: field.bytes().await? });
        }
        Ok::<_, multer::Error>(Some(parts))
    };
    match reading.now_or_never() {
        Some(Ok(Some(parts))) => Ok(parts),
        Some(Ok(None)) => Err(unreadable(format!("超过 {PARTS_MAX} 个部分"))),
        Some(Err(error)) => Err(unreadable(format!("无法解析的表单（{error}）"))),
        None => Err(unreadable("不完整的表单".to_owned())),
    }
}

fn unreadable(received: String) -> Fault {
    Fault::Unreadable {
        expected: "multipart/form-data 表单（Content-Type 带 boundary）".to_owned(),
        received,
    }
}

/// A form being written.
#[derive(Debug)]
pub struct Form {
    boundary: String,
    body: Vec<u8>,
}

impl Form {
    /// An empty form. The boundary is made from `seed`, which must not be guessable from the parts: a digest of them.
    pub fn new(seed: &str) -> Self {
        Self { boundary: format!("bowei-{seed}"), body: Vec::new() }
    }

    /// Adds a part of text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.head(name, None);
        self.body.extend_from_slice(value.as_bytes());
        self.body.extend_from_slice(b"\r\n");
    }

    /// Adds a file.
    pub fn file(&mut self, name: &str, file_name: &str, media_type: &str, bytes: &[u8]) {
        self.head(name, Some((file_name, media_type)));
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
    }

    fn head(&mut self, name: &str, file: Option<(&str, &str)>) {
        // WHATWG HTML, multipart/form-data encoding: these three are escaped in names.
        let plain = |text: &str| text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let mut head =
            format!("--{}\r\nContent-Disposition: form-data; name=\"{}\"", self.boundary, plain(name));
        if let Some((file_name, media_type)) = file {
            head.push_str(&format!("; filename=\"{}\"\r\nContent-Type: {media_type}", plain(file_name)));
        }
        head.push_str("\r\n\r\n");
        self.body.extend_from_slice(head.as_bytes());
    }

    /// The form's `Content-Type` and body.
    pub fn finish(mut self) -> (HeaderValue, Bytes) {
        self.body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        let kind = format!("multipart/form-data; boundary={}", self.boundary);
        let kind = HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("multipart/form-data"));
        (kind, Bytes::from(self.body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_reads_as_it_is_written() {
        let mut form = Form::new("0a1b");
        form.text("data", r#"{"a":"停车"}"#);
        form.file("file", "a \"b\".jpg", "image/jpeg", b"\xff\xd8\r\n--x\r\n");
        let (kind, body) = form.finish();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind);
        let parts = read(&headers, &body).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].name.as_str(), parts[0].text()), ("data", Some(r#"{"a":"停车"}"#)));
        assert_eq!(parts[1].bytes.as_ref(), b"\xff\xd8\r\n--x\r\n");
        assert_eq!(parts[1].file_name.as_deref(), Some("a %22b%22.jpg"));
    }

    #[test]
    fn what_is_no_form_is_refused_in_words() {
        let mut headers = HeaderMap::new();
        assert!(matches!(read(&headers, &Bytes::from_static(b"{}")), Err(Fault::Unreadable { .. })));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("multipart/form-data; boundary=x"));
        for body in ["", "--x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf"] {
            assert!(read(&headers, &Bytes::from(body)).is_err(), "{body:?}");
        }
    }
}
