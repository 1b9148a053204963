//! 4.9 车位数动态数据: `POST /dataReceive/v1/parkSpaceInfo`, whenever a lot's free spaces change. It says no time of its
//! own: the envelope's is when it was right.

use super::codes::Read;
use super::fields;
use crate::lot_side::CannotSeal;
use crate::shared::Object;
use bowei_model::{LotCode, SpaceCount, SpaceParts};
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;

/// 表 17, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ParkSpaceInfo<'a> {
    /// 表 17 序号 1, Uuid 32, 必填: 停车场（库）编码
    pub(super) park_code: Cow<'a, str>,
    /// 表 17 序号 2, Int, 必填: 已使用车位数
    used_stalls: i64,
    /// 表 17 序号 3, Int, 必填: 已预约车位数. Its gloss says the opposite of its name; the name is followed
    reserved_stalls: i64,
    /// 表 17 序号 4, Int, 必填: 已使用充电车位数，若无则传 0
    used_charing_stalls: i64,
    /// 表 17 序号 5, Int, 必填: 空余车位数
    unused_stalls: i64,
    /// 表 17 序号 6, Int, 必填: 预约车位剩余数量
    unused_reservable_stalls: i64,
    /// 表 17 序号 7, Int, 必填: 充电车位剩余数量，若无则传 0
    unused_charing_stalls: i64,
    /// 表 17 序号 8, Int, 否: 月卡车位剩余数量
    #[serde(skip_serializing_if = "Option::is_none")]
    unused_month_card_spaces: Option<i64>,
    /// 表 17 序号 9, Int, 否: 固定车位剩余数量
    #[serde(skip_serializing_if = "Option::is_none")]
    unused_fixed_spaces: Option<i64>,
    /// 表 17 序号 10, Int, 否: 临时车位剩余数量
    #[serde(skip_serializing_if = "Option::is_none")]
    unused_temp_spaces: Option<i64>,
}

impl<'a> ParkSpaceInfo<'a> {
    pub(super) fn read(object: &Object<'a>) -> Read<Self> {
        let count = |name, expected| fields::count(object, name, expected);
        // More cars than spaces are inside some lots: what is left is then below zero, and supervision finds it.
        let left = |name, expected| fields::count_left(object, name, expected);
        let optional = |name, expected| fields::optional_count_left(object, name, expected);
        Ok(Self {
            park_code: fields::park_code(object)?,
            used_stalls: count("usedStalls", "已使用车位数，不小于 0 的整数")?,
            reserved_stalls: count("reservedStalls", "已预约车位数，不小于 0 的整数")?,
            used_charing_stalls: count("usedCharingStalls", "已使用充电车位数，不小于 0 的整数，若无则传 0")?,
            unused_stalls: left("unusedStalls", "空余车位数，整数，超停时可为负数")?,
            unused_reservable_stalls: left(
                "unusedReservableStalls",
                "预约车位剩余数量，整数，超停时可为负数",
            )?,
            unused_charing_stalls: left(
                "unusedCharingStalls",
                "充电车位剩余数量，整数，超停时可为负数，若无则传 0",
            )?,
            unused_month_card_spaces: optional(
                "unusedMonthCardSpaces",
                "月卡车位剩余数量，整数，超停时可为负数",
            )?,
            unused_fixed_spaces: optional("unusedFixedSpaces", "固定车位剩余数量，整数，超停时可为负数")?,
            unused_temp_spaces: optional("unusedTempSpaces", "临时车位剩余数量，整数，超停时可为负数")?,
        })
    }

    pub(super) fn into_count(self, lot: LotCode, at: Timestamp) -> SpaceCount {
        let parts = SpaceParts {
            used: Some(self.used_stalls),
            reserved: Some(self.reserved_stalls),
            charging_used: Some(self.used_charing_stalls),
            reservable_vacant: Some(self.unused_reservable_stalls),
            monthly_vacant: self.unused_month_card_spaces,
            fixed_vacant: self.unused_fixed_spaces,
            temporary_vacant: self.unused_temp_spaces,
        };
        SpaceCount {
            charging_vacant: Some(self.unused_charing_stalls),
            parts: Some(parts),
            ..SpaceCount::new(lot, at, self.unused_stalls)
        }
    }

    /// Required numbers that a lot does not say: the spaces taken follow from all its spaces where these are said,
    /// everything else is 0, as the text asks of lots that have none.
    pub(super) fn write(count: &'a SpaceCount, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let parts = count.parts.unwrap_or_default();
        let taken = count.total.map(|total| (total - count.vacant).max(0));
        let info = Self {
            park_code: fields::park_code_written(lot_id)?,
            used_stalls: parts.used.or(taken).unwrap_or(0),
            reserved_stalls: parts.reserved.unwrap_or(0),
            used_charing_stalls: parts.charging_used.unwrap_or(0),
            unused_stalls: count.vacant,
            unused_reservable_stalls: parts.reservable_vacant.unwrap_or(0),
            unused_charing_stalls: count.charging_vacant.unwrap_or(0),
            unused_month_card_spaces: parts.monthly_vacant,
            unused_fixed_spaces: parts.fixed_vacant,
            unused_temp_spaces: parts.temporary_vacant,
        };
        let numbers = [
            ("usedStalls", Some(info.used_stalls)),
            ("reservedStalls", Some(info.reserved_stalls)),
            ("usedCharingStalls", Some(info.used_charing_stalls)),
            ("unusedStalls", Some(info.unused_stalls)),
            ("unusedReservableStalls", Some(info.unused_reservable_stalls)),
            ("unusedCharingStalls", Some(info.unused_charing_stalls)),
            ("unusedMonthCardSpaces", info.unused_month_card_spaces),
            ("unusedFixedSpaces", info.unused_fixed_spaces),
            ("unusedTempSpaces", info.unused_temp_spaces),
        ];
        for (field, number) in numbers {
            if number.is_some_and(|number| !(0..=fields::INT_MAX).contains(&number)) {
                return Err(fields::unfit(field, "应为不小于 0 的整数 an Int of 0 or more is expected"));
            }
        }
        Ok(info)
    }
}
