//! The kinds of number plates, a closed dictionary.

use serde::{Deserialize, Serialize};
use std::fmt;

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
