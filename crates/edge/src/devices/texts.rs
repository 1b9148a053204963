//! Bytes to text. Chinese firmware writes UTF-8 nowadays and GBK where it is older, and rarely says which.

use encoding_rs::{Encoding, GB18030};
use std::borrow::Cow;

/// The text of `bytes`: by its byte order mark, or as UTF-8, or else as GBK (in GB 18030, which contains it). What is
/// neither becomes U+FFFD in places, and never an error: the rest of the message is still worth reading.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => {
            // A message cut off in the middle of a character is UTF-8 all the same.
            let whole = bytes.get(..error.valid_up_to()).unwrap_or_default();
            match (error.error_len(), std::str::from_utf8(whole)) {
                (None, Ok(text)) => Cow::Borrowed(text),
                _ => GB18030.decode_without_bom_handling(bytes).0,
            }
        }
    }
}

/// The text if `bytes` are UTF-8 or GBK without a flaw.
pub(super) fn flawless(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
    }
}

/// A name or id from outside: trimmed, without control characters, of at most `chars_max`; `None` where nothing is left.
pub(super) fn name(text: &str, chars_max: usize) -> Option<String> {
    let kept: String = text.trim().chars().filter(|c| !c.is_control()).take(chars_max).collect();
    (!kept.is_empty()).then_some(kept)
}
