//! 3.5.5 停车场出场事件上报: `POST /api/parkinglot/out`, when the barrier of a lot has let a car out.

use super::passage::{self, VehicleType};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::plate_kind::kind_of;
use crate::shared::{Object, TEXT_MAX, WallClock};
use bowei_model::{Direction, LotCode, Passage};
use serde::Serialize;
use std::borrow::Cow;

/// 3.5.5 表, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ParkinglotOut<'a> {
    /// 3.5.5 表 parkinglotId, string, 必填: 停车场Id
    parkinglot_id: Cow<'a, str>,
    /// 3.5.5 表 parkingdataId, string, 必填: 停车数据id，一次完整的进/出场记录，拥有同一个id
    parkingdata_id: Cow<'a, str>,
    /// 3.5.5 表 vehiclePlate, string, 必填: 车牌号
    vehicle_plate: Cow<'a, str>,
    /// 3.5.5 表 vehicleType, int, 必填: 车牌类型 1–4
    vehicle_type: VehicleType,
    /// 3.5.5 表 channelName, string, 必填: 通道名称
    channel_name: Cow<'a, str>,
    /// 3.5.5 表 parkTime, string, 必填: 入场时间，yyyy-MM-dd HH:mm:ss; `None` for a date that
    /// nobody has set
    park_time: Option<WallClock>,
    /// 3.5.5 表 exitTime, string, 必填: 出场时间，yyyy-MM-dd HH:mm:ss
    exit_time: WallClock,
    /// 3.5.5 表 remainingSpaces, int, 必填: 该路段泊位剩余空位数 (sic: the lot's)
    remaining_spaces: i64,
    /// 3.5.5 表 duration, int, 必填: 停车时长（单位：分钟）
    duration: i64,
    /// 3.5.5 表 availableChargers, int, 否: 充电桩剩余空位数
    #[serde(skip_serializing_if = "Option::is_none")]
    available_chargers: Option<i64>,
    /// 3.5.5 表 isAbnormal, bool, 否: 是否异常
    #[serde(skip_serializing_if = "Option::is_none")]
    is_abnormal: Option<bool>,
    /// 3.5.5 表 memo, string, 否: 异常原因备注
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<Cow<'a, str>>,
}

impl<'a> ParkinglotOut<'a> {
    pub(super) fn read(object: &Object<'a>) -> Result<Self, Fault> {
        Ok(Self {
            parkinglot_id: passage::lot_id(object)?,
            parkingdata_id: passage::record_id(object)?,
            vehicle_plate: passage::vehicle_plate(object)?,
            vehicle_type: passage::vehicle_type(object)?,
            channel_name: passage::channel(object, ["channelName", "channel_name"])?,
            park_time: passage::park_time_of_exit(object)?,
            exit_time: passage::exit_time(object)?,
            remaining_spaces: passage::remaining_spaces(object)?,
            duration: passage::duration(object)?,
            available_chargers: passage::available_chargers(object)?,
            is_abnormal: passage::is_abnormal(object)?,
            memo: passage::memo(object)?,
        })
    }

    pub(super) fn into_passage(self, lot: LotCode) -> Passage {
        let at = self.exit_time.at();
        Passage {
            plate_kind: Some(self.vehicle_type.plate_kind()),
            gate: Some(self.channel_name.into_owned()),
            entered_at: self.park_time.map(WallClock::at),
            minutes: Some(self.duration),
            vacant: Some(self.remaining_spaces),
            charging_vacant: self.available_chargers,
            abnormal: self.is_abnormal,
            memo: self.memo.map(Cow::into_owned),
            ..passage::passage(lot, &self.parkingdata_id, Direction::Exit, at, &self.vehicle_plate)
        }
    }

    pub(super) fn write(exit: &'a Passage, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let gate = passage::needed("channelName", exit.gate.as_deref())?;
        let entered_at = passage::needed("parkTime", exit.entered_at)?;
        Ok(Self {
            parkinglot_id: passage::lot_id_text(lot_id)?,
            parkingdata_id: passage::record_id_text(&exit.record_id)?,
            vehicle_plate: passage::plate_text(exit.plate.as_ref())?,
            vehicle_type: VehicleType::required_of(kind_of(exit)),
            channel_name: passage::text("channelName", gate, TEXT_MAX)?,
            park_time: Some(passage::clock("parkTime", entered_at)?),
            exit_time: passage::clock("exitTime", exit.at)?,
            remaining_spaces: passage::needed("remainingSpaces", exit.vacant)?,
            duration: passage::minutes(exit, entered_at),
            available_chargers: exit.charging_vacant,
            is_abnormal: exit.abnormal,
            memo: passage::memo_text(exit.memo.as_deref())?,
        })
    }
}
