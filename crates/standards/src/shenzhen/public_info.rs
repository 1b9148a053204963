//! 表 7 停车场（库）经营信息: when a lot is open, as a list within 表 6.

use super::codes::Read;
use crate::Fault;
use crate::shared::object::Unnamed;
use crate::shared::{Object, Present, TEXT_MAX, WallClock, clock};
use serde::Serialize;
use std::borrow::Cow;

/// 表 6 序号 21.
const ENTRIES_MAX: usize = 200;
/// 表 7 序号 1: 4 特殊日, which says its days.
const SPECIAL_DAYS: i64 = 4;

const LIST: &str = "publicInfos";
/// ISO 8601's word for the end of a day, at which lots that never close do.
const END_OF_DAY: &str = "24:00:00";
const TIME: &str = "时间，格式 HH:mm:ss";
const DAY: &str = "日期，格式 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss（营业类型为 4 时必填）";

/// 表 7, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PublicInfo<'a> {
    /// 表 7 序号 1, Int, 必填: 1 全天, 2 工作日, 3 法定节假日, 4 特殊日
    r#type: i64,
    /// 表 7 序号 2, Time 8, 必填: 营业开始时间
    start_time: Cow<'a, str>,
    /// 表 7 序号 3, Time 8, 必填: 营业结束时间
    end_time: Cow<'a, str>,
    /// 表 7 序号 4, DateTime 19 by its type and Date by its example, 营业类型 4 必填: 营业开始日期
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date_time: Option<Cow<'a, str>>,
    /// 表 7 序号 5, DateTime 19 by its type and Date by its example, 营业类型 4 必填: 营业结束日期
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date_time: Option<Cow<'a, str>>,
}

impl<'a> PublicInfo<'a> {
    /// Every entry; what the text does not name in them is added to `unnamed`.
    pub(super) fn read_all(object: &Object<'a>, unnamed: &mut Unnamed) -> Read<Option<Vec<Self>>> {
        let Some(list) = object.optional(LIST, "经营信息列表，不超过 200 项") else {
            return Ok(None);
        };
        let entries = list.objects(ENTRIES_MAX)?;
        let read = |entry: &Object<'a>| {
            let info = Self::read(entry)?;
            entry.add_unnamed_to(unnamed)?;
            Ok(info)
        };
        entries.iter().map(read).collect::<Result<_, Fault>>().map(Some).map_err(Into::into)
    }

    fn read(entry: &Object<'a>) -> Result<Self, Fault> {
        let kind =
            entry.required("type", "营业类型，整数 1 至 4（1=全天, 2=工作日, 3=法定节假日, 4=特殊日）")?;
        let kind = kind.integer_in(1..=SPECIAL_DAYS)?;
        let start_time = time(&entry.required("startTime", TIME)?)?;
        let end_time = end_time(&entry.required("endTime", TIME)?)?;
        let day = |name| match kind {
            SPECIAL_DAYS => day(&entry.required(name, DAY)?).map(Some),
            // A date that nobody has set says nothing.
            _ => match entry.optional(name, DAY) {
                Some(value) if !clock::is_unset(&value.any_text()?) => day(&value).map(Some),
                _ => Ok(None),
            },
        };
        Ok(Self {
            r#type: kind,
            start_time,
            end_time,
            start_date_time: day("startDateTime")?,
            end_date_time: day("endDateTime")?,
        })
    }
}

/// `HH:mm:ss`, or `HH:mm`, which is completed.
fn time<'a>(value: &Present<'a>) -> Result<Cow<'a, str>, Fault> {
    let text = value.text(TEXT_MAX)?;
    let whole = if text.len() == "HH:mm".len() { Cow::Owned(format!("{text}:00")) } else { text };
    let real = whole.len() == "HH:mm:ss".len() && WallClock::read(&format!("2000-01-01 {whole}")).is_some();
    if real { Ok(whole) } else { Err(value.wrong_type()) }
}

/// The same, or the end of a day.
fn end_time<'a>(value: &Present<'a>) -> Result<Cow<'a, str>, Fault> {
    match value.text(TEXT_MAX)?.as_ref() {
        "24:00" | END_OF_DAY => Ok(Cow::Borrowed(END_OF_DAY)),
        _ => time(value),
    }
}

fn day<'a>(value: &Present<'a>) -> Result<Cow<'a, str>, Fault> {
    let text = value.text(TEXT_MAX)?;
    if clock::is_unset(&text) {
        return Err(value.unset());
    }
    let real = WallClock::read(&text).or_else(|| WallClock::read(&format!("{text} 00:00:00"))).is_some();
    if real { Ok(text) } else { Err(value.wrong_type()) }
}
