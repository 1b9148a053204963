//! 附录 D 机动车颜色字典.

use crate::Fault;
use crate::shared::Present;
use serde::{Serialize, Serializer};

pub(in crate::shenzhen) const EXPECTED: &str =
    "车辆颜色代码，整数 1 至 8（附录 D：1=白色, 2=灰色, 3=黑色, 4=红色, 5=黄色, 6=绿色, 7=蓝色, 8=其他）";

/// 表 D.1 in its order: the first is code 1.
const NAMES: [&str; 8] = ["白色", "灰色", "黑色", "红色", "黄色", "绿色", "蓝色", "其他"];
const OTHER: CarColor = CarColor(8);

/// A car's colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shenzhen) struct CarColor(i64);

impl CarColor {
    /// Reads a code; `None` for 0, the Int that nobody has set.
    pub(in crate::shenzhen) fn read(value: &Present<'_>) -> Result<Option<Self>, Fault> {
        let code = value.integer_in(0..=NAMES.len() as i64)?;
        Ok((code != 0).then_some(Self(code)))
    }

    /// Its name in Chinese.
    pub(in crate::shenzhen) fn name(self) -> Option<String> {
        super::e_plate_color::nth(&NAMES, self.0)
    }

    /// The code for a colour in somebody's own words; colours that the text has no code for are 其他.
    pub(in crate::shenzhen) fn of(name: &str) -> Self {
        super::e_plate_color::place(&NAMES, name).map_or(OTHER, Self)
    }
}

impl Serialize for CarColor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}
