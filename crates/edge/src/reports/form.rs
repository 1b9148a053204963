//! What a value of a report may look like, each form with the words that say so.

use bowei_model::{Datum, GateKind, GateStatus, LotKind, PayKind, PhotoRole, PhotoSubject, Plate, PlateKind};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::str::FromStr;

/// A string for which nothing else is said: what the standards allow where their texts name no length.
const TEXT_MAX: usize = 255;
/// A remark or a price list is a paragraph.
const LONG_TEXT_MAX: usize = 1_000;
/// A record's id, as the model has it.
const RECORD_ID_MAX: usize = 128;
/// Beyond a plate's nine places there is room for what cameras make of stickers.
const PLATE_MAX: usize = 32;
/// Plates in one list: more cars than the largest lot has inside.
const PLATES_MAX: usize = 20_000;
/// A decimal of more characters is no sum of money and no energy.
const DECIMAL_MAX: usize = 30;

/// A form: how it is read, and what to say where it is not met.
pub(super) struct Form<T> {
    /// What is expected, in words.
    pub(super) expected: &'static str,
    /// The value, where it has the form.
    pub(super) read: fn(&Value) -> Option<T>,
}

pub(super) const MOMENT: Form<Timestamp> =
    Form { expected: "a time with its offset, such as \"2026-04-01T08:15:30+08:00\"", read: parsed };
pub(super) const WHOLE: Form<i64> = Form { expected: "a whole number", read: Value::as_i64 };
pub(super) const COUNT: Form<u32> =
    Form { expected: "a whole number from 0 to 4294967295", read: |value| value.as_u64()?.try_into().ok() };
pub(super) const DEGREES: Form<f64> = Form { expected: "a number of degrees", read: Value::as_f64 };
pub(super) const FLAG: Form<bool> = Form { expected: "true or false", read: Value::as_bool };
pub(super) const DECIMAL: Form<Decimal> =
    Form { expected: "a decimal, best as text: \"12.50\"", read: decimal };
pub(super) const TEXT: Form<String> =
    Form { expected: "text of 1 to 255 characters", read: |value| text(value, TEXT_MAX) };
pub(super) const LONG_TEXT: Form<String> =
    Form { expected: "text of 1 to 1000 characters", read: |value| text(value, LONG_TEXT_MAX) };
pub(super) const RECORD_ID: Form<String> =
    Form { expected: "text of 1 to 128 characters", read: |value| text(value, RECORD_ID_MAX) };
/// Words for "no plate" are a plate's form as well, and no plate.
pub(super) const PLATE: Form<Option<Plate>> =
    Form { expected: "a plate, such as \"浙E12345\", or null for a car without one", read: plate };
pub(super) const PLATES: Form<Vec<Plate>> =
    Form { expected: "a list of at most 20000 plates, such as [\"浙E12345\"]", read: plates };
pub(super) const PLATE_KIND: Form<PlateKind> = Form {
    expected: "two digits of the dictionary of plate kinds (\"02\" small, \"52\" small new-energy, \"41\" none, …)",
    read: word,
};
pub(super) const PAY_KIND: Form<PayKind> = Form {
    expected: "\"cash\", \"etc\", \"wechat\", \"alipay\", \"credit-card\", \"stored-value\" or \"monthly\"",
    read: word,
};
pub(super) const ROLE: Form<PhotoRole> = Form { expected: "\"entry\" or \"exit\"", read: word };
pub(super) const SUBJECT: Form<PhotoSubject> =
    Form { expected: "\"tariff-board\", \"floor-plan\", \"space-map\", \"plate\" or \"other\"", read: word };
pub(super) const LOT_KIND: Form<LotKind> = Form { expected: "\"off-street\" or \"on-street\"", read: word };
pub(super) const DATUM: Form<Datum> = Form { expected: "\"GCJ02\", \"WGS84\" or \"BD09\"", read: word };
pub(super) const GATE_KIND: Form<GateKind> = Form { expected: "\"entry\", \"exit\" or \"both\"", read: word };
pub(super) const GATE_STATUS: Form<GateStatus> =
    Form { expected: "\"open\", \"closed\" or \"removed\"", read: word };

fn parsed<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

/// One of the model's own words, as the HTTP API writes it.
fn word<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

fn text(value: &Value, chars_max: usize) -> Option<String> {
    let text = value.as_str()?;
    (text.chars().count() <= chars_max).then(|| text.to_owned())
}

/// A number is taken by its digits as they are written again, so that no sum passes through a float's error.
fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    if text.len() > DECIMAL_MAX {
        return None;
    }
    text.parse().ok()
}

fn plate(value: &Value) -> Option<Option<Plate>> {
    text(value, PLATE_MAX).map(|text| Plate::read(&text))
}

fn plates(value: &Value) -> Option<Vec<Plate>> {
    let list = value.as_array()?;
    if list.len() > PLATES_MAX {
        return None;
    }
    // A word for "no plate" leaves no trace in a list of plates.
    list.iter().map(plate).collect::<Option<Vec<_>>>().map(|plates| plates.into_iter().flatten().collect())
}
