//! 3.5.4 停车场入场事件上报: `POST /api/parkinglot/in`, when the barrier of a lot has let a car in.

use super::passage::{self, VehicleType};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::plate_kind::kind_of;
use crate::shared::{Object, TEXT_MAX, WallClock};
use bowei_model::{Direction, LotCode, Passage};
use serde::Serialize;
use std::borrow::Cow;

/// 3.5.4 表, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ParkinglotIn<'a> {
    /// 3.5.4 表 parkinglotId, string, 必填: 停车场Id
    parkinglot_id: Cow<'a, str>,
    /// 3.5.4 表 parkingdataId, string, 必填: 停车数据id，一次完整的进/出场记录，拥有同一个id
    parkingdata_id: Cow<'a, str>,
    /// 3.5.4 表 vehiclePlate, string, 必填: 车牌号
    vehicle_plate: Cow<'a, str>,
    /// 3.5.4 表 vehicleType, int, 必填一格空白: 车牌类型 1–4
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle_type: Option<VehicleType>,
    /// 3.5.4 表 channel_name, string, 必填: 通道名称
    #[serde(rename = "channel_name")]
    channel_name: Cow<'a, str>,
    /// 3.5.4 表 parkTime, string, 必填: 入场时间，yyyy-MM-dd HH:mm:ss
    park_time: WallClock,
    /// 3.5.4 表 remainingSpaces, int, 必填: 该停车场剩余空位数
    remaining_spaces: i64,
    /// 3.5.4 表 availableChargers, int, 否: 剩余充电桩数量
    #[serde(skip_serializing_if = "Option::is_none")]
    available_chargers: Option<i64>,
    /// 3.5.4 表 isAbnormal, bool, 否: 是否异常
    #[serde(skip_serializing_if = "Option::is_none")]
    is_abnormal: Option<bool>,
    /// 3.5.4 表 memo, string, 否: 异常原因备注
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<Cow<'a, str>>,
}

impl<'a> ParkinglotIn<'a> {
    pub(super) fn read(object: &Object<'a>) -> Result<Self, Fault> {
        Ok(Self {
            parkinglot_id: passage::lot_id(object)?,
            parkingdata_id: passage::record_id(object)?,
            vehicle_plate: passage::vehicle_plate(object)?,
            vehicle_type: passage::optional_vehicle_type(object)?,
            channel_name: passage::channel(object, ["channel_name", "channelName"])?,
            park_time: passage::park_time(object)?,
            remaining_spaces: passage::remaining_spaces(object)?,
            available_chargers: passage::available_chargers(object)?,
            is_abnormal: passage::is_abnormal(object)?,
            memo: passage::memo(object)?,
        })
    }

    pub(super) fn into_passage(self, lot: LotCode) -> Passage {
        let at = self.park_time.at();
        Passage {
            plate_kind: self.vehicle_type.map(VehicleType::plate_kind),
            gate: Some(self.channel_name.into_owned()),
            vacant: Some(self.remaining_spaces),
            charging_vacant: self.available_chargers,
            abnormal: self.is_abnormal,
            memo: self.memo.map(Cow::into_owned),
            ..passage::passage(lot, &self.parkingdata_id, Direction::Entry, at, &self.vehicle_plate)
        }
    }

    pub(super) fn write(entry: &'a Passage, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let gate = passage::needed("channel_name", entry.gate.as_deref())?;
        Ok(Self {
            parkinglot_id: passage::lot_id_text(lot_id)?,
            parkingdata_id: passage::record_id_text(&entry.record_id)?,
            vehicle_plate: passage::plate_text(entry.plate.as_ref())?,
            vehicle_type: kind_of(entry).map(VehicleType::of),
            channel_name: passage::text("channel_name", gate, TEXT_MAX)?,
            park_time: passage::clock("parkTime", entry.at)?,
            remaining_spaces: passage::needed("remainingSpaces", entry.vacant)?,
            available_chargers: entry.charging_vacant,
            is_abnormal: entry.abnormal,
            memo: passage::memo_text(entry.memo.as_deref())?,
        })
    }
}
