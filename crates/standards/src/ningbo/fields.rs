//! What several interfaces have in common: the lot, the business, its type.

use crate::Fault;
use crate::lot_side::CannotSeal;
use crate::platform_side::{LotAccess, LotLookup, OpenedReport};
use crate::shared::{Object, RECORD_ID_MAX, TEXT_MAX, writing};
use bowei_encoding::shown::shown;
use bowei_model::{Direction, LotCode, RecordId, Report};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

pub(super) const LOT_ID: &str = "parkpotid";
pub(super) const BUSINESS_ID: &str = "businessid";

/// The part of a form that is the picture.
pub(super) const FILE: &str = "file";

/// 4 接入步骤 2: 6 位行政区划 + 3 位乡镇、街道编码 + 1 位停车场类别 + 2 位自编码.
const LOT_ID_DIGITS: usize = 12;

/// The speaker's lot that the message names.
pub(super) fn lot(object: &Object<'_>, lots: &dyn LotLookup) -> Result<LotCode, Fault> {
    let value = object.required(
        LOT_ID,
        "停车场编号，12 位数字（6 位行政区划 + 3 位乡镇、街道编码 + 1 位停车场类别 + 2 位自编码）",
    )?;
    let id = value.text(TEXT_MAX)?;
    if !is_lot_id(&id) {
        return Err(value.wrong_type());
    }
    let field = || LOT_ID.to_owned();
    match lots.lot(&id) {
        LotAccess::Granted(code) => Ok(code),
        LotAccess::Denied => Err(Fault::NotYourLot { field: field(), received: shown(&id) }),
        LotAccess::Unknown => Err(Fault::UnknownLot { field: field(), received: shown(&id) }),
    }
}

fn is_lot_id(id: &str) -> bool {
    id.len() == LOT_ID_DIGITS && id.bytes().all(|b| b.is_ascii_digit())
}

/// businessid.
pub(super) fn business_id<'a>(object: &Object<'a>) -> Result<Cow<'a, str>, Fault> {
    object.required(BUSINESS_ID, "停车场业务编号，字符串，不超过 128 个字符")?.text(RECORD_ID_MAX)
}

/// 业务类型(1:到达 2:离开).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BusinessType {
    Arrival,
    Departure,
}

impl BusinessType {
    pub(super) fn read(object: &Object<'_>) -> Result<Self, Fault> {
        let value = object.required("businesstype", "业务类型，1（到达）或 2（离开）")?;
        match value.integer()? {
            1 => Ok(Self::Arrival),
            2 => Ok(Self::Departure),
            other => Err(value.outside_list(&other.to_string())),
        }
    }

    pub(super) fn of(direction: Direction) -> Self {
        match direction {
            Direction::Entry => Self::Arrival,
            Direction::Exit => Self::Departure,
        }
    }
}

impl Serialize for BusinessType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Arrival => "1",
            Self::Departure => "2",
        })
    }
}

/// The lot's id to write.
pub(super) fn lot_id_text(id: &str) -> Result<&str, CannotSeal> {
    let problem = || format!("应为 12 位数字，收到“{}” twelve digits are expected", shown(id));
    if is_lot_id(id) { Ok(id) } else { Err(writing::unfit(LOT_ID, problem())) }
}

/// The business's id to write.
pub(super) fn business_id_text(id: &RecordId) -> Result<Cow<'_, str>, CannotSeal> {
    writing::text(BUSINESS_ID, id.as_str(), RECORD_ID_MAX)
}

/// A report of which nothing is doubted yet.
pub(super) fn opened(report: Report) -> OpenedReport {
    OpenedReport { report, doubts: Vec::new(), unnamed_fields: None }
}
