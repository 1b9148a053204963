//! What lots list besides their passages: the cars inside, pictures with names of their own, off-peak offers and
//! orders. Each is known by a name; of several words on the same name the one said last counts.

use crate::{LotCode, Picture, Plate};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The cars inside at one moment, as the lot says (场内车辆).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CarsInside {
    /// The lot.
    pub lot: LotCode,
    /// The moment.
    pub at: Timestamp,
    /// Their plates, in the order of the list; cars without a plate are not in it.
    pub plates: Vec<Plate>,
}

/// A picture that other reports refer to by its id (公共图片).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NamedPhoto {
    /// The lot.
    pub lot: LotCode,
    /// The picture's own id, which a passage's `photo_id` or a lot's base data names.
    pub photo_id: String,
    /// What it shows.
    pub shows: PhotoSubject,
    /// When it was taken.
    pub taken_at: Option<Timestamp>,
    /// The file's name, as the sender gave it.
    pub file_name: Option<String>,
    /// The picture.
    pub picture: Picture,
}

/// What a picture with a name of its own shows (图片业务类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhotoSubject {
    /// 收费标价牌.
    TariffBoard,
    /// 停车场平面图.
    FloorPlan,
    /// 车位分布图.
    SpaceMap,
    /// 车牌照片.
    Plate,
    /// 其他.
    Other,
}

impl PhotoSubject {
    /// Its name, kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Self::TariffBoard => "tariff-board",
            Self::FloorPlan => "floor-plan",
            Self::SpaceMap => "space-map",
            Self::Plate => "plate",
            Self::Other => "other",
        }
    }
}

/// An off-peak offer (错峰套餐): spaces that a lot shares at hours when it has too many.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OffPeakPackage {
    /// The lot.
    pub lot: LotCode,
    /// The offer's number (套餐编号): its identity within the lot.
    pub package_no: String,
    /// Number of the lot's licence (许可决定文书号).
    pub permit_no: Option<String>,
    /// Code of the off-peak service (服务商编码).
    pub service_code: String,
    /// The kind of offer, in the parties' own numbering (套餐类型).
    pub package_kind: i64,
    /// Its price in yuan (套餐价格).
    pub price: Decimal,
    /// Its state: 0 off, 1 on (套餐状态).
    pub status: i64,
}

/// An order of an off-peak offer (错峰订单).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OffPeakOrder {
    /// The lot.
    pub lot: LotCode,
    /// The order's number (订单号): its identity within the lot.
    pub order_no: String,
    /// Code of the off-peak service (服务商编码).
    pub service_code: String,
    /// The offer ordered (套餐编号).
    pub package_no: String,
    /// The car.
    pub plate: Option<Plate>,
    /// What the order costs, in yuan (订单金额).
    pub amount: Decimal,
    /// Its state, in the parties' own numbering (订单状态).
    pub status: i64,
}
