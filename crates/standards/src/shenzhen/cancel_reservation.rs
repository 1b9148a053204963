//! 4.11 取消预约数据: `POST {callback}/dataReceive/v1/cancelReservation`, from the platform to a lot: keep the space no longer.

use super::codes::Read;
use super::fields;
use super::reservation::{BOOK_CODE, BOOK_CODE_MAX, book_code};
use crate::lot_side::CannotSeal;
use crate::shared::Object;
use bowei_model::{Cancellation, LotCode};
use serde::Serialize;
use std::borrow::Cow;

/// 表 21, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CancelReservation<'a> {
    /// 表 21 序号 1, Uuid 32, 必填: 停车场（库）编码
    park_code: Cow<'a, str>,
    /// 表 21 序号 2, String 32, 必填: 预约编码
    book_code: Cow<'a, str>,
}

impl<'a> CancelReservation<'a> {
    pub(super) fn read(object: &Object<'a>) -> Read<Self> {
        Ok(Self { park_code: fields::park_code(object)?, book_code: book_code(object)? })
    }

    pub(super) fn into_cancellation(self, lot: LotCode) -> Cancellation {
        Cancellation { lot, reservation_code: self.book_code.into_owned() }
    }

    pub(super) fn write(cancellation: &'a Cancellation, lot_id: &'a str) -> Result<Self, CannotSeal> {
        Ok(Self {
            park_code: fields::park_code_written(lot_id)?,
            book_code: fields::written(BOOK_CODE, &cancellation.reservation_code, BOOK_CODE_MAX)?,
        })
    }
}
