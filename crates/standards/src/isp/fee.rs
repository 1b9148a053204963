//! 7 表: what was to pay, what was paid, and how.

use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::shared::{Present, TEXT_MAX, value};
use bowei_model::PayKind;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

pub(super) const TYPE_EXPECTED: &str =
    "缴费类型，代码或名称（1-现金，2-ETC，3-微信，4-支付宝，5-信用卡，6-储值卡，7-月租卡）";

/// Places kept: money has two, and what a lot computes in floating point (`34.599999999999994`) is right in four.
const PLACES: u32 = 4;
/// No stay costs ten million yuan: a slip of the decimal point, or cents taken for yuan.
const FEE_MAX: i64 = 10_000_000;

/// 7 表 payable_fee, paid_fee, Double, 单位元.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fee(pub(super) Decimal);

impl Fee {
    pub(super) fn read(value: &Present<'_>) -> Result<Self, Fault> {
        let text = value.text(TEXT_MAX)?;
        let text = text.as_ref();
        let is_number = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let amount = match text.contains(['e', 'E']) {
            true => Decimal::from_scientific(text).ok(),
            false => text.parse().ok(),
        };
        let amount = amount.filter(|_| is_number).ok_or_else(|| value.wrong_type())?;
        if amount.is_sign_negative() && !amount.is_zero() || amount > Decimal::from(FEE_MAX) {
            return Err(value.outside_list(text));
        }
        Ok(Self(rounded(amount)))
    }

    /// An amount to write; nothing said is nothing paid.
    pub(super) fn written(field: &'static str, amount: Option<Decimal>) -> Result<Self, CannotSeal> {
        let amount = amount.unwrap_or_default();
        if amount < Decimal::ZERO || amount > Decimal::from(FEE_MAX) {
            return Err(super::field::unfit(
                field,
                format!("应为 0 至 {FEE_MAX}，收到 {amount} it lies outside 0 to {FEE_MAX}"),
            ));
        }
        Ok(Self(rounded(amount)))
    }
}

fn rounded(amount: Decimal) -> Decimal {
    let amount = amount.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointAwayFromZero).normalize();
    if amount.is_zero() { Decimal::ZERO } else { amount }
}

impl Serialize for Fee {
    /// A JSON number with exactly its digits.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// 7 表 pay_type: 1-现金，2-ETC，3-微信，4-支付宝，5-信用卡，6-储值卡，7-月租卡.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PayType(pub(super) PayKind);

const PAY_TYPES: [(i64, &str, PayKind); 7] = [
    (1, "现金", PayKind::Cash),
    (2, "ETC", PayKind::Etc),
    (3, "微信", PayKind::Wechat),
    (4, "支付宝", PayKind::Alipay),
    (5, "信用卡", PayKind::CreditCard),
    (6, "储值卡", PayKind::StoredValue),
    (7, "月租卡", PayKind::Monthly),
];

impl PayType {
    /// The code, or the name that the text's own example gives instead; `None` for another, since the list is open.
    pub(super) fn read(value: &Present<'_>) -> Result<Option<Self>, Fault> {
        let text = value.text(TEXT_MAX)?;
        let code = value::integer(&text);
        let name = text.strip_suffix("支付").filter(|name| *name != "支付").unwrap_or(&text);
        let mut all = PAY_TYPES.iter();
        let found = all.find(|(number, word, _)| code == Some(*number) || word.eq_ignore_ascii_case(name));
        Ok(found.map(|(_, _, kind)| Self(*kind)))
    }
}

impl Serialize for PayType {
    /// The table's type: String.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let code = PAY_TYPES.iter().find(|(_, _, kind)| *kind == self.0).map_or(1, |(code, _, _)| *code);
        serializer.collect_str(&code)
    }
}
