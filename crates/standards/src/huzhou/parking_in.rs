//! 3.5.2 路内停车入场事件上报: `POST /api/parking/in`, when a car has taken a berth on the street.

use super::passage::{self, VehicleType};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::plate_kind::kind_of;
use crate::shared::{Object, TEXT_MAX, WallClock};
use bowei_model::{Direction, LotCode, Passage};
use serde::Serialize;
use std::borrow::Cow;

/// 3.5.2 表, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ParkingIn<'a> {
    /// 3.5.2 表 parkinglotId, string, 必填: 道路停车泊位路段编号
    parkinglot_id: Cow<'a, str>,
    /// 3.5.2 表 parkingdataId, string, 必填: 停车数据id，一次完整的进/出场记录，拥有同一个id
    parkingdata_id: Cow<'a, str>,
    /// 3.5.2 表 vehiclePlate, string, 必填: 车牌号
    vehicle_plate: Cow<'a, str>,
    /// 3.5.2 表 vehicleType, int, 必填: 车牌类型 1–4
    vehicle_type: VehicleType,
    /// 3.5.2 表 berthCode, string, 必填: 泊位号
    berth_code: Cow<'a, str>,
    /// 3.5.2 表 parkTime, string, 必填: 入场时间，yyyy-MM-dd HH:mm:ss
    park_time: WallClock,
    /// 3.5.2 表 remainingSpaces, int, 必填: 该路段泊位剩余空位数
    remaining_spaces: i64,
    /// 3.5.2 表 isAbnormal, bool, 否: 是否异常
    #[serde(skip_serializing_if = "Option::is_none")]
    is_abnormal: Option<bool>,
    /// 3.5.2 表 memo, string, 否: 异常原因备注
    #[serde(skip_serializing_if = "Option::is_none")]
    memo: Option<Cow<'a, str>>,
}

impl<'a> ParkingIn<'a> {
    pub(super) fn read(object: &Object<'a>) -> Result<Self, Fault> {
        Ok(Self {
            parkinglot_id: passage::lot_id(object)?,
            parkingdata_id: passage::record_id(object)?,
            vehicle_plate: passage::vehicle_plate(object)?,
            vehicle_type: passage::vehicle_type(object)?,
            berth_code: passage::berth_code(object)?,
            park_time: passage::park_time(object)?,
            remaining_spaces: passage::remaining_spaces(object)?,
            is_abnormal: passage::is_abnormal(object)?,
            memo: passage::memo(object)?,
        })
    }

    pub(super) fn into_passage(self, lot: LotCode) -> Passage {
        let at = self.park_time.at();
        Passage {
            plate_kind: Some(self.vehicle_type.plate_kind()),
            berth: Some(self.berth_code.into_owned()),
            vacant: Some(self.remaining_spaces),
            abnormal: self.is_abnormal,
            memo: self.memo.map(Cow::into_owned),
            ..passage::passage(lot, &self.parkingdata_id, Direction::Entry, at, &self.vehicle_plate)
        }
    }

    pub(super) fn write(entry: &'a Passage, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let berth = passage::needed("berthCode", entry.berth.as_deref())?;
        Ok(Self {
            parkinglot_id: passage::lot_id_text(lot_id)?,
            parkingdata_id: passage::record_id_text(&entry.record_id)?,
            vehicle_plate: passage::plate_text(entry.plate.as_ref())?,
            vehicle_type: VehicleType::required_of(kind_of(entry)),
            berth_code: passage::text("berthCode", berth, TEXT_MAX)?,
            park_time: passage::clock("parkTime", entry.at)?,
            remaining_spaces: passage::needed("remainingSpaces", entry.vacant)?,
            is_abnormal: entry.abnormal,
            memo: passage::memo_text(entry.memo.as_deref())?,
        })
    }
}
