//! 附录 B 停车场（库）服务属性字典: what a lot serves.

use crate::Fault;
use crate::shared::Present;

pub(in crate::shenzhen) const EXPECTED: &str = "服务属性代码，整数 1 至 17（附录 B）";

/// 表 B.1 in its order: the first is code 1.
const NAMES: [&str; 17] = [
    "住宅",
    "医院",
    "学校",
    "办公",
    "酒店、宾馆、旅馆",
    "餐饮",
    "娱乐",
    "商场、购物中心",
    "配套商业",
    "大型超市、仓储式超市",
    "综合市场、批发市场、农贸市场",
    "文体场所",
    "工业和物流仓储",
    "交通枢纽",
    "公园、游览场所",
    "城中村",
    "其他",
];

/// Reads a code.
pub(in crate::shenzhen) fn read(value: &Present<'_>) -> Result<i64, Fault> {
    value.integer_in(1..=NAMES.len() as i64)
}
