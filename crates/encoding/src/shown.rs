//! Values that came from outside, made fit to be shown: cut, and with nothing in them that could move a cursor,
//! break a line of a log or turn the direction of writing.

/// How many characters of a value are shown.
const SHOWN_MAX: usize = 64;

/// The value as it can be shown in a message or a log.
pub fn shown(value: &str) -> String {
    shown_up_to(value, SHOWN_MAX)
}

/// The same with another limit, for values that must be seen whole, such as a string to sign. It is one of characters as
/// they are shown: `\u{202e}` is eight.
pub fn shown_up_to(value: &str, max_chars: usize) -> String {
    let mut text = String::with_capacity(value.len().min(max_chars));
    let mut chars = 0;
    for c in value.chars() {
        let is_escaped = c.is_control() || turns_writing(c);
        chars += if is_escaped { c.escape_unicode().len() } else { 1 };
        if chars > max_chars {
            text.push('…');
            break;
        }
        if is_escaped {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
    }
    text
}

/// Line separators and the marks that change the direction of what follows.
fn turns_writing(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The longest beginning of `text` that has at most `max_bytes` bytes and cuts no character.
pub fn cut(text: &str, max_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(max_bytes)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_value_is_cut_and_cannot_break_a_line() {
        assert_eq!(shown("浙E12345"), "浙E12345");
        assert_eq!(shown("a\nb\u{202e}c"), "a\\u{a}b\\u{202e}c");
        assert_eq!(shown(&"车".repeat(64)), "车".repeat(64));
        assert_eq!(shown(&"车".repeat(65)), "车".repeat(64) + "…");
        assert_eq!(shown(&"\u{202e}".repeat(9)), "\\u{202e}".repeat(8) + "…");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("停车场", 7), "停车");
        assert_eq!(cut("abc", 7), "abc");
    }
}
