//! 5 实时上报停车场车位数量信息: `POST /park/spot-num`, whenever the number of free spaces has changed.
//!
//! No number is bounded: a negative one, or more free spaces than there are, is data, and supervision finds it.

use super::field::{self, needed};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::Object;
use bowei_model::{LotCode, SpaceCount, SpaceParts};
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;

const TOTAL: &str = "total_spots_num";
const REMAIN: &str = "remain_spots_num";
const USED: &str = "used_spots_num";

/// 5 表, in its order.
#[derive(Debug, Serialize)]
pub(super) struct SpotNum<'a> {
    /// 5 表 park_code, String, Y: 停车场编号
    park_code: Cow<'a, str>,
    /// 5 表 total_spots_num, Integer, Y: 总停车位
    total_spots_num: i64,
    /// 5 表 remain_spots_num, Integer, Y: 剩余停车位
    remain_spots_num: i64,
    /// 5 表 used_spots_num, Integer, Y: 已用停车位
    used_spots_num: i64,
}

impl<'a> SpotNum<'a> {
    pub(super) fn read(item: &Object<'a>) -> Result<Self, Fault> {
        Ok(Self {
            park_code: field::park_code(item)?,
            total_spots_num: item.required(TOTAL, "总停车位，整数")?.integer()?,
            remain_spots_num: item.required(REMAIN, "剩余停车位，整数")?.integer()?,
            used_spots_num: item.required(USED, "已用停车位，整数")?.integer()?,
        })
    }

    /// The message bears no time: it is sent when the number changes, so that it is right when it comes.
    pub(super) fn into_count(self, lot: LotCode, now: Timestamp) -> SpaceCount {
        SpaceCount {
            total: Some(self.total_spots_num),
            parts: Some(SpaceParts { used: Some(self.used_spots_num), ..SpaceParts::default() }),
            ..SpaceCount::new(lot, now, self.remain_spots_num)
        }
    }

    pub(super) fn write(count: &'a SpaceCount, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let used = count.parts.as_ref().and_then(|parts| parts.used);
        // Any two of the three say the third.
        let total = count.total.or_else(|| used?.checked_add(count.vacant));
        let total = needed(TOTAL, total)?;
        let used = used.or_else(|| total.checked_sub(count.vacant));
        Ok(Self {
            park_code: field::written_code(lot_id)?,
            total_spots_num: total,
            remain_spots_num: count.vacant,
            used_spots_num: needed(USED, used)?,
        })
    }
}
