//! Base64 as lots send it.

use ::base64::alphabet;
use ::base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

/// The standard alphabet; padding written, and on reading neither asked for nor refused.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Base64 in one line.
pub fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// What the base64 stands for: line breaks and blanks anywhere in it are passed over, both alphabets are read, and so are
/// several pieces, each with its padding, one after another. `None` if it is no base64.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let is_other = |b: u8| b.is_ascii_whitespace() || matches!(b, b'-' | b'_');
    let plain = if text.bytes().any(is_other) {
        let standard = |b: u8| match b {
            b'-' => b'+',
            b'_' => b'/',
            b => b,
        };
        Cow::Owned(text.bytes().filter(|b| !b.is_ascii_whitespace()).map(standard).collect())
    } else {
        Cow::Borrowed(text.as_bytes())
    };
    BASE64.decode(&plain).ok().or_else(|| joined(&plain))
}

/// Pieces of base64 that end in their own padding, one after another.
fn joined(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut rest = text;
    while !rest.is_empty() {
        let data = rest.iter().position(|b| *b == b'=').unwrap_or(rest.len());
        let padding = rest.get(data..)?.iter().take_while(|b| **b == b'=').count();
        let (piece, further) = rest.split_at_checked(data + padding)?;
        if data == 0 {
            return None;
        }
        BASE64.decode_vec(piece, &mut bytes).ok()?;
        rest = further;
    }
    Some(bytes)
}

/// The base64 without the `data:image/jpeg;base64,` that browsers put in front; text without it comes back as it
/// is. `None` where there is such a beginning but what follows is not base64.
pub fn without_data_uri(text: &str) -> Option<&str> {
    let text = text.trim_ascii_start();
    let is_uri = text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    if !is_uri {
        return Some(text);
    }
    let (kind, rest) = text.split_once(',')?;
    let kind = kind.trim_ascii_end();
    let encoding = kind.rsplit(';').next()?;
    encoding.trim_ascii().eq_ignore_ascii_case("base64").then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_with_line_breaks_and_with_or_without_padding() {
        for text in ["5YGc6L2mIQ==", "5YGc\r\n6L2m\n IQ==", "5YGc6L2mIQ", " 5YGc6L2mIQ=\t="] {
            assert_eq!(from_base64(text).as_deref(), Some("停车!".as_bytes()), "{text}");
        }
        for text in ["5YGc6L2mI", "5YGc*", "====", "5YGc6L2mI===5YGc", "=5YGc", "5YGc====6L2m", "5YG~L2m"] {
            assert_eq!(from_base64(text), None, "{text}");
        }
    }

    #[test]
    fn both_alphabets_and_pieces_one_after_another_are_read() {
        let bytes = [0xfb, 0xff, 0xfe, 0x3e];
        for text in ["+//+Pg==", "-__-Pg==", "-__-Pg", "-__+Pg"] {
            assert_eq!(from_base64(text).as_deref(), Some(&bytes[..]), "{text}");
        }
        assert_eq!(from_base64("5YGcIQ==5YGc\r\n6L2m5YGcIQ==IQ").as_deref(), Some("停!停车停!!".as_bytes()));
    }

    #[test]
    fn a_data_uri_prefix_is_taken_off() {
        assert_eq!(without_data_uri("data:image/jpeg;base64,/9j/"), Some("/9j/"));
        assert_eq!(without_data_uri("DATA:image/png; charset=x; BASE64 ,iVBO"), Some("iVBO"));
        assert_eq!(without_data_uri("/9j/"), Some("/9j/"));
        assert_eq!(without_data_uri("data:image/jpeg,abc"), None);
        assert_eq!(without_data_uri("data:image/jpeg;base64"), None);
    }
}
