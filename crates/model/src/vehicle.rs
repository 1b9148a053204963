//! What a lot says of a car beyond its plate, and of what was paid for its stay.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What a car looks like, in the lot's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Vehicle {
    /// The car's colour, in Chinese: `白色`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// The plate's colour, in Chinese: `蓝`, `渐变绿`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate_color: Option<String>,
    /// The make: its name (`大众`), or an id that sender and platform have agreed upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The make's line, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_brand: Option<String>,
}

impl Vehicle {
    /// The vehicle, unless nothing is said of it.
    pub fn or_none(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }
}

/// What a stay cost. Money in yuan.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Payment {
    /// What was to be paid (应收).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payable: Option<Decimal>,
    /// What was paid (实收).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Decimal>,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_kind: Option<PayKind>,
}

/// How a stay was paid for (缴费类型).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PayKind {
    /// 现金.
    Cash,
    /// ETC.
    Etc,
    /// 微信.
    Wechat,
    /// 支付宝.
    Alipay,
    /// 信用卡.
    CreditCard,
    /// 储值卡.
    StoredValue,
    /// 月租卡.
    Monthly,
}
