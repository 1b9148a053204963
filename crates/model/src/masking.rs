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
    replace_plates(text, mask)
}

/// The text with every run that has the shape of a plate replaced by what `replaced` makes of its characters.
pub fn replace_plates(text: &str, replaced: impl Fn(&[char]) -> String) -> Cow<'_, str> {
    if has_no_plate(text) {
        return Cow::Borrowed(text);
    }
    let units = units(text);
    let mut found: Vec<Found> = Vec::new();
    // Where a Han character says what it is, what stands around it is its plate's before it is another's.
    for kind in [Kind::Diplomatic, Kind::Led, Kind::Plain] {
        found.sort_by_key(|found| found.at);
        let edges = found.iter().map(|found| (found.at, found.next)).chain([(units.len(), units.len())]);
        let gaps = edges.scan(0, |from, (at, next)| Some((std::mem::replace(from, next), at)));
        let more: Vec<_> = gaps.flat_map(|(from, upto)| plates(&units, from, upto, kind)).collect();
        found.extend(more);
    }
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_by_key(|found| found.at);
    let (mut out, mut copied) = (String::new(), 0);
    for Found { plate, at, next } in &found {
        let (Some(first), Some(last)) = (units.get(*at), units.get(*next - 1)) else { continue };
        out.push_str(text.get(copied..first.start).unwrap_or_default());
        out.push_str(&replaced(plate));
        copied = last.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// Whether it is seen at a glance, as of times and numbers: a plate has a Han character or two letters.
fn has_no_plate(text: &str) -> bool {
    let letters = text.bytes().filter(u8::is_ascii_alphabetic);
    text.is_ascii() && !text.contains('%') && letters.take(2).count() < 2
}

/// A plate in a text: its characters without separators, the unit at which it begins and the one behind it.
struct Found {
    plate: Vec<char>,
    at: usize,
    next: usize,
}

/// By what a plate is known.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// 使, before its number or behind it.
    Diplomatic,
    /// A province or 民航 at the beginning.
    Led,
    /// Letters and digits alone.
    Plain,
}

/// The plates of a kind within a part of the text.
fn plates(units: &[Unit], from: usize, upto: usize, kind: Kind) -> Vec<Found> {
    let units = units.get(..upto).unwrap_or_default();
    let (mut found, mut at) = (Vec::new(), from);
    while at < upto {
        let plate = match kind {
            Kind::Diplomatic => diplomatic(units, from, at),
            Kind::Led | Kind::Plain => plate_at(units, at, kind),
        };
        at = plate.as_ref().map_or(at + 1, |plate| plate.next);
        found.extend(plate);
    }
    found
}

/// The plate around a 使. Where there is a number on either side, which of them it belongs to cannot be told.
fn diplomatic(units: &[Unit], from: usize, at: usize) -> Option<Found> {
    const LEAST: usize = 5;
    const PLACES: usize = 6;
    units.get(at).filter(|unit| unit.c == '使')?;
    let mut before: Vec<_> = run(units.get(from..at)?.iter().enumerate().rev(), PLACES);
    let mut behind: Vec<_> = run(units.get(at + 1..)?.iter().enumerate(), PLACES);
    before.reverse();
    for side in [&mut before, &mut behind] {
        if side.len() < LEAST {
            side.clear();
        }
    }
    if before.is_empty() && behind.is_empty() {
        return None;
    }
    let chars = before.iter().map(|(_, c)| *c).chain(['使']).chain(behind.iter().map(|(_, c)| *c));
    Some(Found {
        plate: chars.collect(),
        at: before.first().map_or(at, |(first, _)| from + first),
        next: behind.last().map_or(at + 1, |(last, _)| at + 1 + last + 1),
    })
}

/// The places that follow one another, separators passed over.
fn run<'u>(units: impl Iterator<Item = (usize, &'u Unit)>, places_max: usize) -> Vec<(usize, char)> {
    let (mut places, mut separators) = (Vec::new(), 0);
    for (number, unit) in units {
        match unit.c {
            c if is_separator(c) && separators < SEPARATORS_MAX => separators += 1,
            c if is_place(c) && places.len() < places_max => {
                separators = 0;
                places.push((number, c));
            }
            _ => break,
        }
    }
    places
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
        units.push(Unit { c: upper(half_width(c)), start, end });
    }
    units
}

/// The capital of a letter, where it is one character too.
fn upper(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    let mut upper = c.to_uppercase();
    upper.next().filter(|_| upper.next().is_none()).unwrap_or(c)
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

/// The plate that begins at a unit.
fn plate_at(units: &[Unit], at: usize, kind: Kind) -> Option<Found> {
    let first = units.get(at)?.c;
    let led = kind == Kind::Led;
    let fits = if led { PROVINCES.contains(first) || first == '民' } else { is_place(first) };
    if !fits {
        return None;
    }
    let starts = at.checked_sub(1).and_then(|before| units.get(before)).is_none_or(|unit| !is_place(unit.c));
    // Most words of most texts are seen to be none by their first three characters.
    if !(led || starts && begins_without_han(units, at)) {
        return None;
    }
    // The longest that has a shape.
    let shaped = (6..=9).rev().find_map(|length| shaped(units, at, length, led, starts));
    shaped.or_else(|| misread(units, at).filter(|_| led))
}

/// Whether a plate without a Han character before it may begin there: those of the armed forces alone are such, of two
/// letters and then digits, or of WJ and whatever follows.
fn begins_without_han(units: &[Unit], at: usize) -> bool {
    let begins = taken(units, at, 3).map(|(chars, _)| chars);
    matches!(begins.as_deref(), Some(['W', 'J', _] | ['A'..='Z', 'A'..='Z', '0'..='9']))
}

/// A plate of so many characters that has one of the shapes of GA 36.
fn shaped(units: &[Unit], at: usize, length: usize, led: bool, starts: bool) -> Option<Found> {
    let (chars, next) = taken(units, at, length)?;
    // What has no Han character before it is part of a longer word as easily as it is a plate.
    let whole = starts && units.get(next).is_none_or(|unit| !is_place(unit.c));
    let plain = |c: &char| is_place(*c) || PROVINCES.contains(*c) || "民航警学挂领港澳超试应急".contains(*c);
    if !(led || whole) || !chars.iter().all(plain) {
        return None;
    }
    let text: String = chars.iter().collect();
    let fits = Plate::read(&text).is_some_and(|plate| plate.shape().is_some());
    fits.then_some(Found { plate: chars, at, next })
}

/// A plate as cameras misread it: a province, then a letter and four places at least; where it stands in quotation marks, as
/// findings have it, any.
fn misread(units: &[Unit], at: usize) -> Option<Found> {
    const PLACES_MIN: usize = 4;
    const PLACES_MAX: usize = 8;
    let (mut plate, mut next) = taken(units, at, 2)?;
    if !plate.last().is_some_and(char::is_ascii_uppercase) {
        return None;
    }
    let skipped = units.get(next..)?.iter().take_while(|unit| is_separator(unit.c)).count();
    next += skipped.min(SEPARATORS_MAX);
    let places: Vec<_> =
        units.get(next..)?.iter().map(|unit| unit.c).take_while(|c| is_place(*c)).take(PLACES_MAX).collect();
    next += places.len();
    plate.extend(&places);
    let is_mark =
        |at: Option<usize>, mark| at.and_then(|at| units.get(at)).is_some_and(|unit| unit.c == mark);
    let is_quoted = is_mark(at.checked_sub(1), '“') && is_mark(Some(next), '”');
    (places.len() >= PLACES_MIN || is_quoted && !places.is_empty()).then_some(Found { plate, at, next })
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
            ("车牌“浙ES54”不符合", "车牌“浙E·**4”不符合"),
            ("the plate “粤B9” fits", "the plate “粤B·*” fits"),
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
            "新B12号口“浙E”",
            "浙E·**345",
            "~ABCDEF2345GHIJKL",
            "~K7ABCDEFGHIJKLM2-in-1588061331",
        ] {
            assert_eq!(mask_plates(text), text);
        }
    }
}
