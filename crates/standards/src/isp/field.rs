//! What the interfaces' tables have in common: the lot's code, times in seconds, texts, both ways.

use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::platform_side::{Delivery, OpenedReport};
use crate::platform_side::{LotAccess, LotLookup};
use crate::shared::object::Unnamed;
pub(super) use crate::shared::writing::{needed, unfit};
use crate::shared::{Object, Present, TEXT_MAX, writing};
use bowei_encoding::shown::shown;
use bowei_model::{Doubt, Facts, LotCode, Report};
use jiff::Timestamp;
use std::borrow::Cow;

pub(super) const PARK_CODE: &str = "park_code";
/// 4: 多个编号以","分隔. A code with a comma in it could be given to a lot and never taken from it.
pub(super) const PARK_CODE_EXPECTED: &str = "停车场编号，字符串，不超过 255 个字符，不含逗号";

/// Ten digits, up to the year 2286: what has thirteen is milliseconds, and a moment of the year 58,000 otherwise.
const SECONDS_MAX: i64 = 9_999_999_999;

/// 3, 5, 6, 7 表 park_code.
pub(super) fn park_code<'a>(item: &Object<'a>) -> Result<Cow<'a, str>, Fault> {
    let value = item.required(PARK_CODE, PARK_CODE_EXPECTED)?;
    let code = value.text(TEXT_MAX)?;
    if code.contains(is_comma) { Err(value.wrong_type()) } else { Ok(code) }
}

/// A comma, as either keyboard writes it.
pub(super) fn is_comma(c: char) -> bool {
    matches!(c, ',' | '，')
}

/// The speaker's lot of that code.
pub(super) fn lot(field: &str, code: &str, lots: &dyn LotLookup) -> Result<LotCode, Fault> {
    match lots.lot(code) {
        LotAccess::Granted(lot) => Ok(lot),
        LotAccess::Denied => Err(Fault::NotYourLot { field: field.to_owned(), received: shown(code) }),
        LotAccess::Unknown => Err(Fault::UnknownLot { field: field.to_owned(), received: shown(code) }),
    }
}

/// The speaker's lot that an item names.
pub(super) fn lot_of(item: &Object<'_>, lots: &dyn LotLookup) -> Result<LotCode, Fault> {
    let value = item.required(PARK_CODE, PARK_CODE_EXPECTED)?;
    lot(value.field(), &park_code(item)?, lots)
}

/// Whether a field that the text requires is there with nothing in it, which is doubted.
pub(super) fn is_blank(item: &Object<'_>, name: &str, expected: &str, doubts: &mut Vec<Doubt>) -> bool {
    let blank = item.is_blank_text(name);
    if blank {
        let (field, expected) = (name.to_owned(), expected.to_owned());
        doubts.push(Facts::FieldBlank { field, expected }.into());
    }
    blank
}

/// Keeps a value that an open list of the text does not have, with a doubt.
pub(super) fn keep_unlisted(
    item: &Object<'_>,
    name: &str,
    expected: &str,
    value: &Present<'_>,
    doubts: &mut Vec<Doubt>,
) {
    item.keep(name);
    let (field, expected) = (value.field().to_owned(), expected.to_owned());
    doubts.push(Facts::UnlistedValue { field, expected, received: shown(value.raw()) }.into());
}

/// 时间戳，精确到秒: seconds since 1970, as number or string; `None` for 0.
pub(super) fn seconds(value: &Present<'_>) -> Result<Option<Timestamp>, Fault> {
    match value.integer_in(0..=SECONDS_MAX)? {
        0 => Ok(None),
        seconds => Timestamp::from_second(seconds).map(Some).map_err(|_| value.wrong_type()),
    }
}

/// A time that must be one.
pub(super) fn moment(value: &Present<'_>) -> Result<Timestamp, Fault> {
    seconds(value)?.ok_or_else(|| value.outside_list("0"))
}

/// The fault of what does not prove or agree with what it should.
pub(super) fn mismatch(field: &str, expected: &str, received: Option<&str>) -> Fault {
    Fault::Mismatch {
        field: field.to_owned(),
        expected: expected.to_owned(),
        received: received.map(str::to_owned),
    }
}

/// A text to write, within the limits that reading it has.
pub(super) fn written<'a>(field: &'static str, value: &'a str) -> Result<Cow<'a, str>, CannotSeal> {
    writing::text(field, value, TEXT_MAX)
}

/// The lot's code to write.
pub(super) fn written_code(code: &str) -> Result<Cow<'_, str>, CannotSeal> {
    if code.contains(is_comma) {
        return Err(unfit(
            PARK_CODE,
            format!("不能含逗号，收到“{}” a comma divides codes and can be in none", shown(code)),
        ));
    }
    written(PARK_CODE, code)
}

/// A time to write.
pub(super) fn written_seconds(field: &'static str, at: Timestamp) -> Result<i64, CannotSeal> {
    let seconds = at.as_second();
    if (1..=SECONDS_MAX).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(unfit(field, format!("{at} 不在公元 1970 至 2286 年之间 it lies outside the years 1970 to 2286")))
    }
}

/// Adds a report to what was said, with what its item says beyond the text's fields.
pub(super) fn say(
    delivery: &mut Delivery,
    report: Report,
    doubts: Vec<Doubt>,
    item: &Object<'_>,
) -> Result<(), Fault> {
    let mut unnamed = Unnamed::default();
    item.add_unnamed_to(&mut unnamed)?;
    delivery.reports.push(OpenedReport { report, doubts, unnamed_fields: unnamed.into_json() });
    Ok(())
}
