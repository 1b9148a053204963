//! 3 更新停车场信息: `POST /park/spot`, a lot's base data on every change, and all of them every night.

use super::field::{self, unfit};
use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::platform_side::{LotLookup, TooManyLots};
use crate::shared::{Object, Present, TEXT_MAX};
use bowei_model::{Datum, Doubt, ExactPosition, Facts, LotCode, LotProfile, Position};
use serde::Serialize;
use std::borrow::Cow;

const NAME: &str = "park_name";
const LONGITUDE: &str = "longitude";
const LATITUDE: &str = "latitude";
const ADDRESS: &str = "address";
const SYSTEM: &str = "coordinate_system";
const LONGITUDE_EXPECTED: &str = "经度，-180 至 180 的数，与 latitude 同时填写";
const LATITUDE_EXPECTED: &str = "纬度，-90 至 90 的数，与 longitude 同时填写";
const SYSTEM_EXPECTED: &str = "地图坐标系 WGS84、GCJ02 或 BD09";

/// Seven places of a degree are a centimetre.
const DEGREE_PLACES: f64 = 1e7;

/// 3 表, in its order.
#[derive(Debug, Serialize)]
pub(super) struct Spot<'a> {
    /// 3 表 park_code, String, Y: 停车场编号
    park_code: Cow<'a, str>,
    /// 3 表 park_name, String, N: 停车场名字
    #[serde(skip_serializing_if = "Option::is_none")]
    park_name: Option<Cow<'a, str>>,
    /// 3 表 longitude, Double, N: 经度
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
    /// 3 表 latitude, Double, N: 纬度
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
    /// 3 表 address, String, N: 地址
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Cow<'a, str>>,
    /// 3 表 coordinate_system, String, Y: WGS84, GCJ02, BD09
    coordinate_system: &'static str,
}

/// Reads an item. A lot that nobody has registered comes into being with its first description.
pub(super) fn read(item: &Object<'_>, lots: &dyn LotLookup) -> Result<(LotProfile, Vec<Doubt>), Fault> {
    let code = field::park_code(item)?;
    let lot = lot(item, &code, lots)?;
    let text = |name, expected| {
        let value = item.optional(name, expected);
        value.map(|value| value.text(TEXT_MAX).map(Cow::into_owned)).transpose()
    };
    let name = text(NAME, "停车场名字，字符串，不超过 255 个字符")?;
    let longitude = item.optional(LONGITUDE, LONGITUDE_EXPECTED);
    let longitude = longitude.map(|value| degrees(&value, 180.0)).transpose()?;
    let latitude = item.optional(LATITUDE, LATITUDE_EXPECTED);
    let latitude = latitude.map(|value| degrees(&value, 90.0)).transpose()?;
    let address = text(ADDRESS, "地址，字符串，不超过 255 个字符")?;
    let (datum, doubt) = datum(item)?;
    let position = match (longitude, latitude) {
        (Some(longitude), Some(latitude)) => Position::read(longitude, latitude, datum),
        (None, None) => None,
        (None, Some(_)) => return Err(missing(item, LONGITUDE, LONGITUDE_EXPECTED)),
        (Some(_), None) => return Err(missing(item, LATITUDE, LATITUDE_EXPECTED)),
    };
    let profile = LotProfile {
        lot,
        lot_id: code.into_owned(),
        name,
        kind: None,
        district: None,
        address,
        position: position.map(ExactPosition),
        spaces_total: None,
        charging_spaces: None,
        tariff: None,
        in_service: Some(true),
        details: Default::default(),
    };
    Ok((profile, doubt.into_iter().collect()))
}

fn lot(item: &Object<'_>, code: &str, lots: &dyn LotLookup) -> Result<LotCode, Fault> {
    match field::lot_of(item, lots) {
        Err(Fault::UnknownLot { field, received }) => {
            lots.new_lot(code).map_err(|TooManyLots { max }| Fault::TooManyLots { field, received, max })
        }
        lot => lot,
    }
}

fn missing(item: &Object<'_>, name: &str, expected: &'static str) -> Fault {
    let missing = item.required(name, expected).err();
    missing.unwrap_or_else(|| Fault::Missing { field: name.to_owned(), expected: expected.to_owned() })
}

fn degrees(value: &Present<'_>, max: f64) -> Result<f64, Fault> {
    let text = value.text(TEXT_MAX)?;
    // `parse` would also take words such as "nan" and "infinity".
    let is_number = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let degrees: f64 = text.parse().ok().filter(|_| is_number).ok_or_else(|| value.wrong_type())?;
    if degrees.abs() <= max { Ok(degrees) } else { Err(value.outside_list(&text)) }
}

/// The coordinates' datum. The text's own example has none, though the table requires it.
fn datum(item: &Object<'_>) -> Result<(Datum, Option<Doubt>), Fault> {
    let Some(value) = item.optional(SYSTEM, SYSTEM_EXPECTED) else {
        let (field, expected) = (SYSTEM.to_owned(), SYSTEM_EXPECTED.to_owned());
        let facts = Facts::FieldAbsent { field, expected, assumed: "GCJ02".to_owned() };
        return Ok((Datum::Gcj02, Some(facts.into())));
    };
    let text = value.text(TEXT_MAX)?;
    let plain: String = text.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).collect();
    match plain.to_ascii_uppercase().as_str() {
        "WGS84" => Ok((Datum::Wgs84, None)),
        "GCJ02" => Ok((Datum::Gcj02, None)),
        "BD09" => Ok((Datum::Bd09, None)),
        _ => Err(value.outside_list(&text)),
    }
}

impl<'a> Spot<'a> {
    pub(super) fn write(profile: &'a LotProfile, lot_id: &'a str) -> Result<Self, CannotSeal> {
        let text = |field, value: &'a Option<String>| {
            let value = value.as_deref().filter(|value| !value.trim().is_empty());
            value.map(|value| field::written(field, value)).transpose()
        };
        let position = profile.position.map(|position| position.0.write(Datum::Gcj02));
        if position.is_some_and(|(longitude, latitude)| !longitude.is_finite() || !latitude.is_finite()) {
            return Err(unfit(LONGITUDE, "不是可用的经纬度 it is no place on Earth"));
        }
        let rounded = |degrees: f64| (degrees * DEGREE_PLACES).round() / DEGREE_PLACES;
        Ok(Self {
            park_code: field::written_code(lot_id)?,
            park_name: text(NAME, &profile.name)?,
            longitude: position.map(|(longitude, _)| rounded(longitude)),
            latitude: position.map(|(_, latitude)| rounded(latitude)),
            address: text(ADDRESS, &profile.address)?,
            coordinate_system: "GCJ02",
        })
    }
}
