//! `encryptedData` before anyone decodes it: a slice of the request's own bytes.

use super::blocks;
use crate::Fault;
use crate::shared::Present;
use bowei_encoding::shown::shown;
use bytes::Bytes;
use std::borrow::Cow;

/// What it should be.
pub(super) const EXPECTED: &str = "业务参数 JSON 经 RSA 加密后的 Base64，字符串";

/// `encryptedData`, untouched.
pub(super) enum Data {
    /// Missing, null or blank.
    Absent,
    /// A JSON string as it stands in the body, with its quotes and escapes.
    Text(Bytes),
    /// Something else, as it stands.
    Other(Bytes),
}

impl Data {
    /// What the body says, without copying any of it.
    pub(super) fn of(value: Option<&Present<'_>>, body: &Bytes) -> Self {
        let Some(value) = value else { return Self::Absent };
        let raw = body.slice_ref(value.raw().as_bytes());
        if raw.starts_with(b"\"") { Self::Text(raw) } else { Self::Other(raw) }
    }

    /// How many RSA blocks it holds.
    pub(super) fn blocks(&self) -> usize {
        match self {
            Self::Text(raw) => blocks::count(raw.len().saturating_sub(2)),
            Self::Absent | Self::Other(_) => 0,
        }
    }

    /// The base64, with the JSON string's escapes resolved where it has any.
    pub(super) fn base64(&self) -> Result<Cow<'_, str>, Fault> {
        let wrong_type = |raw: &[u8]| Fault::WrongType {
            field: blocks::FIELD.to_owned(),
            expected: EXPECTED.to_owned(),
            received: shown(&String::from_utf8_lossy(raw)),
        };
        match self {
            Self::Absent => {
                Err(Fault::Missing { field: blocks::FIELD.to_owned(), expected: EXPECTED.to_owned() })
            }
            Self::Other(raw) => Err(wrong_type(raw)),
            Self::Text(raw) => {
                let text = std::str::from_utf8(raw).map_err(|_| wrong_type(raw))?;
                let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                match inner {
                    Some(inner) if !inner.contains('\\') => Ok(inner.into()),
                    _ => serde_json::from_str::<String>(text).map(Into::into).map_err(|_| wrong_type(raw)),
                }
            }
        }
    }

    /// Nothing, or what senders write for nothing, that nobody encrypted.
    pub(super) fn says_nothing(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Text(_) => self.base64().is_ok_and(|text| says_nothing(text.as_bytes())),
            Self::Other(raw) => says_nothing(raw),
        }
    }

    /// Its size in words, or what it is instead of a string.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Absent => "空".to_owned(),
            Self::Text(raw) => {
                let chars = raw.len().saturating_sub(2);
                format!("{chars} 个字符，约 {} 块", self.blocks())
            }
            Self::Other(raw) => shown(&String::from_utf8_lossy(raw)),
        }
    }
}

/// How senders write that there are no parameters: nothing at all, blanks, `null`, an empty object, list or string.
pub(super) fn says_nothing(plain: &[u8]) -> bool {
    let solid: Vec<u8> =
        plain.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(NOTHING_MAX_BYTES).collect();
    matches!(solid.as_slice(), b"" | b"null" | b"{}" | b"[]" | b"\"\"" | b"''")
}

/// More than any word for nothing has.
const NOTHING_MAX_BYTES: usize = 8;
