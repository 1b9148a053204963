//! 4.10 预约停车数据: `POST {callback}/dataReceive/v1/reservation`, from the platform to a lot: keep a space.

use super::codes::Read;
use super::fields::{self, Plates};
use super::record::Looks;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, WallClock};
use bowei_model::{LotCode, Plate, Reservation, SpaceKind};
use serde::Serialize;
use std::borrow::Cow;

/// 表 19 序号 2, 表 20 序号 1: String 32.
pub(super) const BOOK_CODE_MAX: usize = 32;
pub(super) const BOOK_CODE: &str = "bookCode";

/// 表 19, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReservationInfo<'a> {
    /// 表 19 序号 1, Uuid 32, 必填: 停车场（库）编码
    park_code: Cow<'a, str>,
    /// 表 19 序号 2, String 32, 必填: 预约编码, made by the platform
    book_code: Cow<'a, str>,
    /// 表 19 序号 3, String 20, 必填: 车牌号码
    plate_no: Cow<'a, str>,
    /// 表 19 序号 4, DateTime, 必填: 预约入场时间
    book_time: WallClock,
    /// 表 19 序号 5, DateTime, 必填: 预约过期时间
    over_time: WallClock,
    /// 表 19 序号 6, Int, 必填: 保留时长, 分钟
    obligat_time: i64,
    /// 表 19 序号 7, Int, 必填: 0 需要判断余位, 1 不需要判断余位
    book_type: i64,
    /// 表 19 序号 8, int, 必填: 0 普通车位, 1 充电车位, 2 无障碍车位
    space_type: i64,
    /// 表 19 序号 9, Int, 必填: 1 预约, 2 变更
    operate_type: i64,
    /// 表 19 序号 10 to 12
    #[serde(flatten)]
    looks: Looks<'a>,
}

impl<'a> ReservationInfo<'a> {
    pub(super) fn read(object: &Object<'a>) -> Read<Self> {
        let number = |name, expected| object.required(name, expected);
        Ok(Self {
            park_code: fields::park_code(object)?,
            book_code: book_code(object)?,
            plate_no: Plates::Clear.required_plate_no(object)?,
            book_time: fields::clock(
                object,
                "bookTime",
                "预约入场时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）",
            )?,
            over_time: fields::clock(
                object,
                "overTime",
                "预约过期时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）",
            )?,
            obligat_time: number("obligatTime", "保留时长（分钟），不小于 0 的整数")?
                .integer_in(0..=fields::INT_MAX)?,
            book_type: number("bookType", "预约订单类型，整数 0 或 1（0=需要判断余位, 1=不需要）")?
                .integer_in(0..=1)?,
            space_type: number("spaceType", "预约车位类型，整数 0 至 2（0=普通, 1=充电, 2=无障碍）")?
                .integer_in(0..=2)?,
            operate_type: number("operateType", "操作类型，整数 1 或 2（1=预约, 2=变更）")?
                .integer_in(1..=2)?,
            looks: Looks::of_car(object)?,
        })
    }

    /// `None` where the plate says that there is none: nobody can be let in by it.
    pub(super) fn into_reservation(self, lot: LotCode) -> Option<Reservation> {
        Some(Reservation {
            lot,
            plate: Plate::read(&self.plate_no)?,
            plate_kind: self.looks.car_model,
            vehicle: self.looks.vehicle(),
            reservation_code: self.book_code.into_owned(),
            arrives_at: self.book_time.at(),
            expires_at: self.over_time.at(),
            kept_minutes: self.obligat_time,
            only_if_free: self.book_type == 0,
            space: match self.space_type {
                0 => SpaceKind::Ordinary,
                1 => SpaceKind::Charging,
                _ => SpaceKind::Accessible,
            },
            changes: self.operate_type == 2,
        })
    }

    pub(super) fn write(reservation: &'a Reservation, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let minutes = reservation.kept_minutes;
        if !(0..=fields::INT_MAX).contains(&minutes) {
            return Err(fields::unfit("obligatTime", "应为不小于 0 的整数 an Int of 0 or more is expected"));
        }
        Ok(Self {
            park_code: fields::park_code_written(lot_id)?,
            book_code: fields::written(BOOK_CODE, &reservation.reservation_code, BOOK_CODE_MAX)?,
            plate_no: fields::plate_written(Some(&reservation.plate))?,
            book_time: fields::clock_written("bookTime", reservation.arrives_at)?,
            over_time: fields::clock_written("overTime", reservation.expires_at)?,
            obligat_time: minutes,
            book_type: i64::from(!reservation.only_if_free),
            space_type: match reservation.space {
                SpaceKind::Ordinary => 0,
                SpaceKind::Charging => 1,
                SpaceKind::Accessible => 2,
            },
            operate_type: if reservation.changes { 2 } else { 1 },
            looks: Looks::write(reservation.plate_kind, reservation.vehicle.as_ref(), None)?,
        })
    }
}

/// bookCode, String 32, 必填.
pub(super) fn book_code<'a>(object: &Object<'a>) -> Read<Cow<'a, str>> {
    fields::text(object, BOOK_CODE, "预约编码，不超过 32 个字符", BOOK_CODE_MAX)
}
