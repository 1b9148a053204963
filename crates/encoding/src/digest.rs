//! Digests and hex.

use aws_lc_rs::digest;
use md5::{Digest, Md5};
use std::fmt::Write;

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// SHA-256 in lower-case hex over ids, so that two sides can tell that they have the same ones: the ids in the order of
/// their bytes, each as its length in bytes in decimal digits, a colon, the id and a line feed.
pub fn sha256_of_ids<'a>(sorted: impl IntoIterator<Item = &'a str>) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for id in sorted {
        context.update(format!("{}:{id}\n", id.len()).as_bytes());
    }
    hex(context.finish().as_ref())
}

/// MD5 in lower-case hex: what some texts take for a checksum, or for hiding a password.
pub fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What so many bytes in hex of either case stand for; `None` where it is no hex, or not of that many.
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_in_either_case() {
        assert_eq!(from_hex("0aFf"), Some([0x0a, 0xff]));
        for text in ["0af", "0aff00", "0agf", "", "车车车车"] {
            assert_eq!(from_hex::<2>(text), None, "{text}");
        }
    }

    #[test]
    fn ids_have_one_digest_each_set_its_own() {
        assert_eq!(sha256_of_ids([]), sha256_hex(b""));
        assert_eq!(sha256_of_ids(["R1", "车2"]), sha256_hex("2:R1\n4:车2\n".as_bytes()));
        assert_ne!(sha256_of_ids(["a", "b"]), sha256_of_ids(["a\n1:b"]));
    }

    #[test]
    fn a_digest_is_lower_case_hex() {
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
