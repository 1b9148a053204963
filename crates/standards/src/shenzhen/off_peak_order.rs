//! 4.14 错峰停车数据, left to the parties; by our agreement `POST /dataReceive/v1/offPeakOrder`: an offer taken.

use super::codes::Read;
use super::fields::{self, Plates};
use super::off_peak_package::{
    NUMBER_MAX, PACKAGE_CODE, SERVICE_MAX, isv_code, money, money_written, number, number_written,
    package_code, write_money,
};
use crate::lot_side::CannotSeal;
use crate::shared::Object;
use bowei_model::{LotCode, OffPeakOrder, Plate};
use rust_decimal::Decimal;
use serde::Serialize;
use std::borrow::Cow;

pub(super) const ORDER_NO: &str = "orderNo";

/// 4.14, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OffPeakOrderInfo<'a> {
    /// 4.14 停车场（库）编码, Uuid 32, 必填
    park_code: Cow<'a, str>,
    /// 4.14 服务商编码, String 32, 必填
    isv_code: Cow<'a, str>,
    /// 4.14 套餐编号, String 64, 必填
    package_code: Cow<'a, str>,
    /// 4.14 订单号, String 64, 必填
    pub(super) order_no: Cow<'a, str>,
    /// 4.14 车牌号, String 20, 否: an order may be made before the car is known
    #[serde(skip_serializing_if = "Option::is_none")]
    plate_no: Option<Cow<'a, str>>,
    /// 4.14 订单金额, Decimal, 必填: 元
    #[serde(serialize_with = "write_money")]
    order_amount: Decimal,
    /// 4.14 订单状态, Int, 必填: the parties' own numbering
    order_status: i64,
}

impl<'a> OffPeakOrderInfo<'a> {
    pub(super) fn read(object: &Object<'a>, plates: &Plates<'_>) -> Read<Self> {
        Ok(Self {
            park_code: fields::park_code(object)?,
            isv_code: isv_code(object)?,
            package_code: package_code(object)?,
            order_no: fields::text(object, ORDER_NO, "订单号，不超过 64 个字符", NUMBER_MAX)?,
            plate_no: plates.optional_plate_no(object)?,
            order_amount: money(&object.required("orderAmount", "订单金额（元），至多两位小数")?)?,
            order_status: number(object, "orderStatus", "订单状态，不小于 0 的整数")?,
        })
    }

    pub(super) fn into_order(self, lot: LotCode) -> OffPeakOrder {
        OffPeakOrder {
            lot,
            order_no: self.order_no.into_owned(),
            service_code: self.isv_code.into_owned(),
            package_no: self.package_code.into_owned(),
            plate: self.plate_no.as_deref().and_then(Plate::read),
            amount: self.order_amount,
            status: self.order_status,
            valid_from: None,
            valid_until: None,
        }
    }

    /// `plate` as it is to stand in the message, in clear or encrypted.
    pub(super) fn write(
        order: &'a OffPeakOrder,
        lot_id: &'a str,
        plate: Option<Cow<'a, str>>,
    ) -> Result<Self, CannotSeal> {
        Ok(Self {
            park_code: fields::park_code_written(lot_id)?,
            isv_code: fields::written("isvCode", &order.service_code, SERVICE_MAX)?,
            package_code: fields::written(PACKAGE_CODE, &order.package_no, NUMBER_MAX)?,
            order_no: fields::written(ORDER_NO, &order.order_no, NUMBER_MAX)?,
            plate_no: plate,
            order_amount: money_written("orderAmount", order.amount)?,
            order_status: number_written("orderStatus", order.status)?,
        })
    }
}
