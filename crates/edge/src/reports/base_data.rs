//! `lot` and `gate`: what a lot says of itself.

use super::fields::{Fields, received};
use super::{About, ReportFault, form};
use bowei_model::{Gate, GateStatus, LotProfile};
use serde_json::Value;
use std::collections::BTreeMap;

/// A standard has a few dozen items of base data.
const DETAILS_MAX: usize = 100;
/// An item is a word or a list of a few hundred.
const DETAIL_MAX_BYTES: usize = 16 * 1024;

pub(super) fn lot(fields: &mut Fields, about: About<'_>) -> Result<LotProfile, ReportFault> {
    Ok(LotProfile {
        lot: about.lot.clone(),
        lot_id: about.lot_id.to_owned(),
        name: fields.optional("name", form::TEXT)?,
        kind: fields.optional("lot_kind", form::LOT_KIND)?,
        district: fields.optional("district", form::TEXT)?,
        address: fields.optional("address", form::TEXT)?,
        position: fields.position()?,
        spaces_total: fields.optional("spaces_total", form::COUNT)?,
        charging_spaces: fields.optional("charging_spaces", form::COUNT)?,
        tariff: fields.optional("tariff", form::LONG_TEXT)?,
        in_service: fields.optional("in_service", form::FLAG)?,
        details: details(fields)?,
    })
}

/// The items of a standard beyond the fields above, by their names on the wire.
fn details(fields: &mut Fields) -> Result<BTreeMap<String, String>, ReportFault> {
    let expected = "an object of at most 100 of the standard's own items, each of at most 16 KiB";
    let fault = |received: String| ReportFault::new("details", expected, received);
    match fields.value("details") {
        None => Ok(BTreeMap::new()),
        Some(Value::Object(items)) if items.len() <= DETAILS_MAX => {
            let read = |(name, value): (String, Value)| {
                let text = value.to_string();
                let fits = text.len() <= DETAIL_MAX_BYTES;
                if fits { Ok((name, text)) } else { Err(fault(format!("{} bytes in {name:?}", text.len()))) }
            };
            items.into_iter().map(read).collect()
        }
        Some(Value::Object(items)) => Err(fault(format!("{} items", items.len()))),
        Some(other) => Err(fault(received(&other))),
    }
}

pub(super) fn gate(fields: &mut Fields, about: About<'_>) -> Result<Gate, ReportFault> {
    Ok(Gate {
        lot: about.lot.clone(),
        code: fields.needed("gate", form::TEXT)?,
        name: fields.needed("gate_name", form::TEXT)?,
        kind: fields.needed("gate_kind", form::GATE_KIND)?,
        position: fields.position()?.ok_or_else(|| {
            ReportFault::new("longitude", "degrees east and north, for a gate is a place", "nothing")
        })?,
        status: fields.optional("status", form::GATE_STATUS)?.unwrap_or(GateStatus::Open),
        road: fields.optional("road", form::TEXT)?,
    })
}
