//! The words of a closed list that facts are made of.

use serde::{Deserialize, Serialize};

/// A required item of the base data (article 5 of the measures).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaseDataItem {
    /// 停车场名称, 道路停车路段名称.
    Name,
    /// 停车场编号, 道路停车路段编号.
    Code,
    /// 停车场类型, 泊位类型.
    Category,
    /// 行政区划.
    District,
    /// 详细地址.
    Address,
    /// 经度、纬度.
    Position,
    /// 泊位数.
    SpacesTotal,
    /// 充电桩泊位数.
    ChargingSpaces,
    /// 收费标准.
    Tariff,
}

impl BaseDataItem {
    /// Its name, kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Code => "code",
            Self::Category => "category",
            Self::District => "district",
            Self::Address => "address",
            Self::Position => "position",
            Self::SpacesTotal => "spaces-total",
            Self::ChargingSpaces => "charging-spaces",
            Self::Tariff => "tariff",
        }
    }
}

/// Spaces of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spaces {
    /// 剩余空位: all of them.
    All,
    /// 剩余充电车位.
    Charging,
    /// 可预约剩余车位.
    Reservable,
    /// 月卡剩余车位.
    Monthly,
    /// 固定剩余车位.
    Fixed,
    /// 临时剩余车位.
    Temporary,
}

/// What a time is the time of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeOf {
    /// 过车时间.
    Passage,
    /// 计数时间, of free spaces.
    SpaceCount,
    /// 结束时间, of a charge.
    ChargeEnd,
    /// 清单时间, of the cars inside.
    CarsInside,
}
