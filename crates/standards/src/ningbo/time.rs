//! 5.2 时间服务: `POST parkpot/time`. A lot asks at least every twelve hours and sets its clock by the answer.

use super::credential::LotKeys;
use super::fields;
use crate::lot_side::CannotSeal;
use crate::platform_side::Delivery;
use crate::shared::{Object, WallClock, result_form};
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::Serialize;

/// 5.2 表 请求参数, in its order.
#[derive(Serialize)]
pub(super) struct Time<'a> {
    /// 5.2 表 序号 1 portname, String, 必填: 调用接口的帐号
    portname: &'a str,
    /// 5.2 表 序号 2 portpwd, String, 必填: 调用接口的密码(MD5加密)
    portpwd: &'a str,
    /// 5.2 表 序号 3 parkpotid, String, 必填: 停车场编号
    parkpotid: &'a str,
}

/// 5.1, 5.2 表 返回参数.
#[derive(Serialize)]
pub(super) struct Systime {
    /// 5.2 表 序号 1 systime, String, 必填: 系统时间格式（yyyy-mm-dd HH24:mi:ss）
    systime: WallClock,
}

impl<'a> Time<'a> {
    /// The question of the account for the lot.
    pub(super) fn write(own: &'a LotKeys, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let parkpotid = fields::lot_id_text(lot_id)?;
        Ok(Self { portname: &own.portname, portpwd: &own.portpwd, parkpotid })
    }
}

impl Systime {
    /// The `data` of an answer.
    pub(super) fn receipt(now: Timestamp) -> Option<String> {
        serde_json::to_string(&Self { systime: WallClock::of(now)? }).ok()
    }
}

/// A question that reports nothing.
pub(super) fn delivery(now: Timestamp) -> Delivery {
    Delivery { receipt: Systime::receipt(now), ..Delivery::default() }
}

/// The platform's time, from its answer to that question or to a heartbeat; `None` where it says none.
pub(super) fn read_time(answer: &Response<Bytes>) -> Option<Timestamp> {
    let data = result_form::data(answer)?;
    // 2.1.2 calls `data` a String, the examples show an object: both are read.
    let data = serde_json::from_str::<String>(&data).unwrap_or(data);
    let object = Object::read(data.as_bytes()).ok()?;
    Some(object.optional("systime", "系统时间")?.wall_clock().ok()?.at())
}
