//! 4.13 拉取补报车辆数据: `POST /dataReceive/v1/replenishCarInfo`, at midnight: which plates' records of the day, of cars with
//! reservations, do not add up, so that the lot sends them again.

use super::annexes::a_codes::Code;
use super::codes::{Coded, Read};
use super::fields;
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, WallClock};
use bowei_model::{Plate, moment};
use bytes::Bytes;
use http::Response;
use jiff::civil::Date;
use serde::Serialize;
use std::borrow::Cow;

/// 表 25 序号 4: 最大 50.
const PAGE_SIZE_MAX: i64 = 50;
/// A page is one item.
const ITEMS_MAX: usize = 50;

/// 表 25.
#[derive(Debug)]
pub(super) struct ReplenishCarInfo<'a> {
    /// 表 25 序号 1, Uuid 32, 必填: 停车场（库）编码
    pub(super) park_code: Cow<'a, str>,
    /// 表 25 序号 2, String 10, 必填: 时间，示例 2023-09-25; here as `yyyymmdd`
    pub(super) day: u32,
    /// 表 25 序号 3 and 4
    pub(super) page: Page,
}

/// Which plates are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// 表 25 序号 3, Int, 必填: 当前请求页数，从 1 开始
    current: i64,
    /// 表 25 序号 4, Int, 必填: 每页记录数，最大 50
    size: i64,
}

impl<'a> ReplenishCarInfo<'a> {
    pub(super) fn read(object: &Object<'a>) -> Read<Self> {
        let park_code = fields::park_code(object)?;
        let date = object.required("queryDate", "查询日期，格式 yyyy-MM-dd")?;
        let midnight = WallClock::read(&format!("{} 00:00:00", date.any_text()?));
        let day = moment::day(midnight.ok_or_else(|| date.wrong_type())?.at());
        let current = object.required("currentPage", "当前请求页数，从 1 开始的整数")?;
        let current = current.integer_in(1..=fields::INT_MAX)?;
        let size = object.required("pageSize", "每页记录数，整数 1 至 50")?.integer_in(1..=PAGE_SIZE_MAX)?;
        Ok(Self { park_code, day, page: Page { current, size } })
    }
}

/// 表 25, in its order, as a lot asks.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question<'a> {
    /// 表 25 序号 1, Uuid 32, 必填: 停车场（库）编码
    park_code: Cow<'a, str>,
    /// 表 25 序号 2, String 10, 必填: 时间，示例 2023-09-25
    query_date: String,
    /// 表 25 序号 3, Int, 必填: 当前请求页数，从 1 开始
    current_page: u32,
    /// 表 25 序号 4, Int, 必填: 每页记录数，最大 50
    page_size: i64,
}

impl<'a> Question<'a> {
    pub(super) fn write(lot_id: &'a str, day: Date, page: u32) -> Result<Self, CannotSeal> {
        Ok(Self {
            park_code: fields::park_code_written(lot_id)?,
            query_date: day.to_string(),
            current_page: page,
            page_size: PAGE_SIZE_MAX,
        })
    }
}

/// The plates of an answer's page. 表 26 calls `plateNoList` a list; a text of plates with commas is read as well, for
/// that is how 表 23 writes the field of the same name.
pub(super) fn read_answer(answer: &Response<Bytes>) -> Option<Vec<Plate>> {
    let object = Object::read(answer.body()).ok()?;
    let items = object.optional("data", "返回数据")?.objects(ITEMS_MAX).ok()?;
    let Some(item) = items.first() else { return Some(Vec::new()) };
    let Some(list) = item.optional("plateNoList", "车牌号列表") else { return Some(Vec::new()) };
    let plates: Vec<String> = match serde_json::from_str(list.raw()) {
        Ok(plates) => plates,
        Err(_) => list.any_text().ok()?.split([',', '，']).map(str::to_owned).collect(),
    };
    Some(plates.iter().filter_map(|plate| Plate::read(plate)).collect())
}

impl Page {
    /// The page of the plates. The first page is there even when it is empty: nothing to mend is an answer.
    pub(super) fn of(self, plates: &[Plate]) -> Read<&[Plate]> {
        let size = usize::try_from(self.size).unwrap_or(1).max(1);
        let number = usize::try_from(self.current).unwrap_or(usize::MAX);
        if number == 1 && plates.is_empty() {
            return Ok(&[]);
        }
        plates.chunks(size).nth(number.saturating_sub(1)).ok_or_else(|| {
            let pages = plates.len().div_ceil(size).max(1);
            let fault = Fault::Mismatch {
                field: "data[0].currentPage".to_owned(),
                expected: format!("1 至 {pages}（按每页 {size} 条共 {pages} 页）"),
                received: Some(self.current.to_string()),
            };
            Coded::new(Code::NoSuchPage, fault)
        })
    }
}

/// 表 26, in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found<'a> {
    /// 表 26 序号 1, Uuid 32, 必填: 停车场（库）编码
    pub(super) park_code: &'a str,
    /// 表 26 序号 2, List<String>, 必填: 出入场记录有问题的车牌号
    pub(super) plate_no_list: Vec<Cow<'a, str>>,
}
