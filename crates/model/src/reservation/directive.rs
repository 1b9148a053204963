//! A reservation as it goes down to a lot (预约停车), and its cancellation.

use crate::{LotCode, Plate, PlateKind, Vehicle};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A space kept for a car at an agreed time; which space is not said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reservation {
    /// The lot.
    pub lot: LotCode,
    /// The reservation's code, made by the platform (预约编码).
    #[serde(rename = "booking")]
    pub reservation_code: String,
    /// The car.
    pub plate: Plate,
    /// Its plate's kind.
    pub plate_kind: Option<PlateKind>,
    /// What it looks like.
    pub vehicle: Option<Vehicle>,
    /// When it is to come (预约入场时间).
    pub arrives_at: Timestamp,
    /// When the reservation runs out (预约过期时间).
    pub expires_at: Timestamp,
    /// Minutes for which the space is kept from `arrives_at` on (保留时长).
    pub kept_minutes: i64,
    /// Whether the lot is to look at its free spaces first (预约订单类型: 需要判断余位).
    pub only_if_free: bool,
    /// What kind of space.
    pub space: SpaceKind,
    /// Whether it changes a reservation made before (操作类型: 变更).
    pub changes: bool,
}

/// What kind of space is reserved (预约车位类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpaceKind {
    /// 普通车位.
    Ordinary,
    /// 充电车位.
    Charging,
    /// 无障碍车位.
    Accessible,
}

/// A reservation is called off (取消预约).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cancellation {
    /// The lot.
    pub lot: LotCode,
    /// The reservation's code.
    #[serde(rename = "booking")]
    pub reservation_code: String,
}
