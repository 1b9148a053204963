//! 3.5.3 路内停车出场事件上报: `POST /api/parking/out`, when a car has left its berth on the street.

use super::passage::{self, VehicleType};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::plate_kind::kind_of;
use crate::shared::{Object, TEXT_MAX, WallClock};
use bowei_model::{Direction, LotCode, Passage};
use serde::Serialize;
use std::borrow::Cow;

/// 3.5.3 表, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ParkingOut<'a> {
    /// 3.5.3 表 parkinglotId, string, 必填: 道路停车泊位路段编号
    parkinglot_id: Cow<'a, str>,
    /// 3.5.3 表 parkingdataId, string, 必填: 停车数据id，一次完整的进/出场记录，拥有同一个id
    parkingdata_id: Cow<'a, str>,
    /// 3.5.3 表 vehiclePlate, string, 必填: 车牌号
    vehicle_plate: Cow<'a, str>,
    /// 3.5.3 表 vehicleType, int, 必填一格空白: 车牌类型 1–4
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle_type: Option<VehicleType>,
    /// 3.5.3 表 berthCode, string, 必填: 泊位号
    berth_code: Cow<'a, str>,
    /// 3.5.3 表 parkTime, string, 必填: 入场时间，yyyy-MM-dd HH:mm:ss; `None` for a date that
    /// nobody has set
    park_time: Option<WallClock>,
    /// 3.5.3 表 exitTime, string, 必填: 出场时间，yyyy-MM-dd HH:mm:ss
    exit_time: WallClock,
    /// 3.5.3 表 remainingSpaces, int, 必填: 该路段泊位剩余空位数
    remaining_spaces: i64,
    /// 3.5.3 表 duration, int, 必填: 停车时长（单位：分钟）
    duration: i64,
    /// 3.5.3 表 isAbnormal, bool, 否: 是否异常
    #[serde(skip_serializing_if = "Option::is_none")]
    is_abnormal: Option<bool>,
    /// 3.5.3 表 memo, string, 否: 异常原因备注
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<Cow<'a, str>>,
}

impl<'a> ParkingOut<'a> {
    pub(super) fn read(object: &Object<'a>) -> Result<Self, Fault> {
        Ok(Self {
            parkinglot_id: passage::lot_id(object)?,
            parkingdata_id: passage::record_id(object)?,
            vehicle_plate: passage::vehicle_plate(object)?,
            vehicle_type: passage::optional_vehicle_type(object)?,
            berth_code: passage::berth_code(object)?,
            park_time: passage::park_time_of_exit(object)?,
            exit_time: passage::exit_time(object)?,
            remaining_spaces: passage::remaining_spaces(object)?,
            duration: passage::duration(object)?,
            is_abnormal: passage::is_abnormal(object)?,
            memo: passage::memo(object)?,
        })
    }

    pub(super) fn into_passage(self, lot: LotCode) -> Passage {
        let at = self.exit_time.at();
        Passage {
            plate_kind: self.vehicle_type.map(VehicleType::plate_kind),
            berth: Some(self.berth_code.into_owned()),
            entered_at: self.park_time.map(WallClock::at),
            minutes: Some(self.duration),
            vacant: Some(self.remaining_spaces),
            abnormal: self.is_abnormal,
            memo: self.memo.map(Cow::into_owned),
            ..passage::passage(lot, &self.parkingdata_id, Direction::Exit, at, &self.vehicle_plate)
        }
    }

    pub(super) fn write(exit: &'a Passage, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let berth = passage::needed("berthCode", exit.berth.as_deref())?;
        let entered_at = passage::needed("parkTime", exit.entered_at)?;
        Ok(Self {
            parkinglot_id: passage::lot_id_text(lot_id)?,
            parkingdata_id: passage::record_id_text(&exit.record_id)?,
            vehicle_plate: passage::plate_text(exit.plate.as_ref())?,
            vehicle_type: kind_of(exit).map(VehicleType::of),
            berth_code: passage::text("berthCode", berth, TEXT_MAX)?,
            park_time: Some(passage::clock("parkTime", entered_at)?),
            exit_time: passage::clock("exitTime", exit.at)?,
            remaining_spaces: passage::needed("remainingSpaces", exit.vacant)?,
            duration: passage::minutes(exit, entered_at),
            is_abnormal: exit.abnormal,
            memo: passage::memo_text(exit.memo.as_deref())?,
        })
    }
}
