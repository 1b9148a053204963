//! What the four interfaces about passages have in common: the fields that the text describes in the same words in
//! each of its tables. Which of them an interface requires is in the interface's own file.

use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::lot_side::MEMO_MAX;
use crate::shared::plate_kind::is_large;
pub(super) use crate::shared::writing::{clock, needed, text};
use crate::shared::{Object, RECORD_ID_MAX, TEXT_MAX, WallClock};
use bowei_model::{Direction, Doubt, Facts, LotCode, LotKind, Passage, Plate, PlateKind, RecordId};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

pub(super) const LOT_ID: &str = "parkinglotId";
const RECORD_ID: &str = "parkingdataId";
pub(super) const PARK_TIME_NAME: &str = "parkTime";
const PARK_TIME: &str = "入场时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）";
const VEHICLE_TYPE: &str =
    "车牌类型，整数 1 至 4（1=普通小型车, 2=普通大中型车, 3=新能源小型车, 4=新能源大中型车）";

/// What is written for a car without a plate, since `vehiclePlate` is required; read back as no plate.
const NO_PLATE: &str = "无牌车";

/// parkinglotId, the same field for a lot and for a section of road.
pub(super) fn lot_id<'a>(object: &Object<'a>) -> Result<Cow<'a, str>, Fault> {
    object.required(LOT_ID, "停车场或路段编号，字符串，不超过 255 个字符")?.text(TEXT_MAX)
}

/// parkingdataId.
pub(super) fn record_id<'a>(object: &Object<'a>) -> Result<Cow<'a, str>, Fault> {
    object.required(RECORD_ID, "停车数据id，字符串，不超过 128 个字符")?.text(RECORD_ID_MAX)
}

/// vehiclePlate.
pub(super) fn vehicle_plate<'a>(object: &Object<'a>) -> Result<Cow<'a, str>, Fault> {
    object.required("vehiclePlate", "车牌号，字符串，不超过 255 个字符")?.text(TEXT_MAX)
}

/// vehicleType where the table says 必填 是.
pub(super) fn vehicle_type(object: &Object<'_>) -> Result<VehicleType, Fault> {
    VehicleType::read(&object.required("vehicleType", VEHICLE_TYPE)?)
}

/// vehicleType where the cell 必填 is blank.
pub(super) fn optional_vehicle_type(object: &Object<'_>) -> Result<Option<VehicleType>, Fault> {
    object.optional("vehicleType", VEHICLE_TYPE).map(|value| VehicleType::read(&value)).transpose()
}

/// berthCode.
pub(super) fn berth_code<'a>(object: &Object<'a>) -> Result<Cow<'a, str>, Fault> {
    object.required("berthCode", "泊位号，字符串，不超过 255 个字符")?.text(TEXT_MAX)
}

/// 通道名称, which one table spells `channel_name` and the other `channelName`: the table's own spelling first.
pub(super) fn channel<'a>(object: &Object<'a>, names: [&str; 2]) -> Result<Cow<'a, str>, Fault> {
    object.required_of(&names, "通道名称，字符串，不超过 255 个字符")?.text(TEXT_MAX)
}

/// parkTime.
pub(super) fn park_time(object: &Object<'_>) -> Result<WallClock, Fault> {
    object.required(PARK_TIME_NAME, PARK_TIME)?.wall_clock()
}

/// parkTime of an exit, which the entry has said before: a date that nobody has set says nothing.
pub(super) fn park_time_of_exit(object: &Object<'_>) -> Result<Option<WallClock>, Fault> {
    object.required(PARK_TIME_NAME, PARK_TIME)?.clock_if_set()
}

/// exitTime.
pub(super) fn exit_time(object: &Object<'_>) -> Result<WallClock, Fault> {
    object.required("exitTime", "出场时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）")?.wall_clock()
}

/// remainingSpaces: any whole number, since a doubtful count is still data.
pub(super) fn remaining_spaces(object: &Object<'_>) -> Result<i64, Fault> {
    object.required("remainingSpaces", "剩余空位数，整数")?.integer()
}

/// duration.
pub(super) fn duration(object: &Object<'_>) -> Result<i64, Fault> {
    object.required("duration", "停车时长（单位：分钟），整数")?.integer()
}

/// availableChargers.
pub(super) fn available_chargers(object: &Object<'_>) -> Result<Option<i64>, Fault> {
    object.optional("availableChargers", "剩余充电桩数量，整数").map(|value| value.integer()).transpose()
}

/// isAbnormal.
pub(super) fn is_abnormal(object: &Object<'_>) -> Result<Option<bool>, Fault> {
    object.optional("isAbnormal", "是否异常，布尔值 true 或 false").map(|value| value.boolean()).transpose()
}

/// memo.
pub(super) fn memo<'a>(object: &Object<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    object
        .optional("memo", "异常原因备注，字符串，不超过 1000 个字符")
        .map(|value| value.text(MEMO_MAX))
        .transpose()
}

/// 车牌类型: 1=普通小型车, 2=普通大中型车, 3=新能源小型车, 4=新能源大中型车.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VehicleType {
    Small = 1,
    Large = 2,
    SmallNewEnergy = 3,
    LargeNewEnergy = 4,
}

impl VehicleType {
    fn read(value: &crate::shared::Present<'_>) -> Result<Self, Fault> {
        let number = value.integer()?;
        match number {
            1 => Ok(Self::Small),
            2 => Ok(Self::Large),
            3 => Ok(Self::SmallNewEnergy),
            4 => Ok(Self::LargeNewEnergy),
            _ => Err(value.outside_list(&number.to_string())),
        }
    }

    /// The plate kind of the dictionary.
    pub(super) fn plate_kind(self) -> PlateKind {
        match self {
            Self::Small => PlateKind::SMALL,
            Self::Large => PlateKind::LARGE,
            Self::SmallNewEnergy => PlateKind::SMALL_NEW_ENERGY,
            Self::LargeNewEnergy => PlateKind::LARGE_NEW_ENERGY,
        }
    }

    /// The nearest of the four. Kinds that the text has no number for (police, driving school, embassy) are mostly
    /// cars of the ordinary size.
    pub(super) fn of(kind: PlateKind) -> Self {
        match kind {
            kind if is_large(kind) => Self::Large,
            PlateKind::SMALL_NEW_ENERGY => Self::SmallNewEnergy,
            PlateKind::LARGE_NEW_ENERGY => Self::LargeNewEnergy,
            _ => Self::Small,
        }
    }

    /// The same where the text requires one and the report has none.
    pub(super) fn required_of(kind: Option<PlateKind>) -> Self {
        kind.map_or(Self::Small, Self::of)
    }
}

impl Serialize for VehicleType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

/// A passage with nothing in it but what every one has.
pub(super) fn passage(
    lot: LotCode,
    record_id: &str,
    direction: Direction,
    at: Timestamp,
    plate: &str,
) -> Passage {
    let passage = Passage::new(lot, RecordId::from(record_id), direction, at);
    Passage { plate: Plate::read(plate), ..passage }
}

/// The plate to write.
pub(super) fn plate_text(plate: Option<&Plate>) -> Result<Cow<'_, str>, CannotSeal> {
    text("vehiclePlate", plate.map_or(NO_PLATE, Plate::as_str), TEXT_MAX)
}

/// The record's id to write.
pub(super) fn record_id_text(id: &RecordId) -> Result<Cow<'_, str>, CannotSeal> {
    text(RECORD_ID, id.as_str(), RECORD_ID_MAX)
}

/// The lot's id to write.
pub(super) fn lot_id_text(id: &str) -> Result<Cow<'_, str>, CannotSeal> {
    text(LOT_ID, id, TEXT_MAX)
}

/// The memo to write.
pub(super) fn memo_text(memo: Option<&str>) -> Result<Option<Cow<'_, str>>, CannotSeal> {
    memo.filter(|memo| !memo.trim().is_empty()).map(|memo| text("memo", memo, MEMO_MAX)).transpose()
}

/// The minutes of an exit: what the lot says, or what its two times say.
pub(super) fn minutes(passage: &Passage, entered_at: Timestamp) -> i64 {
    passage.minutes.unwrap_or_else(|| passage.at.duration_since(entered_at).as_mins())
}

/// What is doubted where the interface, or a picture's type, is for the other kind of lot.
pub(super) fn wrong_lot_kind(field: Option<&str>, received: LotKind, expected: LotKind) -> Option<Doubt> {
    let field = field.map(str::to_owned);
    (received != expected).then(|| Facts::WrongLotKind { field, received, expected }.into())
}
