//! APDS 4.1 (ISO/TS 5206-1): each lot as a `Place`, and how full it is as an `ObservationElement`.
//!
//! An observation of APDS is of vehicles or of an element of the hierarchy. Ours are of whole lots alone: of a vehicle nothing
//! is ever said here. The counts stand where APDS has them, in a `demandTable`.

use super::public_lot::{OpenStatus, PublicLot};
use super::{City, Publisher};
use bowei_model::LotKind;
use bowei_model::moment::rfc3339;
use serde_json::{Value, json};
use std::io;

pub(super) fn places(city: &City, occupancy: bool) -> io::Result<Vec<u8>> {
    list(city, city.lots.iter().map(|lot| place(lot, occupancy)))
}

pub(super) fn observations(city: &City, publisher: &Publisher) -> io::Result<Vec<u8>> {
    list(city, city.lots.iter().filter_map(|lot| observation(lot, publisher)))
}

/// A list in one page, written element by element: the whole of it as values would take many times its bytes.
fn list(city: &City, elements: impl Iterator<Item = Value>) -> io::Result<Vec<u8>> {
    let mut list = b"{\"data\":[".to_vec();
    let mut total = 0u64;
    for element in elements {
        if total > 0 {
            list.push(b',');
        }
        serde_json::to_writer(&mut list, &element)?;
        total += 1;
    }
    let at = city.whole.at.as_second();
    let meta = json!({"referenceInstant": at, "offset": 0, "pageSize": total, "total": total});
    list.extend_from_slice(b"],\"meta\":");
    serde_json::to_writer(&mut list, &meta)?;
    list.push(b'}');
    Ok(list)
}

/// A lot as a place.
pub(super) fn place(public: &PublicLot, occupancy: bool) -> Value {
    let lot = &public.lot;
    let mut place = json!({
        "id": public.code(),
        "version": public.version,
        "name": chinese(public.name()),
        "layer": 0,
        "type": "parkingPlace",
        "timeZone": "Asia/Shanghai",
        "hierarchyElementRecord": {"creationTime": rfc3339(public.recorded_at)},
        "hierarchyElementReference": reference(public, occupancy),
    });
    let mut characteristics = json!({"openToPublic": true, "spacesTotal": lot.spaces_total});
    // Whether a lot off the street is a building or a plain nobody has said.
    if lot.kind == LotKind::OnStreet {
        set(&mut characteristics, "structureType", "onStreet");
    }
    if lot.charging_spaces > 0 {
        set(&mut characteristics, "evChargingPoints", lot.charging_spaces);
    }
    if lot.accessible_spaces > 0 {
        set(&mut characteristics, "disabledAccess", true);
    }
    set(&mut place, "characteristics", json!([characteristics]));
    let words: Vec<_> = public.words().collect();
    if !words.is_empty() {
        let zh: Vec<_> = words.iter().map(|(zh, _, own)| format!("{zh}{own}")).collect();
        let en: Vec<_> = words.iter().map(|(_, en, own)| format!("{en}{own}")).collect();
        set(&mut place, "description", both(&zh.join("；"), &en.join("; ")));
    }
    if !lot.address.is_empty() {
        let line = json!({"order": 0, "type": "street", "text": chinese(&lot.address)});
        set(&mut place, "placeStreetAddress", json!([{"addressLines": [line], "countryCode": "cn"}]));
    }
    if let Some(position) = public.position() {
        set(&mut place, "indicativePlacePointLocation", json!([point(position)]));
    }
    if occupancy {
        set(&mut place, "occupancyLevel", level(public));
    }
    place
}

/// What was last counted of a lot; `None` where nothing was, or it has not said where it lies: the schema wants that.
pub(super) fn observation(public: &PublicLot, publisher: &Publisher) -> Option<Value> {
    let (as_of, position) = public.as_of.zip(public.position())?;
    let at = rfc3339(as_of);
    let total = public.lot.spaces_total;
    let description = match (public.status, public.vacant) {
        (OpenStatus::Online, Some(vacant)) => {
            both(&format!("空余 {vacant}，共 {total}"), &format!("{vacant} of {total} spaces free"))
        }
        (OpenStatus::Stale, Some(vacant)) => both(
            &format!("失联，最后上报空余 {vacant}，共 {total}"),
            &format!("Not heard from since: {vacant} of {total} spaces were free"),
        ),
        (OpenStatus::Closed, _) => both("已停用", "Out of service"),
        _ => both("空位不明", "Free spaces are unknown"),
    };
    Some(json!({
        "id": public.code(),
        "version": as_of.as_millisecond().max(1),
        // The schema wants one of five: passages, which all counts here rest on, are readings of plates.
        "method": "anpr",
        "observationStartTime": at,
        "creationDateTime": at,
        "description": description,
        "location": {"observerLocation": point(position), "observedLocation": point(position)},
        "elementIds": {"id": public.code(), "version": public.version, "className": "Place"},
        "observerOrganisation": {"id": publisher.name, "version": 1, "className": "Organisation"},
        "hierarchyElementReference": reference(public, true),
        "occupancyLevel": level(public),
    }))
}

/// The lot by its id and its version, with its spaces and, where asked for, those taken.
fn reference(public: &PublicLot, occupancy: bool) -> Value {
    let mut reference = json!({
        "elementId": {"id": public.code(), "version": public.version, "className": "Place"},
        "supply": [{"supplyViewType": "spaceView", "supplyQuantity": public.lot.spaces_total}],
    });
    let counts = (public.as_of, public.occupied(), public.occupancy());
    if let (true, (Some(at), Some(occupied), Some(share))) = (occupancy, counts) {
        let (at, how) = (rfc3339(at), if public.is_counted { "counted" } else { "derived" });
        let percentage = (share * 1_000.0).round() / 10.0;
        let demand = json!({
            "count": occupied, "percentage": percentage, "occupancyCalculation": how, "recordDateTime": at,
        });
        set(&mut reference, "demandTable", json!([{"timestamp": at, "demandType": [demand]}]));
    }
    reference
}

/// How full, in a word: `available`, `full`, or why that is not known.
fn level(public: &PublicLot) -> Value {
    let word = match (public.status, public.vacant) {
        (OpenStatus::Online, Some(0)) => "full",
        (OpenStatus::Online, Some(_)) => "available",
        (status, _) => status.name(),
    };
    json!({"occupancyIndicator": {"entryDefinedValue": word}})
}

fn point(position: [f64; 2]) -> Value {
    json!({"type": "Point", "coordinates": position})
}

fn chinese(text: &str) -> Value {
    json!([{"language": "zh", "string": text}])
}

fn both(zh: &str, en: &str) -> Value {
    json!([{"language": "zh", "string": zh}, {"language": "en", "string": en}])
}

fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value.into());
    }
}
