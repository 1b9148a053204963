//! The parts of a multipart message, `form-data` or `mixed`, as far as they came: cameras write these by hand, leave
//! out the last boundary, or cut off a picture with the connection.

use bytes::Bytes;

/// The most parts that are looked at: an event has one text and a handful of pictures.
const PARTS_MAX: usize = 32;
/// The most bytes of a part's head; three header lines have about two hundred.
const HEAD_MAX_BYTES: usize = 4 * 1024;
/// RFC 2046, 5.1.1: a boundary has at most 70 characters.
const BOUNDARY_MAX: usize = 70;

/// One part.
#[derive(Debug)]
pub(super) struct Part {
    /// Name and file name as they stand in its head, in small letters; only looked into, for words.
    pub(super) head: String,
    /// What it holds.
    pub(super) bytes: Bytes,
}

impl Part {
    /// Its name in a form, in small letters.
    pub(super) fn name(&self) -> Option<&str> {
        let (_, rest) = self.head.split_once(" name=")?;
        let rest = rest.trim_start_matches('"');
        rest.get(..rest.find(['"', ';', '\r', '\n']).unwrap_or(rest.len()))
    }
}

/// The boundary in a `Content-Type`, where it is one of a multipart message.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let multipart = content_type.trim_start().get(..10)?.eq_ignore_ascii_case("multipart/");
    let mut parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    let value = value.trim().trim_matches('"');
    (multipart && !value.is_empty() && value.len() <= BOUNDARY_MAX).then_some(value)
}

/// The boundary in the message itself, where it begins with one: some cameras forget the header.
pub(super) fn boundary_of_body(body: &[u8]) -> Option<&str> {
    let body = body.trim_ascii_start();
    let line = body.strip_prefix(b"--")?.split(|byte| *byte == b'\r' || *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?.trim_end();
    (!line.is_empty() && line.len() <= BOUNDARY_MAX).then_some(line)
}

/// The parts between the boundaries.
pub(super) fn split(body: &Bytes, boundary: &str) -> Vec<Part> {
    let mark = [b"--", boundary.as_bytes()].concat();
    let mut parts = Vec::new();
    let mut from = find(body, &mark).map(|at| at + mark.len());
    while let Some(start) = from {
        if parts.len() == PARTS_MAX {
            break;
        }
        let rest = body.get(start..).unwrap_or_default();
        if rest.starts_with(b"--") {
            break;
        }
        let next = find(rest, &mark);
        let end = start + next.unwrap_or(rest.len());
        parts.extend(part(body, start, end));
        from = next.map(|at| start + at + mark.len());
    }
    parts
}

/// A part from its head and body between two boundaries.
fn part(body: &Bytes, start: usize, end: usize) -> Option<Part> {
    let whole = body.get(start..end)?;
    let search = whole.get(..whole.len().min(HEAD_MAX_BYTES))?;
    let (head_end, body_start) = match (find(search, b"\r\n\r\n"), find(search, b"\n\n")) {
        (Some(at), other) if other.is_none_or(|other| at < other) => (at, at + 4),
        (_, Some(at)) => (at, at + 2),
        _ => return None,
    };
    let head = String::from_utf8_lossy(whole.get(..head_end)?).to_ascii_lowercase();
    // The line break before a boundary belongs to the boundary.
    let content = whole.get(body_start..)?;
    let content_len =
        content.strip_suffix(b"\r\n").or_else(|| content.strip_suffix(b"\n")).unwrap_or(content).len();
    let from = start + body_start;
    Some(Part { head, bytes: body.slice(from..from + content_len) })
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_with_and_without_a_last_boundary() {
        let text = "--x\r\nContent-Disposition: form-data; name=\"A.xml\"\r\n\r\n<a/>\r\n--x\r\nContent-Type: image/jpeg\r\n\r\n\u{1}\n";
        for whole in [format!("{text}\r\n--x--\r\n"), text.to_owned()] {
            let parts = split(&Bytes::from(whole), "x");
            assert_eq!(parts.len(), 2);
            assert_eq!(parts[0].bytes.as_ref(), b"<a/>");
            assert!(parts[0].head.contains("a.xml"));
        }
        assert!(split(&Bytes::from_static(b"--x"), "x").is_empty());
    }

    #[test]
    fn the_boundary_stands_in_the_header_or_at_the_beginning() {
        assert_eq!(boundary("multipart/form-data; boundary=---7e1"), Some("---7e1"));
        assert_eq!(boundary("Multipart/Mixed;charset=x; Boundary=\"b\""), Some("b"));
        assert_eq!(boundary("application/xml; boundary=b"), None);
        assert_eq!(boundary_of_body(b"\r\n--b7\r\nContent"), Some("b7"));
        assert_eq!(boundary_of_body(b"{}"), None);
    }
}
