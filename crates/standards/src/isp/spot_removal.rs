//! 4 删除停车场信息: `DELETE /park/spot`, lots taken out of service; their records stay.

use super::field;
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::platform_side::LotLookup;
use crate::shared::{Object, TEXT_MAX};
use bowei_model::Closure;
use serde::Serialize;
use std::borrow::Cow;

const EXPECTED: &str = "停车场编号，字符串，多个编号以“,”分隔，每个不超过 255 个字符";

/// 4 表.
#[derive(Debug, Serialize)]
pub(super) struct SpotRemoval<'a> {
    /// 4 表 park_code, String, Y: 停车场编号, 多个编号以","分隔
    park_code: Cow<'a, str>,
}

/// Reads the codes; of the same ones one.
pub(super) fn read(item: &Object<'_>, lots: &dyn LotLookup) -> Result<Vec<Closure>, Fault> {
    let value = item.required(field::PARK_CODE, EXPECTED)?;
    let text = value.any_text()?;
    let codes = || text.split(field::is_comma).map(str::trim).filter(|code| !code.is_empty());
    let count = codes().count();
    if count == 0 {
        return Err(value.wrong_type());
    }
    if count > super::LOTS_MAX {
        return Err(value.too_long(format!("{} 个编号", super::LOTS_MAX), format!("{count} 个编号")));
    }
    let mut closures: Vec<Closure> = Vec::with_capacity(count);
    for code in codes() {
        let chars = code.chars().count();
        if chars > TEXT_MAX {
            return Err(value.too_long(format!("{TEXT_MAX} 个字符"), format!("{chars} 个字符")));
        }
        let closure = Closure { lot: field::lot(value.field(), code, lots)? };
        if !closures.contains(&closure) {
            closures.push(closure);
        }
    }
    Ok(closures)
}

impl<'a> SpotRemoval<'a> {
    pub(super) fn write(lot_id: &'a str) -> Result<Self, CannotSeal> {
        Ok(Self { park_code: field::written_code(lot_id)? })
    }
}
