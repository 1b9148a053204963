//! 4.14 错峰停车数据, left to the parties; by our agreement `POST /dataReceive/v1/offPeakPackage`: an offer of spaces at hours
//! when a lot has too many.

use super::annexes::a_codes::Code;
use super::codes::{Coded, Read};
use super::fields;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, Present};
use bowei_model::{LotCode, OffPeakPackage};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// 表 6 序号 3: permitNo String 100.
const PERMIT_MAX: usize = 100;
/// Ours, as for every code of the text.
pub(super) const SERVICE_MAX: usize = 32;
/// Ours: numbers of offers and orders come from other platforms, some of which write them long.
pub(super) const NUMBER_MAX: usize = 64;
/// 4.1.1 注 1: 单位为元，精度为小数点后 2 位.
const MONEY_PLACES: u32 = 2;
/// Below a hundred million yuan: whatever is more is a slip.
const MONEY_MAX: Decimal = Decimal::from_parts(99_999_999, 0, 0, false, 0);
/// Characters of an amount, with room for whatever zeros number formatting adds.
const MONEY_CHARS: usize = 32;

pub(super) const PACKAGE_CODE: &str = "packageCode";

/// 4.14, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OffPeakPackageInfo<'a> {
    /// 4.14 停车场（库）编码, Uuid 32, 必填
    park_code: Cow<'a, str>,
    /// 4.14 许可决定文书号, String 100, 否
    #[serde(skip_serializing_if = "Option::is_none")]
    permit_no: Option<Cow<'a, str>>,
    /// 4.14 服务商编码, String 32, 必填
    isv_code: Cow<'a, str>,
    /// 4.14 套餐编号, String 64, 必填
    pub(super) package_code: Cow<'a, str>,
    /// 4.14 套餐类型, Int, 必填: the parties' own numbering
    package_type: i64,
    /// 4.14 套餐价格, Decimal, 必填: 元
    #[serde(serialize_with = "write_money")]
    package_price: Decimal,
    /// 4.14 套餐状态, Int, 必填: 0 下架, 1 上架
    package_status: i64,
}

impl<'a> OffPeakPackageInfo<'a> {
    pub(super) fn read(object: &Object<'a>) -> Read<Self> {
        let park_code = fields::park_code(object)?;
        let permit_no =
            fields::optional_text(object, "permitNo", "许可决定文书号，不超过 100 个字符", PERMIT_MAX)?;
        Ok(Self {
            park_code,
            permit_no,
            isv_code: isv_code(object)?,
            package_code: package_code(object)?,
            package_type: number(object, "packageType", "套餐类型，不小于 0 的整数")?,
            package_price: money(&object.required("packagePrice", "套餐价格（元），至多两位小数")?)?,
            package_status: object
                .required("packageStatus", "套餐状态，整数 0 或 1（0=下架, 1=上架）")?
                .integer_in(0..=1)?,
        })
    }

    pub(super) fn into_package(self, lot: LotCode) -> OffPeakPackage {
        OffPeakPackage {
            lot,
            package_no: self.package_code.into_owned(),
            permit_no: self.permit_no.map(Cow::into_owned),
            service_code: self.isv_code.into_owned(),
            package_kind: self.package_type,
            price: self.package_price,
            status: self.package_status,
        }
    }

    pub(super) fn write(package: &'a OffPeakPackage, lot_id: &'a str) -> Result<Self, CannotSeal> {
        if !matches!(package.status, 0 | 1) {
            return Err(fields::unfit("packageStatus", "应为 0 或 1 0 or 1 is expected"));
        }
        Ok(Self {
            park_code: fields::park_code_written(lot_id)?,
            permit_no: fields::optional_written("permitNo", package.permit_no.as_deref(), PERMIT_MAX)?,
            isv_code: fields::written("isvCode", &package.service_code, SERVICE_MAX)?,
            package_code: fields::written(PACKAGE_CODE, &package.package_no, NUMBER_MAX)?,
            package_type: number_written("packageType", package.package_kind)?,
            package_price: money_written("packagePrice", package.price)?,
            package_status: package.status,
        })
    }
}

pub(super) fn isv_code<'a>(object: &Object<'a>) -> Read<Cow<'a, str>> {
    fields::text(object, "isvCode", "服务商编码，不超过 32 个字符", SERVICE_MAX)
}

pub(super) fn package_code<'a>(object: &Object<'a>) -> Read<Cow<'a, str>> {
    fields::text(object, PACKAGE_CODE, "套餐编号，不超过 64 个字符", NUMBER_MAX)
}

/// A number of the parties' own numbering.
pub(super) fn number(object: &Object<'_>, name: &str, expected: &'static str) -> Read<i64> {
    Ok(object.required(name, expected)?.integer_in(0..=fields::INT_MAX)?)
}

pub(super) fn number_written(field: &'static str, number: i64) -> Result<i64, CannotSeal> {
    if (0..=fields::INT_MAX).contains(&number) {
        Ok(number)
    } else {
        Err(fields::unfit(field, "应为不小于 0 的整数 an Int of 0 or more is expected"))
    }
}

/// An amount of money, from its text: never through floating point.
pub(super) fn money(value: &Present<'_>) -> Read<Decimal> {
    let text = value.any_text()?;
    let text = text.trim();
    if text.len() > MONEY_CHARS {
        return Err(Coded::new(Code::WrongType, value.wrong_type()));
    }
    let plain = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    let amount = plain.map_err(|_| value.wrong_type())?.normalize();
    if amount.scale() > MONEY_PLACES {
        return Err(value.wrong_type().into());
    }
    if amount.is_sign_negative() || amount > MONEY_MAX {
        return Err(value.outside_list(text).into());
    }
    Ok(amount)
}

pub(super) fn money_written(field: &'static str, amount: Decimal) -> Result<Decimal, CannotSeal> {
    let amount = amount.normalize();
    if amount.scale() > MONEY_PLACES || amount.is_sign_negative() || amount > MONEY_MAX {
        return Err(fields::unfit(
            field,
            format!("not an amount from 0 to {MONEY_MAX} with at most two places"),
        ));
    }
    Ok(amount)
}

/// A JSON number with both places, as the text's Decimal is.
pub(super) fn write_money<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let number = RawValue::from_string(format!("{amount:.2}")).map_err(serde::ser::Error::custom)?;
    number.serialize(serializer)
}
