//! Reads answers off a connection, no more of HTTP than a benchmark meets: a status, some headers, a body of known
//! length or in chunks.

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Response, StatusCode};

/// What is wrong with an answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("the answer is no HTTP/1.1: {0}")]
    NotHttp(httparse::Error),
    #[error("the answer's length cannot be known")]
    NoLength,
}

const HEADERS_MAX: usize = 64;

/// Takes the next whole answer off the front of what was read; `None` where there is none yet.
pub(super) fn next(read: &mut BytesMut) -> Result<Option<Response<Bytes>>, Unreadable> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Response::new(&mut headers);
    let head = match parsed.parse(read).map_err(Unreadable::NotHttp)? {
        httparse::Status::Complete(bytes) => bytes,
        httparse::Status::Partial => return Ok(None),
    };
    let mut response = Response::new(Bytes::new());
    let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut length = None;
    let mut chunked = false;
    for header in parsed.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            length =
                std::str::from_utf8(header.value).ok().and_then(|text| text.trim().parse::<usize>().ok());
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = header.value.eq_ignore_ascii_case(b"chunked");
        } else if header.name.eq_ignore_ascii_case("retry-after")
            && let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(header.name.as_bytes()), HeaderValue::from_bytes(header.value))
        {
            response.headers_mut().insert(name, value);
        }
    }
    let (body, bytes) = match (length, chunked) {
        (Some(length), false) => match read.get(head..head + length) {
            Some(body) => (Bytes::copy_from_slice(body), head + length),
            None => return Ok(None),
        },
        (_, true) => match whole_chunks(read.get(head..).unwrap_or_default())? {
            Some((body, bytes)) => (body, head + bytes),
            None => return Ok(None),
        },
        (None, false) => return Err(Unreadable::NoLength),
    };
    read.advance(bytes);
    *response.body_mut() = body;
    Ok(Some(response))
}

/// A body in chunks, and how many bytes it took; `None` where it is not whole yet.
fn whole_chunks(mut rest: &[u8]) -> Result<Option<(Bytes, usize)>, Unreadable> {
    let all = rest.len();
    let mut body = Vec::new();
    loop {
        let (start, size) = match httparse::parse_chunk_size(rest).map_err(|_| Unreadable::NoLength)? {
            httparse::Status::Complete((start, size)) => (start, usize::try_from(size).unwrap_or(usize::MAX)),
            httparse::Status::Partial => return Ok(None),
        };
        let end = start.saturating_add(size);
        // Each chunk ends with a line break; so do the trailers, of which a benchmark meets none.
        let (Some(chunk), Some(after)) = (rest.get(start..end), rest.get(end.saturating_add(2)..)) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        rest = after;
        if size == 0 {
            return Ok(Some((Bytes::from(body), all - rest.len())));
        }
    }
}
