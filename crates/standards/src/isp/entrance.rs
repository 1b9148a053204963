//! 6 实时上报入场车辆信息: `POST /park/entrance`, when a car has come in.

use super::car::{self, CarType};
use super::field;
use super::picture::PassagePicture;
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::Object;
use bowei_model::{Direction, Doubt, LotCode, Passage, Plate, RecordId, pairing};
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;

const ENTER_TIME: &str = "enter_time";
const ENTER_TIME_EXPECTED: &str = "入场时间戳，精确到秒：1970 年以来的秒数，不超过 10 位（毫秒请除以 1000）";
const ENTER_PIC: &str = "enter_pic";

/// 6 表, in its order.
#[derive(Debug, Serialize)]
pub(super) struct Entrance<'a> {
    /// 6 表 park_code, String, Y: 停车场编码
    park_code: Cow<'a, str>,
    /// 6 表 plate_number, String, Y: 车牌号
    plate_number: Option<Cow<'a, str>>,
    /// 6 表 enter_time, Number, Y: 入场时间时间戳，精确到秒
    enter_time: i64,
    /// 6 表 car_type, String, Y: 车辆类型 1–6
    car_type: Option<CarType>,
    /// 6 表 car_logo, String, Y: 车标
    car_logo: Cow<'a, str>,
    /// 6 表 enter_pic, String, Y: 入场车辆照片 Base64 编码，大小不超过 512KB
    enter_pic: Option<PassagePicture>,
    #[serde(skip)]
    at: Timestamp,
    #[serde(skip)]
    doubts: Vec<Doubt>,
}

impl<'a> Entrance<'a> {
    pub(super) fn read(item: &Object<'a>) -> Result<Self, Fault> {
        let park_code = field::park_code(item)?;
        let plate_number = car::plate_number(item)?;
        let at = enter_time(item)?;
        let mut doubts = Vec::new();
        Ok(Self {
            park_code,
            plate_number,
            enter_time: at.as_second(),
            car_type: car::car_type(item, &mut doubts)?,
            car_logo: car::car_logo(item, &mut doubts)?,
            enter_pic: PassagePicture::of(item, ENTER_PIC, &mut doubts)?,
            at,
            doubts,
        })
    }

    pub(super) fn into_passage(self, lot: LotCode) -> (Passage, Option<PassagePicture>, Vec<Doubt>) {
        let plate = self.plate_number.as_deref().and_then(Plate::read);
        let record_id = pairing::leg_id(Direction::Entry, plate.as_ref(), self.at);
        let passage = Passage {
            without_record_id: true,
            plate_kind: self.car_type.and_then(|kind| kind.plate_kind(plate.as_ref())),
            plate,
            vehicle: car::vehicle(&self.car_logo),
            ..Passage::new(lot, record_id, Direction::Entry, self.at)
        };
        (passage, self.enter_pic, self.doubts)
    }

    pub(super) fn write(
        entry: &'a Passage,
        lot_id: &'a str,
        picture: Option<&[u8]>,
    ) -> Result<Self, CannotSeal> {
        Ok(Self {
            park_code: field::written_code(lot_id)?,
            plate_number: Some(car::written_plate(entry)?),
            enter_time: field::written_seconds(ENTER_TIME, entry.at)?,
            car_type: Some(car::written_type(entry)),
            car_logo: car::written_logo(entry)?,
            enter_pic: Some(PassagePicture::write(ENTER_PIC, picture)?),
            at: entry.at,
            doubts: Vec::new(),
        })
    }
}

fn enter_time(item: &Object<'_>) -> Result<Timestamp, Fault> {
    field::moment(&item.required(ENTER_TIME, ENTER_TIME_EXPECTED)?)
}

/// The passage's identity, as far as it can be read.
pub(super) fn record_id(item: &Object<'_>) -> Option<RecordId> {
    let (plate, at) = (car::plate_number(item).ok()?, enter_time(item).ok()?);
    Some(car::record_id(Direction::Entry, plate.as_deref(), at))
}
