//! 表 28 请求数据基本格式: `{timestamp, sign, version, data:[…]}`, read and written, whichever way it goes.

use super::codes::{Coded, Read};
use super::sign;
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, Present, TEXT_MAX, WallClock};
use bowei_model::{Doubt, Facts};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// 表 28 version, String 10; what we write is the text's example.
const VERSION_MAX: usize = 10;
const VERSION: &str = "1.0.0";
/// The text gives no bound. A lot that caches while the line is down sends its backlog in parts of so many.
pub(super) const ITEMS_MAX: usize = 50;

const DATA: &str = "请求数据，至少一项、至多 50 项的对象列表";

/// A body as it came. Whatever is wrong with it is code 2, but too many items in a list that is one.
pub(super) struct Body<'a> {
    /// 表 28 timestamp, Timestamp, 必填: 接口调用时的当前时间戳值
    pub(super) sent_at: Timestamp,
    /// It came in seconds.
    pub(super) said_at_doubt: Option<Doubt>,
    /// 表 28 sign, String, 必填: 签名
    pub(super) sign: Cow<'a, str>,
    /// 表 28 version, String 10, 必填: 协议版本
    pub(super) version: Cow<'a, str>,
    /// 表 28 data, List<Object>, 必填, exactly as it stands
    pub(super) data: &'a str,
    pub(super) items: Vec<Object<'a>>,
}

impl<'a> Body<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Read<Self> {
        let object = Object::read(bytes).map_err(|unfit| Coded::form(unfit.fault()))?;
        let sent_at = object.required("timestamp", "毫秒时间戳，整数").and_then(|value| moment(&value));
        let (sent_at, said_at_doubt) = sent_at.map_err(Coded::form)?;
        let text = |name, expected, max| {
            object.required(name, expected).and_then(|value| value.text(max)).map_err(Coded::form)
        };
        let sign = text("sign", "data 原文的 SM3 摘要，十六进制或 Base64", TEXT_MAX)?;
        let version = text("version", "协议版本，不超过 10 个字符", VERSION_MAX)?;
        let data = object.required("data", DATA).map_err(Coded::form)?;
        let items = match data.raw().starts_with('{') {
            // One item that nobody put into a list.
            true => vec![Object::at("data[0]", data.raw()).map_err(|unfit| Coded::form(unfit.fault()))?],
            false => data.objects(ITEMS_MAX).map_err(|fault| match fault {
                Fault::TooLong { .. } => fault.into(),
                fault => Coded::form(fault),
            })?,
        };
        if items.is_empty() {
            return Err(Coded::form(data.wrong_type()));
        }
        Ok(Self { sent_at, said_at_doubt, sign, version, data: data.raw(), items })
    }

    pub(super) fn is_signed(&self) -> bool {
        sign::is_right(&self.sign, self.data)
    }
}

/// A number below it is seconds: as milliseconds it would lie in 1970 to 1973.
pub(super) const SECONDS_BELOW: i64 = 100_000_000_000;

/// September 2001: no lot speaks of before. What is less is neither seconds nor milliseconds.
const EARLIEST_SECOND: i64 = 1_000_000_000;

/// A Timestamp: milliseconds since 1970, within the years that a wall clock can show. 表 1 gives it four bytes, into
/// which only seconds fit, and some lots send these: they are read so, with a doubt.
pub(super) fn moment(value: &Present<'_>) -> Result<(Timestamp, Option<Doubt>), Fault> {
    let number = value.integer()?;
    let outside = || value.outside_list(&number.to_string());
    let seconds = number < SECONDS_BELOW;
    if number < EARLIEST_SECOND {
        return Err(outside());
    }
    let at = if seconds { Timestamp::from_second(number) } else { Timestamp::from_millisecond(number) };
    let at = at.ok().filter(|at| WallClock::of(*at).is_some()).ok_or_else(outside)?;
    let facts = || Facts::SecondsForMilliseconds { field: value.field().to_owned(), received: number };
    let doubt = seconds.then(|| facts().into());
    Ok((at, doubt))
}

/// 表 28, in its order.
#[derive(Serialize)]
struct Wire<'a> {
    timestamp: i64,
    sign: &'a str,
    version: &'a str,
    data: &'a RawValue,
}

/// A body to send.
pub(super) struct Written {
    pub(super) body: Vec<u8>,
    /// The list as it was signed.
    pub(super) data: String,
    pub(super) sign: String,
}

/// Puts one item, as JSON, in its envelope.
pub(super) fn write(item: &str, sent_at: Timestamp) -> Result<Written, CannotSeal> {
    let unfit = |error: serde_json::Error| CannotSeal::Unfit { field: "data", problem: error.to_string() };
    let data = format!("[{item}]");
    let sign = sign::sign(&data);
    let raw: &RawValue = serde_json::from_str(&data).map_err(unfit)?;
    let wire = Wire { timestamp: sent_at.as_millisecond(), sign: &sign, version: VERSION, data: raw };
    let body = serde_json::to_vec(&wire).map_err(unfit)?;
    Ok(Written { body, data, sign })
}
