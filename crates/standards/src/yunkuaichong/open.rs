//! From an authentic message to the charging record in it: the lot first, then every other field in the table's order.

use super::charging_record::{self, ChargingRecord, LOT_ID, STATION_ID, STATION_ID_EXPECTED};
use super::envelope::{Message, SERVICE};
use super::sign::SIGN;
use crate::Fault;
use crate::platform_side::{Delivery, LotAnswer, LotBook, Said};
use crate::shared::object::Unnamed;
use crate::shared::shown::shown;
use crate::shared::{Object, mended};
use bowei_model::{Doubt, FindingKind, LotCode, Report};

/// Opens a message.
pub(super) fn open(message: &Message, lots: &dyn LotBook) -> Result<Delivery, Fault> {
    let object = Object::read(&message.json).map_err(|unfit| unfit.fault())?;
    // Asked for here too, so that they do not count as fields that the text does not name.
    object.optional(SIGN, "");
    if message.by_service {
        object.optional(SERVICE, "");
    }
    let lot = lot(&object, lots)?;
    let wire = ChargingRecord::read(&object)?;
    let mut doubts = Vec::new();
    if wire.end_time.at() < wire.start_time.at() {
        doubts.push(Doubt {
            kind: FindingKind::ExitBeforeEntry,
            detail: format!("endTime {} 早于 startTime {}", wire.end_time, wire.start_time),
        });
    }
    if wire.station_id.is_empty() {
        let detail = format!("{STATION_ID} 为空：应为{STATION_ID_EXPECTED}");
        doubts.push(Doubt { kind: FindingKind::MissingField, detail });
    }
    if message.mended {
        doubts.push(mended::doubt());
    }
    let mut unnamed = Unnamed::default();
    object.add_unnamed_to(&mut unnamed)?;
    let report = Report::ChargingRecord(wire.into_record(lot));
    let said = Said { report, doubts, unnamed_fields: unnamed.into_json() };
    Ok(Delivery { reports: vec![said], ..Delivery::default() })
}

/// The lot that the message names, if its records may name it.
fn lot(object: &Object<'_>, lots: &dyn LotBook) -> Result<LotCode, Fault> {
    let id = charging_record::park_id(object)?;
    let field = || LOT_ID.to_owned();
    match lots.lot(&id) {
        LotAnswer::Yours(code) => Ok(code),
        LotAnswer::NotYours => Err(Fault::NotYourLot { field: field(), came: shown(&id) }),
        LotAnswer::Unknown => Err(Fault::UnknownLot { field: field(), came: shown(&id) }),
    }
}
