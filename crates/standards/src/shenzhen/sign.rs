//! 表 28 sign: SM3 over the text of `data`. It has no key, and so proves that nothing was lost on the way, and no more.

pub(super) use super::rewritten::compact;
use super::rewritten::{Tokens, WRITINGS, is_blank, plain_string, writings};
use crate::fault::SignatureForm;
use aws_lc_rs::constant_time;
use bowei_encoding::{from_base64, from_hex, hex};
use sm3::{Digest, Sm3};

/// The bytes of an SM3 digest.
const DIGEST_BYTES: usize = 32;

/// 表 28 sign, as an answer describes it.
pub(super) const FORM: SignatureForm = SignatureForm {
    what: "SM3 摘要（64 位十六进制）",
    check: "请核对：算法为 SM3，没有密钥；对报文中 data 的原文（UTF-8，从“[”到“]”，一字不改）计算",
};

/// SM3.
pub(super) fn sm3(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    Sm3::digest(bytes).into()
}

/// The signature as we write it: lower-case hex.
pub(super) fn sign(data: &str) -> String {
    hex(&sm3(data.as_bytes()))
}

/// Of a longer list no other writings than the compact one are tried: each costs a digest of the whole.
const WRITINGS_MAX_BYTES: usize = 64 * 1024;

/// Whether `sign` is the digest of `data` as it stands, or of what a sender had before something on the way
/// re-formatted it: the same values written compactly, with blanks, escaped or pretty-printed. One object that came in
/// place of a list may have been signed as the list of it.
pub(super) fn is_right(sign: &str, data: &str) -> bool {
    let Some(received) = digest(sign) else { return false };
    if is(&received, data) || is(&received, &compact(data)) {
        return true;
    }
    if data.len() > WRITINGS_MAX_BYTES {
        return false;
    }
    let list = data.starts_with('{').then(|| format!("[{data}]"));
    let mut all = writings(data).chain(list.iter().flat_map(|list| writings(list)));
    all.any(|writing| is(&received, &writing))
}

/// Whether `sign` is the digest of `data` as it stands.
pub(super) fn is_right_as_sent(sign: &str, data: &str) -> bool {
    digest(sign).is_some_and(|received| is(&received, data))
}

/// The bytes that are digested before a signature over `data` is found wrong.
pub(super) fn bytes_to_digest(data: &str) -> usize {
    let further = if data.len() <= WRITINGS_MAX_BYTES { WRITINGS } else { 1 };
    data.len() * further
}

fn is(received: &[u8; DIGEST_BYTES], text: &str) -> bool {
    constant_time::verify_slices_are_equal(&sm3(text.as_bytes()), received).is_ok()
}

/// The digest that stands in hex of either case or in base64.
fn digest(sign: &str) -> Option<[u8; DIGEST_BYTES]> {
    let sign = sign.trim();
    from_hex(sign).or_else(|| from_base64(sign)?.try_into().ok())
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
                plain_string(token).trim_matches(|c: char| c == '"' || c.is_whitespace()) == "password";
        }
        text.push_str(token);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_hidden_wherever_it_stands() {
        let received =
            "[{\"userId\" : \"password\",\"password\" : \"s3cret=\"}, {\"pass\\u0077ord \":12,\"x\":1}]";
        let shown =
            "[{\"userId\" : \"password\",\"password\" : \"***\"}, {\"pass\\u0077ord \":\"***\",\"x\":1}]";
        assert_eq!(without_passwords(received), shown);
        assert_eq!(without_passwords("{\"password\":[\"a\"]}"), "{\"password\":[\"***\"]}");
    }

    #[test]
    fn what_was_signed_may_be_another_writing_than_what_was_sent() {
        let sent = r#"[{"plateNo":"粤B12345","note":"a/b=c","n":1.50}]"#;
        for signed in [
            "[{\"plateNo\": \"粤B12345\", \"note\": \"a/b=c\", \"n\": 1.50}]",
            "[{\"plateNo\": \"\\u7ca4B12345\", \"note\": \"a/b=c\", \"n\": 1.50}]",
            "[{\"plateNo\":\"\\u7ca4B12345\",\"note\":\"a\\/b=c\",\"n\":1.50}]",
            "[\n    {\n        \"plateNo\": \"粤B12345\",\n        \"note\": \"a/b=c\",\n        \"n\": 1.50\n    }\n]",
        ] {
            assert!(is_right(&sign(signed), sent), "{signed}");
            assert!(is_right(&sign(sent), signed), "{signed}");
            assert!(!is_right(&sign(&signed.replace('5', "6")), sent), "{signed}");
        }
        let object = r#"{"plateNo":"粤B12345"}"#;
        assert!(is_right(&sign(&format!("[{object}]")), object));
        let long = format!("[\"{}\"]", "a".repeat(WRITINGS_MAX_BYTES));
        assert!(
            is_right(&sign(&long), &format!(" {long} "))
                && !is_right(&sign(&format!("[ {}", &long[1..])), &long)
        );
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
