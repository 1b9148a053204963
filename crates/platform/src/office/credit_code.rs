//! 统一社会信用代码 after GB 32100-2015: eighteen characters, the last of them a check.

/// The characters of a code, each worth its place.
const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The weights of the first seventeen characters: powers of three modulo 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Why a code is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoCreditCode {
    /// It has another length, or characters that no code has.
    #[error(
        "统一社会信用代码应为 18 位数字和大写字母（不含 I O S V Z） 18 digits and capital letters without I, O, S, V and Z are expected"
    )]
    Form,
    /// Its last character does not go with the others.
    #[error(
        "统一社会信用代码的校验位应为 {0}，请核对 the last character does not go with the others: {0} would"
    )]
    Check(char),
}

/// Whether `text` is a code.
pub(crate) fn check(text: &str) -> Result<(), NoCreditCode> {
    let values: Option<Vec<usize>> =
        text.bytes().map(|byte| ALPHABET.iter().position(|one| *one == byte)).collect();
    let values = values.filter(|values| values.len() == WEIGHTS.len() + 1).ok_or(NoCreditCode::Form)?;
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    let expected = (ALPHABET.len() - sum % ALPHABET.len()) % ALPHABET.len();
    if values.last() == Some(&expected) {
        return Ok(());
    }
    Err(ALPHABET.get(expected).map_or(NoCreditCode::Form, |byte| NoCreditCode::Check(char::from(*byte))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes that firms publish of themselves: Tencent's, Alibaba's, Huawei's.
    #[test]
    fn codes_in_use_are_codes() {
        for code in ["9144030071526726XG", "91330100799655058B", "914403001922038216"] {
            assert_eq!(check(code), Ok(()), "{code}");
        }
    }

    #[test]
    fn a_character_that_was_mistyped_shows() {
        assert_eq!(check("91330100799655058C"), Err(NoCreditCode::Check('B')));
        assert!(matches!(check("91330100799655085B"), Err(NoCreditCode::Check(_))));
        for text in
            ["", "91330100799655058", "91330100799655058b", "9133010079965505IB", "９1330100799655058B"]
        {
            assert_eq!(check(text), Err(NoCreditCode::Form), "{text}");
        }
    }
}
