//! 表 28 sign: SM3 over the text of `data`. It has no key, and so proves that nothing was lost on the way, and no more.

use crate::shared::encoding::{from_base64, hex};
use aws_lc_rs::constant_time;
use sm3::{Digest, Sm3};
use std::borrow::Cow;

/// The bytes of an SM3 digest.
const DIGEST_BYTES: usize = 32;

/// SM3.
pub(super) fn sm3(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    Sm3::digest(bytes).into()
}

/// The signature as we write it: lower-case hex.
pub(super) fn sign(data: &str) -> String {
    hex(&sm3(data.as_bytes()))
}

/// Whether `sign` is the digest of `data` as it stands, or of what a sender had before something on the way
/// re-formatted it: the same values written compactly.
pub(super) fn is_right(sign: &str, data: &str) -> bool {
    let Some(came) = digest(sign) else { return false };
    let same = |text: &str| constant_time::verify_slices_are_equal(&sm3(text.as_bytes()), &came).is_ok();
    same(data) || same(&compact(data))
}

/// The digest that stands in hex of either case or in base64.
fn digest(sign: &str) -> Option<[u8; DIGEST_BYTES]> {
    let sign = sign.trim();
    let bytes = if sign.len() == 2 * DIGEST_BYTES { from_hex(sign) } else { from_base64(sign) };
    bytes?.try_into().ok()
}

/// The bytes that hex of either case stands for.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
    pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect()
}

/// The same JSON without white space and with its characters written out; keys keep their order and numbers their
/// text, which a re-serialisation through floating point would not.
pub(super) fn compact(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for token in Tokens(json) {
        if token.starts_with('"') {
            text.push_str(&rewritten(token));
        } else if !token.starts_with(is_blank) {
            text.push_str(token);
        }
    }
    text
}

/// A string with nothing escaped that need not be.
fn rewritten(token: &str) -> Cow<'_, str> {
    if !token.contains('\\') {
        return Cow::Borrowed(token);
    }
    let plain = serde_json::from_str::<String>(token).and_then(|text| serde_json::to_string(&text));
    plain.map_or(Cow::Borrowed(token), Cow::Owned)
}

/// The same text with the value of every `password` replaced, nothing else changed.
pub(super) fn without_passwords(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut key_is_password = false;
    let mut hide = false;
    for token in Tokens(json) {
        let is_value = !token.starts_with(is_blank) && !token.starts_with(['{', '}', '[', ']', ',', ':']);
        if is_value && hide {
            text.push_str("\"***\"");
            hide = false;
            continue;
        }
        if token.starts_with(':') {
            hide = key_is_password;
        } else if is_value {
            key_is_password =
                rewritten(token).trim_matches(|c: char| c == '"' || c.is_whitespace()) == "password";
        }
        text.push_str(token);
    }
    text
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// The pieces of a JSON text, which joined give it again: strings with their quotes, runs of blanks, marks, and
/// whatever else stands between these.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let first = self.0.chars().next()?;
        let len = match first {
            '"' => string_len(self.0),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ if is_blank(first) => run_len(self.0, is_blank),
            _ => run_len(self.0, |c| !is_blank(c) && !"\"{}[],:".contains(c)),
        };
        let (token, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(token)
    }
}

fn run_len(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// The bytes of the string in front, up to and with its closing quote.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_text_keeps_the_order_of_keys_and_the_text_of_numbers() {
        let came =
            "[ {\"b\" : 1.50, \"a\":\t1e2 ,\"c\":\"\\u7ca4 B\\/\\\"\\n\" , \"d\":12345678901234567890123}\n]";
        let compacted = "[{\"b\":1.50,\"a\":1e2,\"c\":\"粤 B/\\\"\\n\",\"d\":12345678901234567890123}]";
        assert_eq!(compact(came), compacted);
        assert_eq!(compact(compacted), compacted);
    }

    #[test]
    fn what_stands_in_a_string_is_left_alone() {
        assert_eq!(compact("[\"a , : [ ] { } b\", \"\\ud800\"]"), "[\"a , : [ ] { } b\",\"\\ud800\"]");
    }

    #[test]
    fn a_password_is_hidden_wherever_it_stands() {
        let came =
            "[{\"userId\" : \"password\",\"password\" : \"s3cret=\"}, {\"pass\\u0077ord \":12,\"x\":1}]";
        let shown =
            "[{\"userId\" : \"password\",\"password\" : \"***\"}, {\"pass\\u0077ord \":\"***\",\"x\":1}]";
        assert_eq!(without_passwords(came), shown);
        assert_eq!(without_passwords("{\"password\":[\"a\"]}"), "{\"password\":[\"***\"]}");
    }

    #[test]
    fn hex_and_base64_of_either_form_are_read() {
        assert!(is_right("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "abc"));
        assert!(is_right("66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0", "abc"));
        assert!(is_right("Zsfw9GLu7dnR8tRr3BDk4kFnxIdc8veiKX2gK49LqOA=", "abc"));
        assert!(!is_right("Zsfw9GLu7dnR8tRr3BDk4kFnxIdc8veiKX2gK49LqOA=", "abd"));
        assert!(
            !is_right("", "abc") && !is_right("66c7", "abc") && !is_right("车".repeat(16).as_str(), "abc")
        );
    }
}
