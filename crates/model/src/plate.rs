//! Number plates: their text as read, and their shapes after GA 36.
//!
//! A plate that fits no shape is still data: cameras misread, and foreign or provisional plates exist. It is kept
//! as it came and a finding says so.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a pseudonym begins with, and nothing that is read as a plate.
const PSEUDONYM_MARK: char = '~';

/// Characters of a pseudonym behind its mark: 80 bits in base 32.
const PSEUDONYM_CHARS: usize = 16;

/// A number plate as the lot wrote it, blanks and the dot taken out, full-width letters and digits made plain, letters in
/// upper case, a colour in front taken off. Never empty. Or, in its place, a pseudonym: see [`Plate::pseudonym`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Plate(String);

/// The short names of provinces, regions and municipalities that may begin a plate.
pub const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

/// What lots and cameras write for "no plate", as [`Plate::read`] leaves it and without what [`bare`] takes out. The one
/// list of platform and gateway.
const NO_PLATE: &str = "\
    无 无牌 无牌车 无牌照 无牌照车 无车牌 无车牌号 无车牌车 无号牌 无号牌车 未知 未知车牌 车牌未知 未识别 未识别车牌 车牌未识别 \
    未识别到车牌 未检测到车牌 无法识别 无法识别车牌 未上牌 未悬挂号牌 车牌 临时车 UNKNOWN UNKNOW UNLICENSED \
    UNRECOGNIZED NOTRECOGNIZED NOTRECOGNISED NOPLATE NOREAD NONE NULL NA \
    NIL";

/// A run of these stands for a plate that nobody read.
const FILLERS: [char; 5] = ['0', 'X', '#', '*', '?'];

/// The colours that some firmware writes before a plate, longest first; 色, 牌 or 车 may follow them (`蓝牌浙E12345`).
const COLORS: [&str; 11] =
    ["黄绿双拼", "新能源绿", "渐变绿", "黄绿", "绿黄", "蓝", "黄", "白", "黑", "绿", "红"];

impl Plate {
    /// Reads a plate; `None` where nothing is left of it, or where it says that there is none: in words (`无牌车`,
    /// `UNKNOWN`), in words that a vendor numbers (`无牌车001`, `无A12345`), or by a run of a filler (`00000000`).
    pub fn read(text: &str) -> Option<Self> {
        let plain: String = text
            .chars()
            .map(half_width)
            .filter(|c| !c.is_whitespace() && !matches!(c, '·' | '.' | '•' | '・' | '-' | '~'))
            .flat_map(char::to_uppercase)
            .collect();
        let plate = Self(without_color(&plain).to_owned());
        (!says_none(&plate.0)).then_some(plate)
    }

    /// What stands for a plate that is no longer kept: `~` and sixteen letters and digits (RFC 4648's base 32) of a
    /// digest. No plate that is read begins so, and no text from outside is read as one.
    pub fn pseudonym(digest: &[u8; 32]) -> Self {
        const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bits = digest.iter().take(10).fold(0u128, |bits, byte| (bits << 8) | u128::from(*byte));
        let places = (0..PSEUDONYM_CHARS).rev().map(|place| (bits >> (5 * place)) & 31);
        let letters = places.filter_map(|place| LETTERS.get(usize::try_from(place).ok()?));
        Self(std::iter::once(PSEUDONYM_MARK).chain(letters.map(|letter| char::from(*letter))).collect())
    }

    /// Whether it stands for a plate that is no longer kept.
    pub fn is_pseudonym(&self) -> bool {
        self.0.starts_with(PSEUDONYM_MARK)
    }

    /// What somebody looks for: a pseudonym as it is shown, or a plate.
    pub fn searched(text: &str) -> Option<Self> {
        let text = text.trim();
        let behind = text.strip_prefix(PSEUDONYM_MARK).filter(|behind| behind.len() == PSEUDONYM_CHARS);
        let fits = |c: char| matches!(c, 'A'..='Z' | '2'..='7');
        if behind.is_some_and(|behind| behind.chars().all(fits)) {
            return Some(Self(text.to_owned()));
        }
        Self::read(text)
    }

    /// The plate's text, such as `浙E12345`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shape of GA 36 that the text fits, if any.
    pub fn shape(&self) -> Option<PlateShape> {
        let mut rest = self.0.chars();
        let first = rest.next()?;
        let rest: Vec<char> = rest.collect();
        if first == '使' || (first.is_ascii_digit() && self.0.ends_with('使')) {
            return Some(PlateShape::Diplomatic);
        }
        if first == 'W' && rest.first() == Some(&'J') {
            return Some(PlateShape::ArmedPolice);
        }
        if let ('民', ['航', serial @ ..]) = (first, rest.as_slice()) {
            return civil_aviation(serial);
        }
        if !PROVINCES.contains(first) {
            return military(first, &rest);
        }
        if let ['0'..='9', '0'..='9', five @ ..] = rest.as_slice()
            && five.len() == 5
            && five.iter().all(place)
        {
            return Some(PlateShape::Tractor);
        }
        let (authority, serial) = rest.split_first()?;
        if !authority.is_ascii_uppercase() || *authority == 'I' {
            return None;
        }
        civil(serial)
    }

    /// The plate with its middle hidden, for eyes that may not see it whole: `浙E·**345`. A pseudonym hides it already.
    pub fn masked(&self) -> String {
        if self.is_pseudonym() {
            return self.0.clone();
        }
        mask(&self.0.chars().collect::<Vec<_>>())
    }
}

/// A plate's characters with the middle hidden.
pub(crate) fn mask(plate: &[char]) -> String {
    let (head, tail) = plate.split_at(plate.len().min(2));
    let shown = tail.len().saturating_sub(2).min(3);
    let (hidden, last) = tail.split_at(tail.len() - shown);
    format!(
        "{}·{}{}",
        head.iter().collect::<String>(),
        "*".repeat(hidden.len()),
        last.iter().collect::<String>()
    )
}

impl fmt::Display for Plate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a plate's text looks like, after GA 36-2018 and its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlateShape {
    /// Province, authority, five letters or digits: `浙E12345`.
    Ordinary,
    /// Province, authority, six places, the first a letter of the new-energy series: `浙ED12345`.
    NewEnergySmall,
    /// Province, authority, six places, the last a letter of the new-energy series: `浙E12345D`.
    NewEnergyLarge,
    /// Ends in 警, 学, 挂, 领, 港, 澳, 超 or 试 after four places: `浙E1234警`.
    Marked(char),
    /// Province, letter, four digits and 应急: `浙X0001应急`.
    Emergency,
    /// 民航, a letter and four digits: `民航A1234`.
    CivilAviation,
    /// Province, two digits of the authority, five places: `浙0112345`.
    Tractor,
    /// Begins with 使, or ends with it.
    Diplomatic,
    /// Begins with `WJ`.
    ArmedPolice,
    /// Two letters and five digits.
    Military,
}

/// A full-width letter, digit or mark as the plain one.
pub fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// The plate without a colour before it. A plate itself begins with no colour but 黑, which is a province too: what has a
/// shape as it stands was not marked.
fn without_color(plain: &str) -> &str {
    let shaped = |text: &str| Plate(text.to_owned()).shape().is_some();
    let Some(rest) = COLORS.iter().find_map(|color| plain.strip_prefix(color)) else { return plain };
    if shaped(plain) {
        return plain;
    }
    let rest = rest.strip_prefix('色').unwrap_or(rest);
    let rest = rest.strip_prefix("牌照").or_else(|| rest.strip_prefix(['牌', '车'])).unwrap_or(rest);
    // A misread plate behind its colour has no shape either: a province's name is enough. Behind a colour there may be a
    // word for no plate, or nothing, too.
    let marked = shaped(rest) || says_none(rest) || rest.starts_with(|c| PROVINCES.contains(c));
    if marked { rest } else { plain }
}

/// Whether a text says that there is no plate.
fn says_none(plain: &str) -> bool {
    let bare: String = plain.chars().filter(|c| !matches!(c, '_' | '/' | '(' | ')' | '[' | ']')).collect();
    let numbered = |word: &str| {
        let Some(number) = bare.strip_prefix(word) else { return false };
        // Some vendors number with letters too. Latin words are followed by digits alone and are no short ones: NA12345
        // is a plate.
        match word.is_ascii() {
            true => word.len() > 3 && number.bytes().all(|b| b.is_ascii_digit()),
            false => number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#'),
        }
    };
    bare.chars().all(|c| FILLERS.contains(&c))
        || NO_PLATE.split(' ').any(|word| word == bare)
        || NO_PLATE.split(' ').any(numbered)
}

/// I and O are left out of serials because they read as 1 and 0.
fn place(c: &char) -> bool {
    c.is_ascii_digit() || (c.is_ascii_uppercase() && !matches!(c, 'I' | 'O'))
}

/// The serial part of a plate after province and authority.
fn civil(serial: &[char]) -> Option<PlateShape> {
    // GA 36-2018: D, A, B, C, E stand for battery-electric, F, G, H, J, K for the other new energies.
    let energy = |c: &char| matches!(c, 'A'..='H' | 'J' | 'K');
    match serial {
        [four @ .., '应', '急'] if four.len() == 4 && four.iter().all(char::is_ascii_digit) => {
            Some(PlateShape::Emergency)
        }
        [four @ .., mark] if four.len() == 4 && "警学挂领港澳超试".contains(*mark) => {
            four.iter().all(place).then_some(PlateShape::Marked(*mark))
        }
        [_, _, _, _, _] => serial.iter().all(place).then_some(PlateShape::Ordinary),
        [kind, second, four @ ..] if four.len() == 4 && energy(kind) && place(second) => {
            four.iter().all(char::is_ascii_digit).then_some(PlateShape::NewEnergySmall)
        }
        [five @ .., kind] if five.len() == 5 && energy(kind) => {
            five.iter().all(char::is_ascii_digit).then_some(PlateShape::NewEnergyLarge)
        }
        _ => None,
    }
}

fn civil_aviation(serial: &[char]) -> Option<PlateShape> {
    let (letter, number) = serial.split_first()?;
    let right = letter.is_ascii_uppercase() && number.len() == 4 && number.iter().all(char::is_ascii_digit);
    right.then_some(PlateShape::CivilAviation)
}

fn military(first: char, rest: &[char]) -> Option<PlateShape> {
    let (second, serial) = rest.split_first()?;
    let letters = first.is_ascii_uppercase() && second.is_ascii_uppercase();
    let digits = serial.len() == 5 && serial.iter().all(char::is_ascii_digit);
    (letters && digits).then_some(PlateShape::Military)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Option<PlateShape> {
        Plate::read(text).and_then(|p| p.shape())
    }

    #[test]
    fn plates_of_ga_36_have_their_shapes() {
        assert_eq!(shape("浙E12345"), Some(PlateShape::Ordinary));
        assert_eq!(shape("粤BLMN56"), Some(PlateShape::Ordinary));
        assert_eq!(shape("浙ED12345"), Some(PlateShape::NewEnergySmall));
        assert_eq!(shape("浙EDA2345"), Some(PlateShape::NewEnergySmall));
        assert_eq!(shape("浙E12345D"), Some(PlateShape::NewEnergyLarge));
        assert_eq!(shape("浙E1234警"), Some(PlateShape::Marked('警')));
        assert_eq!(shape("粤Z1234港"), Some(PlateShape::Marked('港')));
        assert_eq!(shape("使014578"), Some(PlateShape::Diplomatic));
        assert_eq!(shape("WJ浙1234X"), Some(PlateShape::ArmedPolice));
        assert_eq!(shape("VA12345"), Some(PlateShape::Military));
    }

    #[test]
    fn what_no_authority_issues_has_no_shape() {
        for odd in
            ["浙E1234", "浙EO1234I", "E12345", "浙e", "浙I12345", "ABCDEFG", "浙EZ123456", "浙E1234567"]
        {
            assert_eq!(shape(odd), None, "{odd}");
        }
    }

    #[test]
    fn plates_of_other_authorities_have_their_shapes() {
        for (text, expected) in [
            ("浙X0001应急", PlateShape::Emergency),
            ("粤S·1234应急", PlateShape::Emergency),
            ("民航A1234", PlateShape::CivilAviation),
            ("民航·B 0001", PlateShape::CivilAviation),
            ("浙01-12345", PlateShape::Tractor),
            ("浙0112345", PlateShape::Tractor),
            ("黑02·A1234", PlateShape::Tractor),
        ] {
            assert_eq!(shape(text), Some(expected), "{text}");
        }
        for odd in ["浙X001应急", "浙XA001应急", "民航1234", "民航A123", "浙011234", "浙01123456", "01-12345"]
        {
            assert_eq!(shape(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_plate_in_full_width_or_behind_its_colour_is_the_same_plate() {
        let plate = Plate::read("浙E12345");
        for text in [
            "浙Ｅ１２３４５",
            "浙ｅ１２３４５",
            "蓝浙E12345",
            "蓝牌浙E12345",
            "蓝色浙E12345",
            "黄绿浙E12345",
            "渐变绿浙E12345",
            "黄绿双拼浙E12345",
            "黑浙E12345",
            "白浙E·12345",
            "黄牌　浙E12345",
            "绿色牌照浙E12345",
        ] {
            assert_eq!(Plate::read(text), plate, "{text}");
        }
        let read = |text: &str| Plate::read(text).unwrap().to_string();
        assert_eq!(read("黑A12345"), "黑A12345", "Heilongjiang's own plates stay");
        assert_eq!(read("蓝黑A12345"), "黑A12345");
        assert_eq!(read("蓝浙E1234"), "浙E1234", "a place misread");
        assert_eq!(read("黄A12345"), "黄A12345", "a province misread");
        assert_eq!(read("白WJ浙1234X"), "WJ浙1234X");
    }

    #[test]
    fn what_says_that_there_is_no_plate_is_none() {
        for text in [
            "",
            " ",
            "-",
            "----",
            "无",
            "无牌",
            "无牌车",
            "无牌照",
            "无号牌车",
            "未知",
            "未知车牌",
            "未识别",
            "车牌未识别",
            "未检测到车牌",
            "无法识别",
            "UNKNOWN",
            "Unknown",
            "NONE",
            "none",
            "N/A",
            "n/a",
            "NA",
            "NO_PLATE",
            "No Plate",
            "NOREAD",
            "NotRecognized",
            "_无_",
            "_无牌车_",
            "(无牌)",
            "（无牌）",
            "临时车",
            "临时车007",
            "0",
            "0000000",
            "００００",
            "XXXXXXX",
            "#######",
            "*******",
            "???????",
            "？？",
            "无牌车001",
            "无牌车_12",
            "无A12345",
            "未识别3",
            "UNKNOWN12",
            "蓝无牌车",
            "蓝",
            "蓝牌",
            "null",
            "车牌",
        ] {
            assert_eq!(Plate::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_could_be_a_plate_is_kept() {
        for text in [
            "NA12345",
            "浙E00000",
            "X1",
            "无锡B12345",
            "浙E*****",
            "NOREADER",
            "临时车牌浙E",
            "00001",
            "A000",
        ] {
            assert!(Plate::read(text).is_some(), "{text}");
        }
    }

    #[test]
    fn blanks_dots_and_small_letters_do_not_matter() {
        assert_eq!(Plate::read(" 浙e·123 45 "), Plate::read("浙E12345"));
        assert_eq!(Plate::read("无牌车"), None);
        assert_eq!(Plate::read("  "), None);
    }

    #[test]
    fn a_pseudonym_is_no_plate_and_no_text_is_read_as_one() {
        let pseudonym = Plate::pseudonym(&[0xa5; 32]);
        assert_eq!(pseudonym.as_str(), "~UWS2LJNFUWS2LJNF");
        assert!(pseudonym.is_pseudonym() && pseudonym.shape().is_none());
        assert_eq!(pseudonym.masked(), pseudonym.as_str());
        assert_eq!(crate::mask_plates(pseudonym.as_str()), pseudonym.as_str());
        for text in ["~UWS2LJNFUWS2LJNF", "～UWS2LJNFUWS2LJNF", "~浙E12345"] {
            assert!(!Plate::read(text).unwrap().is_pseudonym(), "{text}");
        }
        assert_eq!(Plate::read("~"), None);
        assert_eq!(Plate::searched(pseudonym.as_str()), Some(pseudonym));
        assert_eq!(Plate::searched("浙e·12345"), Plate::read("浙E12345"));
        assert_eq!(Plate::searched("~浙E12345"), Plate::read("浙E12345"));
    }

    #[test]
    fn a_masked_plate_keeps_authority_and_last_three() {
        assert_eq!(Plate::read("浙E12345").unwrap().masked(), "浙E·**345");
        assert_eq!(Plate::read("浙ED12345").unwrap().masked(), "浙E·***345");
        assert_eq!(Plate::read("浙").unwrap().masked(), "浙·");
    }
}
