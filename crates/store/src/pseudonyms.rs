//! Pseudonyms in the place of plates, within whole values: statements, sessions' photos, charges, documents.

use crate::Result;
use crate::values::{from_json, to_json};
use bowei_model::pairing::leg_id;
use bowei_model::{Plate, Report, Statement, replace_plates};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;

/// Makes pseudonyms. Equal plates have equal ones, and a pseudonym is its own.
pub trait Pseudonyms: Send + Sync + 'static {
    /// What stands for the plate; never called with a pseudonym.
    fn of(&self, plate: &Plate) -> Plate;
}

/// What stands for a plate, or for its pseudonym.
pub(crate) fn plate(plate: &Plate, pseudonyms: &dyn Pseudonyms) -> Plate {
    if plate.is_pseudonym() { plate.clone() } else { pseudonyms.of(plate) }
}

/// Fields that hold names by which things are found again, given by lots or by the platform, or words of no car: what looks
/// like a plate there stays, or a late report would not find what it belongs to.
const NAMES: [&str; 17] = [
    "lot",
    "record_id",
    "provider",
    "standard",
    "order_no",
    "photo_id",
    "package_no",
    "service_code",
    "sha256",
    "media_type",
    "code",
    "gate_code",
    "gate",
    "station",
    "device",
    "operator",
    "permit_no",
];

/// A text with a pseudonym for everything in it that has the shape of a plate.
pub(crate) fn text<'t>(text: &'t str, pseudonyms: &dyn Pseudonyms) -> Cow<'t, str> {
    replace_plates(text, |found| {
        let found: String = found.iter().collect();
        Plate::read(&found).map_or(found, |read| plate(&read, pseudonyms).to_string())
    })
}

/// A statement with pseudonyms for its plates; the same where it has none.
///
/// # Errors
///
/// Where it has no JSON form.
pub fn pseudonymised(statement: &Statement, pseudonyms: &dyn Pseudonyms) -> Result<Statement> {
    let of_a_car = match &statement.report {
        Report::Passage(_)
        | Report::Photo(_)
        | Report::ChargingRecord(_)
        | Report::CarsInside(_)
        | Report::NamedPhoto(_)
        | Report::OffPeakOrder(_) => true,
        Report::Heartbeat(_)
        | Report::SpaceCount(_)
        | Report::Lot(_)
        | Report::LotClosed(_)
        | Report::Gate(_)
        | Report::OffPeakPackage(_) => false,
    };
    if !of_a_car {
        return Ok(statement.clone());
    }
    let mut statement: Statement = value("a statement", statement, pseudonyms)?;
    if let Report::Passage(passage) = &mut statement.report
        && passage.without_record_id
    {
        passage.record_id = leg_id(passage.direction, passage.plate.as_ref(), passage.at);
    }
    Ok(statement)
}

/// A value with pseudonyms for the plates within.
pub(crate) fn value<T: Serialize + DeserializeOwned>(
    what: &str,
    original: &T,
    pseudonyms: &dyn Pseudonyms,
) -> Result<T> {
    let mut json: Value = from_json(what, &to_json(original)?)?;
    replace(&mut json, pseudonyms);
    from_json(what, &json.to_string())
}

/// A JSON text with pseudonyms for what looks like a plate in it: fields that no text names.
pub(crate) fn json_text(original: &str, pseudonyms: &dyn Pseudonyms) -> String {
    text(original, pseudonyms).into_owned()
}

fn replace(json: &mut Value, pseudonyms: &dyn Pseudonyms) {
    match json {
        Value::String(words) => *words = text(words, pseudonyms).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, pseudonyms)),
        Value::Object(fields) => {
            // Facts on plates that differ name them by the way that the car went.
            let both = ["entry", "exit"].iter().all(|way| fields.get(*way).is_some_and(Value::is_string));
            for (name, field) in fields.iter_mut() {
                match name.as_str() {
                    "plate" | "plates" => whole(field, pseudonyms),
                    "entry" | "exit" if both => whole(field, pseudonyms),
                    name if NAMES.contains(&name) => {}
                    _ => replace(field, pseudonyms),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A plate, or a list of them, whatever shape they have.
fn whole(json: &mut Value, pseudonyms: &dyn Pseudonyms) {
    match json {
        Value::String(_) => {
            if let Ok(read) = serde_json::from_value::<Plate>(json.clone()) {
                *json = Value::String(plate(&read, pseudonyms).to_string());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| whole(item, pseudonyms)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}
