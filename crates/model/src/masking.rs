//! Plates within any text, hidden for eyes that may not see them: record ids, memos, gates' names, addresses of pictures.
//! The text is a stranger's, so that whatever could be a plate is taken for one.

use crate::plate::{PROVINCES, Plate, half_width, mask};
use std::borrow::Cow;

/// Characters that may stand between a plate's own: what [`Plate::read`] takes out, and what ids are put together with.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '·' | '.' | '•' | '・' | '-' | '_')
}

/// Separators that may stand in a row within a plate.
const SEPARATORS_MAX: usize = 2;

/// A character as a plate has it, and where in the text it stands.
struct Unit {
    c: char,
    start: usize,
    end: usize,
}

/// The text with every run that has the shape of a plate masked as [`Plate::masked`] does: `进场-浙E12345-1` is
/// `进场-浙E·**345-1`. Case, width, separators and percent-encoding do not hide a plate.
pub fn mask_plates(text: &str) -> Cow<'_, str> {
    let units = units(text);
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(unit) = units.get(at) {
        let Some((plate, next)) = plate_at(&units, at) else {
            at += 1;
            continue;
        };
        out.push_str(text.get(copied..unit.start).unwrap_or_default());
        out.push_str(&mask(&plate));
        copied = units.get(next - 1).map_or(text.len(), |last| last.end);
        at = next;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

fn units(text: &str) -> Vec<Unit> {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text.char_indices();
    while let Some((start, c)) = rest.next() {
        let encoded = (c == '%').then(|| percent_decoded(text.get(start..).unwrap_or_default())).flatten();
        let (c, end) = match encoded {
            Some((c, length)) => {
                // Its digits are ASCII, a byte each.
                let _ = rest.nth(length - 2);
                (c, start + length)
            }
            None => (c, start + c.len_utf8()),
        };
        let mut upper = half_width(c).to_uppercase();
        let c = upper.next().filter(|_| upper.next().is_none()).unwrap_or(c);
        units.push(Unit { c, start, end });
    }
    units
}

/// The character that percent-encoded bytes at the text's beginning stand for, and how long they are.
fn percent_decoded(text: &str) -> Option<(char, usize)> {
    let byte = |at: usize| {
        let digits = text.get(at..at + 3)?.strip_prefix('%')?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok()).flatten()
    };
    let mut bytes = Vec::with_capacity(4);
    for number in 0..4 {
        bytes.push(byte(number * 3)?);
        if let Some(c) = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
            return Some((c, bytes.len() * 3));
        }
    }
    None
}

/// The plate that begins at a unit, as its characters without separators, and the unit behind it.
fn plate_at(units: &[Unit], at: usize) -> Option<(Vec<char>, usize)> {
    let first = units.get(at)?.c;
    let starts = at.checked_sub(1).and_then(|before| units.get(before)).is_none_or(|unit| !is_place(unit.c));
    let led = PROVINCES.contains(first) || matches!(first, '使' | '民');
    if !led && !is_place(first) {
        return None;
    }
    // The longest that has a shape.
    let shaped = (6..=9).rev().find_map(|length| shaped(units, at, length, led, starts));
    shaped.or_else(|| led_run(units, at, first))
}

/// A plate of so many characters that has one of the shapes of GA 36.
fn shaped(units: &[Unit], at: usize, length: usize, led: bool, starts: bool) -> Option<(Vec<char>, usize)> {
    let (chars, next) = taken(units, at, length)?;
    let text: String = chars.iter().collect();
    let plain =
        |c: &char| is_place(*c) || PROVINCES.contains(*c) || "使民航警学挂领港澳超试应急".contains(*c);
    let fits = chars.iter().all(plain) && Plate::read(&text).is_some_and(|plate| plate.shape().is_some());
    // What has no Han character at either end is part of a longer word as easily as it is a plate.
    let whole = starts && units.get(next).is_none_or(|unit| !is_place(unit.c));
    (fits && (led || text.ends_with('使') || whole)).then_some((chars, next))
}

/// A plate as cameras misread it: a province, then a letter and four places at least, or behind 使 five.
fn led_run(units: &[Unit], at: usize, first: char) -> Option<(Vec<char>, usize)> {
    const PLACES_MAX: usize = 8;
    let is_province = PROVINCES.contains(first);
    let (least, lead) = match first {
        '使' => (5, 1),
        _ if is_province => (4, 2),
        _ => return None,
    };
    let (mut chars, mut next) = taken(units, at, lead)?;
    if is_province && !chars.last().is_some_and(char::is_ascii_uppercase) {
        return None;
    }
    let skipped = units.get(next..)?.iter().take_while(|unit| is_separator(unit.c)).count();
    next += skipped.min(SEPARATORS_MAX);
    let places = units.get(next..)?.iter().take_while(|unit| is_place(unit.c)).take(PLACES_MAX);
    let before = chars.len();
    chars.extend(places.map(|unit| unit.c));
    next += chars.len() - before;
    (chars.len() - before >= least).then_some((chars, next))
}

/// So many characters from a unit on, separators passed over.
fn taken(units: &[Unit], at: usize, length: usize) -> Option<(Vec<char>, usize)> {
    let mut chars = Vec::with_capacity(length);
    let (mut next, mut separators) = (at, 0);
    while chars.len() < length {
        let unit = units.get(next)?;
        if is_separator(unit.c) {
            separators += 1;
            if separators > SEPARATORS_MAX {
                return None;
            }
        } else {
            separators = 0;
            chars.push(unit.c);
        }
        next += 1;
    }
    Some((chars, next))
}

fn is_place(c: char) -> bool {
    c.is_ascii_digit() || c.is_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_within_words_are_masked() {
        for (text, masked) in [
            ("浙E12345", "浙E·**345"),
            ("车牌浙E12345与浙ED12345不符", "车牌浙E·**345与浙E·***345不符"),
            ("R-浙e·12345-in-1588061331", "R-浙E·**345-in-1588061331"),
            ("浙Ｅ１２３４５", "浙E·**345"),
            ("http://x/20260401/%E6%B5%99E12345_1.jpg", "http://x/20260401/浙E·**345_1.jpg"),
            ("20260401浙E1234I进", "20260401浙E·**34I进"),
            ("WJ浙1234X", "WJ·***34X"),
            ("VA12345 出", "VA·**345 出"),
            ("使014578", "使0·**578"),
            ("014578使", "01·**78使"),
            ("民航A1234", "民航·**234"),
            ("浙01-12345", "浙0·***345"),
            ("粤Z1234港", "粤Z·**34港"),
        ] {
            assert_eq!(mask_plates(text), masked, "{text}");
        }
    }

    #[test]
    fn other_words_are_left() {
        for text in [
            "",
            "东门入口",
            "浙江省湖州市人民路 1 号",
            "南京2026年",
            "R1",
            "HZ330502001",
            "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b",
            "2026-04-01T08:15:30+08:00",
            "100%",
            "%E6%B5",
            "使用 3 号门",
            "浙E·**345",
        ] {
            assert_eq!(mask_plates(text), text);
        }
    }
}
