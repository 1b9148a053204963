//! 4.12 停车场（库）车辆数据: `POST /dataReceive/v1/parkCarInfo`, on the hour: every car inside. It says no time of its own:
//! the envelope's is when the list was right.

use super::codes::{Coded, Read};
use super::fields::{self, ListLimits, PLATE_MAX, Plates};
use super::sm4;
use crate::lot_side::CannotSeal;
use crate::shared::{Object, Present};
use bowei_model::{CarsInside, LotCode, Plate};
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;

/// Plates of seven or eight characters with their commas: seven thousand cars, more than any lot holds.
const LIST_MAX: usize = 64 * 1024;
/// Of a JSON list in its place: more plates than the string could hold.
const PLATES_MAX: usize = 16 * 1024;

const LIST: &str = "plateNoList";
const EXPECTED: &str =
    "场内车辆的车牌号码，以英文逗号隔开的字符串，每个不超过 20 个字符，总长不超过 65536 个字符";

/// 表 23, in its order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ParkCarInfo<'a> {
    /// 表 23 序号 1, Uuid 32, 必填: 停车场（库）编码
    pub(super) park_code: Cow<'a, str>,
    /// 表 23 序号 2, String, 必填: 车牌号码列表，多个数据之间用英文逗号隔开
    plate_no_list: Cow<'a, str>,
}

impl<'a> ParkCarInfo<'a> {
    pub(super) fn read(object: &Object<'a>, plates: &Plates<'_>) -> Read<Self> {
        let park_code = fields::park_code(object)?;
        let plate_no_list = match object.optional(LIST, EXPECTED) {
            // At night a lot may be empty, and this is how a list written as a string says so.
            None if object.is_blank_text(LIST) => Cow::Borrowed(""),
            None => return Err(object.required(LIST, EXPECTED).err().map_or_else(missing, Coded::from)),
            Some(value) => list(&value, plates)?,
        };
        Ok(Self { park_code, plate_no_list })
    }

    pub(super) fn into_cars(self, lot: LotCode, at: Timestamp) -> CarsInside {
        CarsInside { lot, at, plates: split(&self.plate_no_list).filter_map(Plate::read).collect() }
    }

    /// What is to stand in the list, in clear.
    pub(super) fn list_written(cars: &CarsInside) -> Result<String, CannotSeal> {
        let plates: Vec<&str> = cars.plates.iter().map(Plate::as_str).collect();
        for plate in &plates {
            fields::written(LIST, plate, PLATE_MAX)?;
        }
        let list = plates.join(",");
        let chars = list.chars().count();
        if chars > LIST_MAX {
            Err(fields::unfit(
                LIST,
                format!("应不超过 {LIST_MAX} 个字符 at most {LIST_MAX} characters are expected"),
            ))
        } else {
            Ok(list)
        }
    }

    pub(super) fn write(list: Cow<'a, str>, lot_id: &'a str) -> Result<Self, CannotSeal> {
        Ok(Self { park_code: fields::park_code_written(lot_id)?, plate_no_list: list })
    }
}

fn missing() -> Coded {
    crate::Fault::Missing { field: LIST.to_owned(), expected: EXPECTED.to_owned() }.into()
}

/// The list in clear. Encrypted, it is one text; or each plate is, since base64 has no commas. A JSON list, as the
/// answer of 表 26 has under the same name, is taken for the string.
fn list<'a>(value: &Present<'a>, plates: &Plates<'_>) -> Read<Cow<'a, str>> {
    let text = if value.raw().starts_with('[') {
        // An encrypted plate is longer than a clear one; each is measured when it is open.
        let limits = ListLimits { items: PLATES_MAX, chars: LIST_MAX };
        Cow::Owned(fields::texts(value, &limits)?.join(","))
    } else {
        value.any_text()?
    };
    let clear = match plates {
        Plates::Clear => text,
        Plates::Encrypted(keys) => {
            let opened: Result<Vec<_>, _> =
                split(&text).map(|part| sm4::open(keys, LIST, value.field(), part)).collect();
            Cow::Owned(opened?.join(","))
        }
    };
    let chars = clear.chars().count();
    if chars > LIST_MAX {
        return Err(value.too_long(format!("{LIST_MAX} 个字符"), format!("{chars} 个字符")).into());
    }
    match split(&clear).map(|plate| plate.chars().count()).max() {
        Some(longest) if longest > PLATE_MAX => {
            let max = format!("每个车牌 {PLATE_MAX} 个字符");
            Err(value.too_long(max, format!("{longest} 个字符")).into())
        }
        _ if clear.contains('\0') => Err(value.wrong_type().into()),
        _ => Ok(clear),
    }
}

/// The plates of a list, split at commas of either width.
fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', '，']).map(str::trim).filter(|plate| !plate.is_empty())
}
