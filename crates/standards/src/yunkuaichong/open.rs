//! From an authentic message to the charging record in it: the lot first, then every other field in the table's order.

use super::charging_record::{self, ChargingRecord, LOT_ID, STATION_ID, STATION_ID_EXPECTED};
use super::envelope::{Message, SERVICE};
use super::sign::SIGN;
use crate::Fault;
use crate::platform_side::{Delivery, LotAnswer, LotBook, Said};
use crate::shared::object::Unnamed;
use crate::shared::shown::shown;
use crate::shared::{Object, mended};
use bowei_model::{Facts, LotCode, Report};

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
        let facts = Facts::EndBeforeStart {
            start_field: "startTime".to_owned(),
            start: wire.start_time.to_string(),
            end_field: "endTime".to_owned(),
            end: wire.end_time.to_string(),
        };
        doubts.push(facts.into());
    }
    if wire.station_id.is_empty() {
        let (field, expected) = (STATION_ID.to_owned(), STATION_ID_EXPECTED.to_owned());
        doubts.push(Facts::FieldBlank { field, expected }.into());
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
