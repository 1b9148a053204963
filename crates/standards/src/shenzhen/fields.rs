//! The fields that the text's tables describe in the same words again and again, read and written.

use super::annexes::a_codes::Code;
use super::codes::{Coded, Read};
use super::sm4;
use crate::Fault;
use crate::lot_side::CannotSeal;
pub(super) use crate::shared::writing::{clock as clock_written, needed, text as written, unfit};
use crate::shared::{Object, Present, TEXT_MAX, WallClock};
use bowei_encoding::sha256_hex;
use bowei_encoding::shown::shown;
use bowei_model::{ExactPosition, Plate, Position};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// 表 1 Uuid: 32 字符. Lots number themselves, and not all of them with 32.
pub(super) const UUID_MAX: usize = 32;
/// plateNo String 20.
pub(super) const PLATE_MAX: usize = 20;
/// 表 1 Int: 4 字节.
pub(super) const INT_MAX: i64 = i32::MAX as i64;
const INT_MIN: i64 = i32::MIN as i64;

pub(super) const PARK_CODE: &str = "parkCode";
/// What is written for a car without a plate, since `plateNo` is required; read back as no plate.
const NO_PLATE: &str = "无牌车";
const PLATE_NO: &str = "plateNo";
const PLATE: &str = "车牌号码，字符串，不超过 20 个字符";

/// parkCode, Uuid 32, 必填 in every table.
pub(super) fn park_code<'a>(object: &Object<'a>) -> Read<Cow<'a, str>> {
    let expected = "停车场（库）编码，1 至 32 个字符，限数字、字母、_ 与 -";
    uuid(&object.required(PARK_CODE, expected)?, Code::LotId)
}

/// An id of type Uuid.
pub(super) fn uuid<'a>(value: &Present<'a>, malformed: Code) -> Read<Cow<'a, str>> {
    let id = value.text(UUID_MAX)?;
    if is_uuid(&id) { Ok(id) } else { Err(Coded::new(malformed, value.wrong_type())) }
}

/// Whether it can stand where the text has a Uuid.
pub(super) fn is_uuid(id: &str) -> bool {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    plain && (1..=UUID_MAX).contains(&id.len())
}

/// 32 digits of hex that stand for the parts, the same ever after.
pub(super) fn digest32(parts: &[&str]) -> String {
    // A NUL between them, which none of them can hold, so that no two lists of parts read the same.
    let mut digest = sha256_hex(parts.join("\0").as_bytes());
    digest.truncate(UUID_MAX);
    digest
}

/// The id itself where the text takes it, else its digest.
pub(super) fn uuid_of(id: &str) -> Cow<'_, str> {
    if is_uuid(id) { Cow::Borrowed(id) } else { Cow::Owned(digest32(&[id])) }
}

/// A text that must be there.
pub(super) fn text<'a>(
    object: &Object<'a>,
    name: &str,
    expected: &'static str,
    max: usize,
) -> Read<Cow<'a, str>> {
    Ok(object.required(name, expected)?.text(max)?)
}

/// A text that may be there.
pub(super) fn optional_text<'a>(
    object: &Object<'a>,
    name: &str,
    expected: &'static str,
    max: usize,
) -> Read<Option<Cow<'a, str>>> {
    Ok(object.optional(name, expected).map(|value| value.text(max)).transpose()?)
}

/// A number of spaces that must be there.
pub(super) fn count(object: &Object<'_>, name: &str, expected: &'static str) -> Read<i64> {
    Ok(object.required(name, expected)?.integer_in(0..=INT_MAX)?)
}

/// A number of spaces that may be there.
pub(super) fn optional_count(object: &Object<'_>, name: &str, expected: &'static str) -> Read<Option<i64>> {
    Ok(object.optional(name, expected).map(|value| value.integer_in(0..=INT_MAX)).transpose()?)
}

/// A number of spaces that are left, which must be there.
pub(super) fn count_left(object: &Object<'_>, name: &str, expected: &'static str) -> Read<i64> {
    Ok(object.required(name, expected)?.integer_in(INT_MIN..=INT_MAX)?)
}

/// A number of spaces that are left, which may be there.
pub(super) fn optional_count_left(
    object: &Object<'_>,
    name: &str,
    expected: &'static str,
) -> Read<Option<i64>> {
    Ok(object.optional(name, expected).map(|value| value.integer_in(INT_MIN..=INT_MAX)).transpose()?)
}

/// A DateTime that must be there.
pub(super) fn clock(object: &Object<'_>, name: &str, expected: &'static str) -> Read<WallClock> {
    Ok(object.required(name, expected)?.wall_clock()?)
}

/// longitude and latitude, Double, in GCJ-02 (4.1.1 注 2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Degrees {
    pub(super) longitude: f64,
    pub(super) latitude: f64,
}

impl Degrees {
    pub(super) fn read(object: &Object<'_>) -> Read<Self> {
        let longitude = object.required("longitude", "经度（GCJ-02），数字，-180 至 180")?;
        let longitude = degrees(&longitude, 180.0)?;
        let latitude = object.required("latitude", "纬度（GCJ-02），数字，-90 至 90")?;
        Ok(Self { longitude, latitude: degrees(&latitude, 90.0)? })
    }

    pub(super) fn position(self) -> Option<ExactPosition> {
        Position::read(self.longitude, self.latitude, bowei_model::Datum::Gcj02).map(ExactPosition)
    }

    /// As maps have them: to six places, a decimetre.
    pub(super) fn write(position: ExactPosition) -> Self {
        let (longitude, latitude) = position.0.write(bowei_model::Datum::Gcj02);
        let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
        Self { longitude: rounded(longitude), latitude: rounded(latitude) }
    }
}

fn degrees(value: &Present<'_>, most: f64) -> Result<f64, Fault> {
    let text = value.any_text()?;
    let text = text.trim();
    // `parse` would also take words such as "nan" and "infinity".
    let looks_like_number = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let number: Option<f64> = text.parse().ok().filter(|_| looks_like_number);
    let number = number.ok_or_else(|| value.wrong_type())?;
    if number.abs() <= most { Ok(number) } else { Err(value.outside_list(text)) }
}

/// What a list of texts holds at most, and each of its texts.
pub(super) struct ListLimits {
    pub(super) items: usize,
    pub(super) chars: usize,
}

/// A list of texts; a number in it is the text that it was written as.
pub(super) fn texts(value: &Present<'_>, limits: &ListLimits) -> Result<Vec<String>, Fault> {
    if value.raw().starts_with('"') {
        return texts_in_one(value, limits);
    }
    let list: Vec<&RawValue> = serde_json::from_str(value.raw()).map_err(|_| value.wrong_type())?;
    if list.len() > limits.items {
        return Err(value.too_long(format!("{} 项", limits.items), format!("{} 项", list.len())));
    }
    let text = |item: &&RawValue| match item.get() {
        text if text.starts_with('"') => serde_json::from_str(text).ok(),
        number if number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => Some(number.to_owned()),
        _ => None,
    };
    let list: Option<Vec<String>> = list.iter().map(text).collect();
    let list = list.filter(|list| list.iter().all(|text| !text.contains('\0')));
    within(value, list.ok_or_else(|| value.wrong_type())?, limits)
}

/// A list written as one text, its items divided by commas.
fn texts_in_one(value: &Present<'_>, limits: &ListLimits) -> Result<Vec<String>, Fault> {
    let text = value.any_text()?;
    let items = text.split([',', '，']).map(str::trim).filter(|item| !item.is_empty());
    let list: Vec<String> = items.map(str::to_owned).collect();
    if list.len() > limits.items {
        return Err(value.too_long(format!("{} 项", limits.items), format!("{} 项", list.len())));
    }
    within(value, list, limits)
}

fn within(value: &Present<'_>, list: Vec<String>, limits: &ListLimits) -> Result<Vec<String>, Fault> {
    match list.iter().map(|text| text.chars().count()).max() {
        Some(longest) if longest > limits.chars => {
            Err(value.too_long(format!("每项 {} 个字符", limits.chars), format!("{longest} 个字符")))
        }
        _ => Ok(list),
    }
}

/// How the plates of a message stand in it (表 27 encrypted).
pub(super) enum Plates<'k> {
    Clear,
    /// Encrypted with one of the account's keys, newest first.
    Encrypted(Vec<&'k sm4::Key>),
}

impl Plates<'_> {
    /// plateNo, String 20, 必填; `""` is a car that has none.
    pub(super) fn plate_no<'a>(&self, object: &Object<'a>) -> Read<Cow<'a, str>> {
        if object.is_blank_text(PLATE_NO) {
            return Ok(Cow::Borrowed(""));
        }
        self.required_plate_no(object)
    }

    /// The same of a car that must have one.
    pub(super) fn required_plate_no<'a>(&self, object: &Object<'a>) -> Read<Cow<'a, str>> {
        self.plate_of(&object.required(PLATE_NO, PLATE)?)
    }

    /// plateNo where our agreement leaves it to the sender.
    pub(super) fn optional_plate_no<'a>(&self, object: &Object<'a>) -> Read<Option<Cow<'a, str>>> {
        object.optional(PLATE_NO, PLATE).map(|value| self.plate_of(&value)).transpose()
    }

    fn plate_of<'a>(&self, value: &Present<'a>) -> Read<Cow<'a, str>> {
        let Self::Encrypted(keys) = self else { return Ok(value.text(PLATE_MAX)?) };
        let plain = sm4::open(keys, "plateNo", value.field(), &value.text(TEXT_MAX)?)?;
        let chars = plain.chars().count();
        if chars > PLATE_MAX {
            return Err(value.too_long(format!("{PLATE_MAX} 个字符"), format!("{chars} 个字符")).into());
        }
        if plain.contains('\0') {
            return Err(value.wrong_type().into());
        }
        Ok(Cow::Owned(plain))
    }
}

/// A text to write where there is one.
pub(super) fn optional_written<'a>(
    field: &'static str,
    value: Option<&'a str>,
    max: usize,
) -> Result<Option<Cow<'a, str>>, CannotSeal> {
    value.filter(|value| !value.trim().is_empty()).map(|value| written(field, value, max)).transpose()
}

/// The lot's id to write.
pub(super) fn park_code_written(lot_id: &str) -> Result<Cow<'_, str>, CannotSeal> {
    let expected = "应为 1 至 32 个字符，限数字、字母、_ 与 -";
    let problem =
        || format!("{expected}，收到“{}” 1 to 32 letters, digits, _ or - are expected", shown(lot_id));
    if is_uuid(lot_id) { Ok(Cow::Borrowed(lot_id)) } else { Err(unfit(PARK_CODE, problem())) }
}

/// A plate to write, in clear.
pub(super) fn plate_written(plate: Option<&Plate>) -> Result<Cow<'_, str>, CannotSeal> {
    written("plateNo", plate.map_or(NO_PLATE, Plate::as_str), PLATE_MAX)
}
