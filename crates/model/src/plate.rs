//! Number plates: their text as read, their shapes after GA 36, and their kinds.
//!
//! A plate that fits no shape is still data: cameras misread, and foreign or provisional plates exist. It is kept
//! as it came and a finding says so.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A number plate as the lot wrote it, blanks and the dot taken out, letters in upper case. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Plate(String);

/// The short names of provinces, regions and municipalities that may begin a plate.
const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

impl Plate {
    /// Reads a plate; `None` where nothing is left of it. Words that say "no plate" (`无牌`, `无牌车`) count as none.
    pub fn read(text: &str) -> Option<Self> {
        let plain: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '·' | '.' | '•' | '-'))
            .flat_map(char::to_uppercase)
            .collect();
        let none =
            plain.is_empty() || matches!(plain.as_str(), "无牌" | "无牌车" | "无车牌" | "无号牌" | "未识别");
        (!none).then_some(Self(plain))
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
        if !PROVINCES.contains(first) {
            return military(first, &rest);
        }
        let (authority, serial) = rest.split_first()?;
        if !authority.is_ascii_uppercase() || *authority == 'I' {
            return None;
        }
        civil(serial)
    }

    /// The plate with its middle hidden, for eyes that may not see it whole: `浙E·**345`.
    pub fn masked(&self) -> String {
        let chars: Vec<char> = self.0.chars().collect();
        let (head, tail) = chars.split_at(chars.len().min(2));
        let shown = tail.len().saturating_sub(2).min(3);
        let (hidden, last) = tail.split_at(tail.len() - shown);
        format!(
            "{}·{}{}",
            head.iter().collect::<String>(),
            "*".repeat(hidden.len()),
            last.iter().collect::<String>()
        )
    }
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
    /// Begins with 使, or ends with it.
    Diplomatic,
    /// Begins with `WJ`.
    ArmedPolice,
    /// Two letters and five digits.
    Military,
}

/// The serial part of a plate after province and authority.
fn civil(serial: &[char]) -> Option<PlateShape> {
    // I and O are left out of serials because they read as 1 and 0.
    let place = |c: &char| c.is_ascii_digit() || (c.is_ascii_uppercase() && !matches!(c, 'I' | 'O'));
    // GA 36-2018: D, A, B, C, E stand for battery-electric, F, G, H, J, K for the other new energies.
    let energy = |c: &char| matches!(c, 'A'..='H' | 'J' | 'K');
    match serial {
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

fn military(first: char, rest: &[char]) -> Option<PlateShape> {
    let (second, serial) = rest.split_first()?;
    let letters = first.is_ascii_uppercase() && second.is_ascii_uppercase();
    let digits = serial.len() == 5 && serial.iter().all(char::is_ascii_digit);
    (letters && digits).then_some(PlateShape::Military)
}

/// The kind of a plate (机动车号牌种类): the two digits of GA 24.7, as in annex C of the Shenzhen text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlateKind(u8);

impl PlateKind {
    /// 大型汽车, yellow.
    pub const LARGE: Self = Self(1);
    /// 小型汽车, blue.
    pub const SMALL: Self = Self(2);
    /// 无号牌.
    pub const NONE: Self = Self(41);
    /// 大型新能源汽车, yellow-green.
    pub const LARGE_NEW_ENERGY: Self = Self(51);
    /// 小型新能源汽车, green.
    pub const SMALL_NEW_ENERGY: Self = Self(52);
    /// 其他号牌.
    pub const OTHER: Self = Self(99);

    /// The kind with that code, where the dictionary has it: 01–27, 31, 32, 41–43, 51, 52, 99.
    pub fn from_code(code: u8) -> Option<Self> {
        matches!(code, 1..=27 | 31 | 32 | 41..=43 | 51 | 52 | 99).then_some(Self(code))
    }

    /// The code as a number.
    pub fn code(self) -> u8 {
        self.0
    }
}

impl fmt::Display for PlateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

impl From<PlateKind> for String {
    fn from(kind: PlateKind) -> Self {
        kind.to_string()
    }
}

impl TryFrom<String> for PlateKind {
    type Error = UnknownPlateKind;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().ok().and_then(Self::from_code).ok_or(UnknownPlateKind(text))
    }
}

/// Two digits that the dictionary of plate kinds does not have.
#[derive(Debug)]
pub struct UnknownPlateKind(String);

impl fmt::Display for UnknownPlateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no plate kind of the dictionary (01-27, 31, 32, 41-43, 51, 52, 99)", self.0)
    }
}

impl std::error::Error for UnknownPlateKind {}

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
    fn blanks_dots_and_small_letters_do_not_matter() {
        assert_eq!(Plate::read(" 浙e·123 45 "), Plate::read("浙E12345"));
        assert_eq!(Plate::read("无牌车"), None);
        assert_eq!(Plate::read("  "), None);
    }

    #[test]
    fn a_masked_plate_keeps_authority_and_last_three() {
        assert_eq!(Plate::read("浙E12345").unwrap().masked(), "浙E·**345");
        assert_eq!(Plate::read("浙ED12345").unwrap().masked(), "浙E·***345");
        assert_eq!(Plate::read("浙").unwrap().masked(), "浙·");
    }
}
