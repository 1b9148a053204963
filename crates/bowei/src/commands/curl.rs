//! A request as a command line for curl, to be pasted into a shell.

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use std::path::Path;

/// What a body can be at most to stand on a command line: Linux takes 128 KiB in one argument, and a terminal far
/// less before nobody can paste it.
const INLINE_MAX_BYTES: usize = 32 * 1024;

/// Where curl takes the body from.
pub(super) enum BodyFrom<'a> {
    /// There is none.
    Nowhere,
    /// It stands in the command line.
    Line(&'a str),
    /// It lies in a file.
    File(&'a Path),
}

/// The body as text for a command line; `None` where it is no text, or too long.
pub(super) fn inline(body: &Bytes) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    let plain = !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    (plain && text.len() <= INLINE_MAX_BYTES).then_some(text)
}

/// The command line. `url` is the platform's address, without the request's path.
pub(super) fn command_line(url: &str, request: &Request<Bytes>, body: &BodyFrom<'_>) -> String {
    let url = format!("{}{}", url.trim_end_matches('/'), request.uri());
    let mut line = format!("curl -sS -X {} {}", request.method(), quoted(&url));
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        line.push_str(&format!(" \\\n  -H {}", quoted(&format!("{name}: {value}"))));
    }
    let data = match body {
        BodyFrom::Nowhere => None,
        BodyFrom::Line(text) => Some(format!("--data-raw {}", quoted(text))),
        BodyFrom::File(path) => Some(format!("--data-binary {}", quoted(&format!("@{}", path.display())))),
    };
    if let Some(data) = data {
        // curl would otherwise call any body a form.
        if !request.headers().contains_key(CONTENT_TYPE) {
            line.push_str(" \\\n  -H 'content-type:'");
        }
        line.push_str(" \\\n  ");
        line.push_str(&data);
    }
    line
}

/// Single quotes keep everything as it is but themselves.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_says_exactly_what_the_request_says() {
        let body = Bytes::from_static("{\"memo\":\"it's 车\"}".as_bytes());
        let request = Request::post("/api/in?a=1&b=2").header("authorization", "T").body(body).unwrap();
        let inline = inline(request.body()).unwrap();
        let line = command_line("http://127.0.0.1:8080/", &request, &BodyFrom::Line(inline));
        assert_eq!(
            line,
            "curl -sS -X POST 'http://127.0.0.1:8080/api/in?a=1&b=2' \\\n  -H 'authorization: T' \\\n  \
             -H 'content-type:' \\\n  --data-raw '{\"memo\":\"it'\\''s 车\"}'"
        );
    }

    #[test]
    fn a_picture_does_not_go_on_a_command_line() {
        assert_eq!(inline(&Bytes::from_static(b"\xff\xd8\xff\xe0")), None);
        assert_eq!(inline(&Bytes::from_static(b"a\0b")), None);
        assert_eq!(inline(&Bytes::from(vec![b'a'; INLINE_MAX_BYTES + 1])), None);
    }
}
