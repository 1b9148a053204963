//! 4.3 心跳: `POST /dataReceive/v1/heartBeats`, every 30 s; what keeps the token alive. It names no lot: every lot of the
//! account shows a sign of life with it.

use super::codes::Read;
use super::fields;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, WallClock};
use bowei_model::{Heartbeat, Report};
use jiff::Timestamp;
use serde::Serialize;

/// 表 4, in its order; its first item is the header `authorization`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeartBeat {
    /// 表 4 序号 2, String, 必填: 心跳上报时间，示例 2024-01-01 23:59:00
    request_time: WallClock,
}

impl HeartBeat {
    pub(super) fn read(object: &Object<'_>) -> Read<Self> {
        let request_time =
            fields::clock(object, "requestTime", "心跳上报时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）")?;
        Ok(Self { request_time })
    }

    pub(super) fn into_report(self) -> Report {
        Report::Heartbeat(Heartbeat { lot: None })
    }

    pub(super) fn write(now: Timestamp) -> Result<Self, CannotSeal> {
        Ok(Self { request_time: fields::clock_written("requestTime", now)? })
    }
}
