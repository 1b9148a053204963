//! 4.3 心跳: `POST /dataReceive/v1/heartBeats`, every 30 s; what keeps the token alive. It names no lot: every lot of the
//! account shows a sign of life with it.

use super::answer;
use super::body::SECONDS_BELOW;
use super::codes::Read;
use super::fields;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, WallClock};
use bowei_model::{Heartbeat, Report};
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::Serialize;

/// `yyyy-MM-dd HH:mm:ss` with room for a zone.
const TIME_MAX_CHARS: usize = 40;

/// 表 4, in its order; its first item is the header `authorization`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeartBeat {
    /// 表 4 序号 2, String, 必填: 心跳上报时间，示例 2024-01-01 23:59:00
    request_time: WallClock,
}

impl HeartBeat {
    /// It says nothing that is used: that it is there is asked for, in whatever form.
    pub(super) fn read(object: &Object<'_>) -> Read<Report> {
        object.required("requestTime", "心跳上报时间，格式 yyyy-MM-dd HH:mm:ss（北京时间）")?;
        Ok(Report::Heartbeat(Heartbeat { lot: None }))
    }

    /// 表 5: `data:[{timestamp}]`, 做校时使用: milliseconds since 1970, or as other platforms write it, seconds or a
    /// wall clock.
    pub(super) fn read_answer(answer: &Response<Bytes>) -> Option<Timestamp> {
        let reported = answer::first_of_data(answer.body(), "timestamp", TIME_MAX_CHARS)?;
        if let Some(clock) = WallClock::read(&reported) {
            return Some(clock.at());
        }
        let number: i64 = reported.trim().parse().ok()?;
        if number < SECONDS_BELOW {
            Timestamp::from_second(number)
        } else {
            Timestamp::from_millisecond(number)
        }
        .ok()
    }

    pub(super) fn write(now: Timestamp) -> Result<Self, CannotSeal> {
        Ok(Self { request_time: fields::clock_written("requestTime", now)? })
    }
}
