//! 4.6 车辆入场记录: `POST /dataReceive/v1/enterRecord`, when a car has come in.

use super::codes::Read;
use super::fields::{self, Plates};
use super::record::{self, GateNamed, Looks, Record};
use crate::lot_side::CannotSeal;
use crate::shared::{Object, WallClock};
use bowei_model::{Direction, LotCode, Passage};
use serde::Serialize;
use std::borrow::Cow;

const GATE: [&str; 2] = ["entranceCode", "entranceName"];
/// 表 11 序号 5: String 32.
const PHOTO_ID_MAX: usize = 32;

/// 表 11, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EnterRecord<'a> {
    /// 表 11 序号 1, Uuid 32, 必填: 停车场（库）编码
    park_code: Cow<'a, str>,
    /// 表 11 序号 2, Uuid 32, 必填: 停车记录 ID
    pub(super) id: Cow<'a, str>,
    /// 表 11 序号 3, String 20, 必填: 车牌号码
    plate_no: Cow<'a, str>,
    /// 表 11 序号 4, DateTime, 必填: 入场时间
    enter_time: WallClock,
    /// 表 11 序号 5, String 32, 必填: 入场车辆照片，图片唯一 ID
    entry_car_photo_id: Cow<'a, str>,
    /// 表 11 序号 6, String, 必填: 入口通道编码
    entrance_code: Cow<'a, str>,
    /// 表 11 序号 7, String, 否: 入口通道名称，可为空
    #[serde(skip_serializing_if = "Option::is_none")]
    entrance_name: Option<Cow<'a, str>>,
    /// 表 11 序号 8 to 11
    #[serde(flatten)]
    looks: Looks<'a>,
}

impl<'a> EnterRecord<'a> {
    pub(super) fn read(object: &Object<'a>, plates: &Plates<'_>) -> Read<Self> {
        let park_code = fields::park_code(object)?;
        let id = record::id(object)?;
        let plate_no = plates.plate_no(object)?;
        let enter_time =
            fields::clock(object, "enterTime", "入场时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）")?;
        let entry_car_photo_id =
            fields::text(object, "entryCarPhotoId", "入场车辆照片的图片 ID，不超过 32 个字符", PHOTO_ID_MAX)?;
        let gate = GateNamed::read(object, GATE)?;
        Ok(Self {
            park_code,
            id,
            plate_no,
            enter_time,
            entry_car_photo_id,
            entrance_code: gate.code,
            entrance_name: gate.name,
            looks: Looks::read(object)?,
        })
    }

    pub(super) fn into_passage(self, lot: LotCode) -> Passage {
        let record = Record {
            id: &self.id,
            direction: Direction::Entry,
            at: self.enter_time.at(),
            plate: &self.plate_no,
            photo_id: &self.entry_car_photo_id,
            gate: &GateNamed { code: self.entrance_code, name: self.entrance_name },
            looks: &self.looks,
        };
        record.passage(lot)
    }

    /// `plate` as it is to stand in the message, in clear or encrypted.
    pub(super) fn write(
        entry: &'a Passage,
        lot_id: &'a str,
        plate: Cow<'a, str>,
    ) -> Result<Self, CannotSeal> {
        let gate = GateNamed::write(entry, GATE)?;
        let photo_id = record::photo_id(entry);
        fields::written("entryCarPhotoId", &photo_id, PHOTO_ID_MAX)?;
        Ok(Self {
            park_code: fields::park_code_written(lot_id)?,
            id: fields::uuid_of(entry.record_id.as_str()),
            plate_no: plate,
            enter_time: fields::clock_written("enterTime", entry.at)?,
            entry_car_photo_id: photo_id,
            entrance_code: gate.code,
            entrance_name: gate.name,
            looks: Looks::write(entry.plate_kind, entry.vehicle.as_ref(), entry.reservation_code.as_deref())?,
        })
    }
}
