//! Bytes to text. Chinese firmware writes UTF-8 nowadays and GBK where it is older, and rarely says which.

use encoding_rs::{Encoding, GB18030};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// The text of `bytes`: by its byte order mark, or as UTF-8, or else as GBK (in GB 18030, which contains it). What is
/// neither becomes U+FFFD in places, and never an error: the rest of the message is still worth reading.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if mostly_utf8(bytes) => String::from_utf8_lossy(bytes),
        Err(_) => GB18030.decode_without_bom_handling(bytes).0,
    }
}

/// Whether text with flaws is UTF-8 with flaws. Firmware cuts a device's name after so many bytes, in the middle of a
/// character; read as GBK for that, the plate would be lost. Characters of GBK hardly ever make a Chinese character
/// of UTF-8, which takes three bytes that fit.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut chinese, mut flaws) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        chinese += chunk.valid().chars().filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}')).count();
        flaws += usize::from(!chunk.invalid().is_empty());
    }
    flaws == 0 || (chinese > 0 && chinese >= flaws)
}

/// The text if `bytes` are UTF-8 or GBK without a flaw.
pub(super) fn flawless(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
    }
}

/// The names and values of a query or of a form in one line, percent-encoded in UTF-8 or GBK.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let plain = |text: &str| {
        let spaced = text.replace('+', " ");
        let bytes: Vec<u8> = percent_decode_str(&spaced).collect();
        decoded(&bytes).into_owned()
    };
    query.split('&').filter_map(move |pair| {
        let (name, value) = pair.split_once('=')?;
        Some((plain(name), plain(value)))
    })
}

/// A name or id from outside: trimmed, without control characters, of at most `chars_max`; `None` where nothing is left.
pub(super) fn name(text: &str, chars_max: usize) -> Option<String> {
    let kept: String = text.trim().chars().filter(|c| !c.is_control()).take(chars_max).collect();
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cut_within_a_character_does_not_make_gbk_of_a_message() {
        let cut = [
            br#"{"name":""#.as_slice(),
            &"东门入口".as_bytes()[..10],
            "\",\"plate\":\"浙E12345\"}".as_bytes(),
        ]
        .concat();
        assert!(decoded(&cut).ends_with("\",\"plate\":\"浙E12345\"}"));
        let gbk = encoding_rs::GBK.encode("{\"name\":\"东门入口\",\"plate\":\"浙E12345\"}").0;
        assert!(decoded(&gbk).contains("浙E12345"));
    }
}
