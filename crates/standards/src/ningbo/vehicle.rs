//! 5.3: what is said of a car besides its plate. On reading everything free is taken as it comes; on writing only the
//! words that the text lists.

use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::value::integer;
use crate::shared::{Object, TEXT_MAX, writing};
use bowei_model::{PlateKind, Vehicle};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

const VEHTYPE: &str = "车辆类型，01（大车）、02（小车）、07（摩托车）、08（轻便摩托车）、51（大型新能源汽车）或 52（小型新能源汽车）";

/// 车辆类型: six of the plate kinds of the dictionary, under the same codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vehtype(u8);

impl Vehtype {
    /// The code, with or without its leading zero: as a number it cannot have one.
    pub(super) fn read(object: &Object<'_>) -> Result<Self, Fault> {
        let value = object.required("vehtype", VEHTYPE)?;
        let text = value.text(TEXT_MAX)?;
        match integer(text.trim()) {
            Some(code @ (1 | 2 | 7 | 8 | 51 | 52)) => Ok(Self(code as u8)),
            _ => Err(value.outside_list(&text)),
        }
    }

    pub(super) fn plate_kind(self) -> Option<PlateKind> {
        PlateKind::from_code(self.0)
    }

    /// The nearest of the six; without any kind a small car, which most are.
    pub(super) fn of(kind: Option<PlateKind>) -> Self {
        Self(match kind.map_or(2, PlateKind::code) {
            code @ (8 | 51 | 52) => code,
            // 大型汽车, 拖拉机, 挂车
            1 | 14 | 15 => 1,
            // 普通, 使馆, 领馆, 境外, 外籍, 教练, 试验, 临时入境 and 警用摩托车
            7 | 9..=12 | 17 | 19 | 21 | 24 => 7,
            _ => 2,
        })
    }
}

impl Serialize for Vehtype {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:02}", self.0))
    }
}

const PLATE_COLORS: [&str; 6] = ["蓝", "黄", "黑", "白", "渐变绿", "黄绿双拼"];
const COLORS: [&str; 10] = ["蓝色", "黄色", "黑色", "白色", "灰色", "绿色", "红色", "紫色", "粉色", "棕色"];
/// The text's word for a colour that nobody can tell.
const UNRECOGNISED: &str = "未识别";
/// The text's word for a make that nobody can tell.
const NO_BRAND: &str = "000";

/// 5.3 表 序号 11 to 14, in its order. All four where anything is known of the car, none where nothing is.
#[derive(Debug, Default, Serialize)]
pub(super) struct Looks<'a> {
    /// 5.3 表 序号 11 hpys, String, 否: 车牌颜色
    #[serde(skip_serializing_if = "Option::is_none")]
    hpys: Option<Cow<'a, str>>,
    /// 5.3 表 序号 12 mainbrandid, String, 否: 主品牌ID，默认000
    #[serde(skip_serializing_if = "Option::is_none")]
    mainbrandid: Option<Cow<'a, str>>,
    /// 5.3 表 序号 13 subbrandid, String, 否: 子品牌ID，默认000
    #[serde(skip_serializing_if = "Option::is_none")]
    subbrandid: Option<Cow<'a, str>>,
    /// 5.3 表 序号 14 csys, String, 否: 车身颜色
    #[serde(skip_serializing_if = "Option::is_none")]
    csys: Option<Cow<'a, str>>,
}

impl<'a> Looks<'a> {
    pub(super) fn read(object: &Object<'a>) -> Result<Self, Fault> {
        let field = |name, expected, nothing| {
            let text = object.optional(name, expected).map(|value| value.text(TEXT_MAX)).transpose()?;
            Ok::<_, Fault>(text.filter(|text| text.trim() != nothing))
        };
        Ok(Self {
            hpys: field("hpys", "车牌颜色，字符串，不超过 255 个字符", UNRECOGNISED)?,
            mainbrandid: field("mainbrandid", "主品牌ID，字符串，不超过 255 个字符", NO_BRAND)?,
            subbrandid: field("subbrandid", "子品牌ID，字符串，不超过 255 个字符", NO_BRAND)?,
            csys: field("csys", "车身颜色，字符串，不超过 255 个字符", UNRECOGNISED)?,
        })
    }

    pub(super) fn into_vehicle(self) -> Option<Vehicle> {
        let own = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let (color, plate_color) = (own(self.csys), own(self.hpys));
        Vehicle { color, plate_color, brand: own(self.mainbrandid), sub_brand: own(self.subbrandid) }
            .or_none()
    }

    pub(super) fn write(vehicle: Option<&'a Vehicle>) -> Result<Self, CannotSeal> {
        let Some(vehicle) = vehicle else { return Ok(Self::default()) };
        let brand = |field, id: &'a Option<String>| match id.as_deref().filter(|id| !id.trim().is_empty()) {
            Some(id) => writing::text(field, id, TEXT_MAX),
            None => Ok(NO_BRAND.into()),
        };
        Ok(Self {
            hpys: Some(listed(vehicle.plate_color.as_deref(), &PLATE_COLORS)),
            mainbrandid: Some(brand("mainbrandid", &vehicle.brand)?),
            subbrandid: Some(brand("subbrandid", &vehicle.sub_brand)?),
            csys: Some(listed(vehicle.color.as_deref(), &COLORS)),
        })
    }
}

/// The colour's word of the list, with or without the 色 at its end.
fn listed(color: Option<&str>, list: &[&'static str]) -> Cow<'static, str> {
    let bare = |word: &str| word.trim().trim_end_matches('色').to_owned();
    let found = color.and_then(|color| list.iter().find(|word| bare(word) == bare(color)));
    Cow::Borrowed(found.copied().unwrap_or(UNRECOGNISED))
}
