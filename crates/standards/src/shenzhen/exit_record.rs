//! 4.7 车辆出场记录: `POST /dataReceive/v1/exitRecord`, when a car has gone; its id is that of the entry.

use super::codes::Read;
use super::fields::{self, Plates};
use super::record::{self, GateNamed, Looks, Record};
use crate::lot_side::CannotSeal;
use crate::shared::{Object, TEXT_MAX, WallClock};
use bowei_model::{Direction, LotCode, Passage};
use serde::Serialize;
use std::borrow::Cow;

const GATE: [&str; 2] = ["exitCode", "exitName"];

/// 表 13, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExitRecord<'a> {
    /// 表 13 序号 1, Uuid 32, 必填: 停车场（库）编码
    park_code: Cow<'a, str>,
    /// 表 13 序号 2, Uuid 32, 必填: 停车记录 ID，与车辆入场记录的 id 一致
    pub(super) id: Cow<'a, str>,
    /// 表 13 序号 3, String 20, 必填: 车牌号码
    plate_no: Cow<'a, str>,
    /// 表 13 序号 4, DateTime, 必填: 出场时间
    leave_time: WallClock,
    /// 表 13 序号 5, String without a length, 必填: 出场车辆照片，图片唯一 ID
    exit_car_photo_id: Cow<'a, str>,
    /// 表 13 序号 6, String, 必填: 出口通道编码
    exit_code: Cow<'a, str>,
    /// 表 13 序号 7, String, 否: 出口通道名称
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_name: Option<Cow<'a, str>>,
    /// 表 13 序号 8 to 11
    #[serde(flatten)]
    looks: Looks<'a>,
}

impl<'a> ExitRecord<'a> {
    pub(super) fn read(object: &Object<'a>, plates: &Plates<'_>) -> Read<Self> {
        let park_code = fields::park_code(object)?;
        let id = record::id(object)?;
        let plate_no = plates.plate_no(object)?;
        let leave_time =
            fields::clock(object, "leaveTime", "出场时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）")?;
        let exit_car_photo_id =
            fields::text(object, "exitCarPhotoId", "出场车辆照片的图片 ID，不超过 255 个字符", TEXT_MAX)?;
        let gate = GateNamed::read(object, GATE)?;
        Ok(Self {
            park_code,
            id,
            plate_no,
            leave_time,
            exit_car_photo_id,
            exit_code: gate.code,
            exit_name: gate.name,
            looks: Looks::read(object)?,
        })
    }

    pub(super) fn into_passage(self, lot: LotCode) -> Passage {
        let record = Record {
            id: &self.id,
            direction: Direction::Exit,
            at: self.leave_time.at(),
            plate: &self.plate_no,
            photo_id: &self.exit_car_photo_id,
            gate: &GateNamed { code: self.exit_code, name: self.exit_name },
            looks: &self.looks,
        };
        record.passage(lot)
    }

    /// `plate` as it is to stand in the message, in clear or encrypted.
    pub(super) fn write(exit: &'a Passage, lot_id: &'a str, plate: Cow<'a, str>) -> Result<Self, CannotSeal> {
        let gate = GateNamed::write(exit, GATE)?;
        let photo_id = record::photo_id(exit);
        fields::written("exitCarPhotoId", &photo_id, TEXT_MAX)?;
        Ok(Self {
            park_code: fields::park_code_written(lot_id)?,
            id: fields::uuid_of(exit.record_id.as_str()),
            plate_no: plate,
            leave_time: fields::clock_written("leaveTime", exit.at)?,
            exit_car_photo_id: photo_id,
            exit_code: gate.code,
            exit_name: gate.name,
            looks: Looks::write(exit.plate_kind, exit.vehicle.as_ref(), exit.reservation_code.as_deref())?,
        })
    }
}
