//! 附录 E 机动车号牌颜色字典.

use crate::Fault;
use crate::shared::Present;
use serde::{Serialize, Serializer};

pub(in crate::shenzhen) const EXPECTED: &str =
    "车牌颜色代码，整数 1 至 6（附录 E：1=蓝色, 2=黄色, 3=黑色, 4=白色, 5=绿色, 6=黄绿色）";

/// 表 E.1 in its order: the first is code 1.
const NAMES: [&str; 6] = ["蓝色", "黄色", "黑色", "白色", "绿色", "黄绿色"];

/// A plate's colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shenzhen) struct PlateColor(i64);

impl PlateColor {
    /// Reads a code; `None` for 0, the Int that nobody has set.
    pub(in crate::shenzhen) fn read(value: &Present<'_>) -> Result<Option<Self>, Fault> {
        let code = value.integer_in(0..=NAMES.len() as i64)?;
        Ok((code != 0).then_some(Self(code)))
    }

    /// Its name in Chinese.
    pub(in crate::shenzhen) fn name(self) -> Option<String> {
        nth(&NAMES, self.0)
    }

    /// The code for a colour in somebody's own words, if there is one.
    pub(in crate::shenzhen) fn of(name: &str) -> Option<Self> {
        // Small new-energy plates fade from white to green, large ones are half yellow, half green.
        let name = match name.trim().trim_end_matches('色') {
            "渐变绿" => "绿",
            "黄绿双拼" => "黄绿",
            name => name,
        };
        place(&NAMES, name).map(Self)
    }
}

impl Serialize for PlateColor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

/// The name of a code that counts from 1.
pub(super) fn nth(names: &[&str], code: i64) -> Option<String> {
    let place = usize::try_from(code).ok()?.checked_sub(1)?;
    names.get(place).map(|name| (*name).to_owned())
}

/// The code, counted from 1, of a colour's name with or without 色.
pub(super) fn place(names: &[&str], name: &str) -> Option<i64> {
    let bare = |text: &str| text.trim().trim_end_matches('色').to_owned();
    let place = names.iter().position(|known| bare(known) == bare(name))?;
    i64::try_from(place + 1).ok()
}
