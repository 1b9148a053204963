//! Pictures with an id of their own that other reports refer to. Of several of one id the one sent last counts.

use crate::{LotCode, Picture};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
