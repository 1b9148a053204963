//! NGSI-LD entities after Smart Data Models, `OffStreetParking` and `OnStreetParking`, in the key-values form, which is the
//! one that the models' schemas describe.

use super::public_lot::{OpenStatus, PublicLot};
use super::{City, Publisher};
use bowei_model::moment::rfc3339;
use bowei_model::{LotCategory, LotKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::io;

/// What stands in a URN as it is: a code may hold letters of any script.
const IN_URN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

pub(super) fn entities(city: &City, kind: Option<LotKind>, publisher: &Publisher) -> io::Result<Vec<u8>> {
    let mut list = b"[".to_vec();
    let of_kind = city.lots.iter().filter(|lot| kind.is_none_or(|kind| lot.lot.kind == kind));
    for entity in of_kind.filter_map(|lot| entity(lot, publisher)) {
        if list.len() > 1 {
            list.push(b',');
        }
        serde_json::to_writer(&mut list, &entity)?;
    }
    list.push(b']');
    Ok(list)
}

/// A lot as an entity; `None` where it has not said where it lies: the models want that.
fn entity(public: &PublicLot, publisher: &Publisher) -> Option<Value> {
    let lot = &public.lot;
    let position = public.position()?;
    let kind = match lot.kind {
        LotKind::OffStreet => "OffStreetParking",
        LotKind::OnStreet => "OnStreetParking",
    };
    let is_off_street = lot.kind == LotKind::OffStreet;
    let mut entity = json!({
        "id": format!("urn:ngsi-ld:{kind}:{}", utf8_percent_encode(public.code(), IN_URN)),
        "type": kind,
        "name": public.name(),
        "location": {"type": "Point", "coordinates": position},
        "areaServed": lot.district,
        "dataProvider": publisher.name,
        "dateModified": rfc3339(public.recorded_at),
        "reportingStatus": public.status.name(),
    });
    let entity_mut = entity.as_object_mut()?;
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            entity_mut.insert(name.to_owned(), value);
        }
    };
    let address = || json!({"addressCountry": "CN", "streetAddress": lot.address});
    set("address", (!lot.address.is_empty()).then(address));
    let categories: Vec<_> = [
        (lot.category == Some(LotCategory::Public), "public"),
        (lot.charging_spaces > 0, "forElectricalCharging"),
        (lot.accessible_spaces > 0, "forDisabled"),
    ]
    .into_iter()
    .filter_map(|(holds, name)| holds.then_some(name))
    .collect();
    set("category", (!categories.is_empty()).then(|| json!(categories)));
    let words: Vec<_> = public.words().map(|(zh, _, own)| format!("{zh}{own}")).collect();
    set("description", (!words.is_empty()).then(|| json!(words.join("；"))));
    set("totalSpotNumber", (lot.spaces_total > 0).then(|| json!(lot.spaces_total)));
    set("availableSpotNumber", public.vacant.map(Value::from));
    set("occupiedSpotNumber", public.occupied().map(Value::from));
    set("chargingSpotNumber", (lot.charging_spaces > 0).then(|| json!(lot.charging_spaces)));
    set("availableChargingSpotNumber", public.charging_vacant.map(Value::from));
    let as_of = public.as_of.map(|at| json!(rfc3339(at)));
    set("occupancyModified", as_of.clone().filter(|_| public.vacant.is_some()));
    set("observationDateTime", as_of);
    // The model of on-street sections has neither.
    if is_off_street {
        set("occupancy", public.occupancy().map(Value::from));
        set("facilities", (lot.charging_spaces > 0).then(|| json!(["electricChargingStation"])));
        set("status", status(public).map(|status| json!([status])));
    }
    Some(entity)
}

/// The model's own word for how it is: of what cannot be believed it has none.
fn status(public: &PublicLot) -> Option<&'static str> {
    match (public.status, public.vacant) {
        (OpenStatus::Closed, _) => Some("closed"),
        (OpenStatus::Online, Some(0)) => Some("full"),
        (OpenStatus::Online, Some(_)) => Some("spacesAvailable"),
        _ => None,
    }
}
