//! Reports as people and lots' own systems write them down: one JSON object, in the words of the HTTP API. What
//! the command line takes, and what a gateway takes from the systems of its lot.
//!
//! This form is strict where the standards are lenient, for whoever writes it has these words before them
//! (docs/API.md): an unknown field is an error, and every error names the field, what was expected and what came.

mod base_data;
mod cars_inside;
mod fields;
mod form;
mod named_photo;
mod off_peak;
mod passage;
#[cfg(test)]
mod tests;
mod words;
mod write;

use bowei_model::{
    ChargingRecord, Closure, Direction, Heartbeat, LotCode, Photo, Picture, RecordId, Report, SpaceCount,
    SpaceParts,
};
use bowei_standards::platform_side::PictureBytes;
use fields::{Fields, received};
use serde_json::Value;

pub use write::write;

/// The kinds of report that can be written down: all that there are.
pub const KINDS: [&str; 13] = [
    "heartbeat",
    "entry",
    "exit",
    "space-count",
    "photo",
    "charging-record",
    "lot",
    "lot-closed",
    "gate",
    "cars-inside",
    "named-photo",
    "off-peak-package",
    "off-peak-order",
];

/// What a report does not say itself, since the one who takes it knows: whose it is, and the picture beside it.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The lot.
    pub lot: &'a LotCode,
    /// What the standard calls it.
    pub lot_id: &'a str,
    /// The picture that came beside the report, if one did.
    pub picture: Option<&'a PictureBytes>,
}

/// What is wrong with a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFault {
    /// The field.
    pub field: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub received: String,
}

impl ReportFault {
    fn new(field: impl Into<String>, expected: impl Into<String>, received: impl Into<String>) -> Self {
        Self { field: field.into(), expected: expected.into(), received: received.into() }
    }
}

impl std::fmt::Display for ReportFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { field, expected, received } = self;
        write!(f, "{} {field}: expected {expected}, came {received}", words::chinese(self))
    }
}

impl std::error::Error for ReportFault {}

/// Reads a report.
pub fn read(text: &[u8], about: About<'_>) -> Result<Report, ReportFault> {
    let value = serde_json::from_slice(text).map_err(|error| whole(format!("no JSON: {error}")))?;
    read_value(value, about)
}

fn whole(received: String) -> ReportFault {
    ReportFault::new("the report", "one JSON object", received)
}

/// Reads a report that is JSON already.
pub(crate) fn read_value(value: Value, about: About<'_>) -> Result<Report, ReportFault> {
    let Value::Object(object) = value else { return Err(whole(received(&value))) };
    let mut fields = Fields::of(object);
    let kinds = || format!("one of {}", KINDS.join(", "));
    let kind = fields.value("kind").ok_or_else(|| ReportFault::new("kind", kinds(), "nothing"))?;
    let fields_mut = &mut fields;
    let report = match kind.as_str() {
        Some("heartbeat") => Report::Heartbeat(Heartbeat { lot: Some(about.lot.clone()) }),
        Some("entry") => Report::Passage(passage::read(fields_mut, about, Direction::Entry)?),
        Some("exit") => Report::Passage(passage::read(fields_mut, about, Direction::Exit)?),
        Some("space-count") => Report::SpaceCount(space_count(fields_mut, about)?),
        Some("photo") => Report::Photo(photo(fields_mut, about)?),
        Some("charging-record") => Report::ChargingRecord(charging_record(fields_mut, about)?),
        Some("lot") => Report::Lot(base_data::lot(fields_mut, about)?),
        Some("lot-closed") => Report::LotClosed(Closure { lot: about.lot.clone() }),
        Some("gate") => Report::Gate(base_data::gate(fields_mut, about)?),
        Some("cars-inside") => Report::CarsInside(cars_inside::read(fields_mut, about)?),
        Some("named-photo") => Report::NamedPhoto(named_photo::read(fields_mut, about)?),
        Some("off-peak-package") => Report::OffPeakPackage(off_peak::package(fields_mut, about)?),
        Some("off-peak-order") => Report::OffPeakOrder(off_peak::order(fields_mut, about)?),
        _ => return Err(ReportFault::new("kind", kinds(), received(&kind))),
    };
    fields.finish()?;
    Ok(report)
}

/// Reads the words beside a picture that is known already.
pub(crate) fn read_photo_of(value: Value, lot: &LotCode, picture: &Picture) -> Result<Report, ReportFault> {
    let Value::Object(object) = value else { return Err(whole(received(&value))) };
    let mut fields = Fields::of(object);
    let kind = fields.value("kind");
    if kind.as_ref().is_some_and(|kind| kind != "photo") {
        return Err(ReportFault::new(
            "kind",
            "\"photo\", as it was",
            kind.as_ref().map_or_else(String::new, received),
        ));
    }
    let photo = photo_of(&mut fields, lot, picture.clone())?;
    // The address of one that is not here stays as it was.
    let _ = fields.value("url");
    fields.finish()?;
    Ok(Report::Photo(photo))
}

fn space_count(fields: &mut Fields, about: About<'_>) -> Result<SpaceCount, ReportFault> {
    let at = fields.needed("at", form::MOMENT)?;
    let vacant = fields.needed("vacant", form::WHOLE)?;
    let charging_vacant = fields.optional("charging_vacant", form::WHOLE)?;
    let total = fields.optional("total", form::WHOLE)?;
    let parts = SpaceParts {
        used: fields.optional("used", form::WHOLE)?,
        reserved: fields.optional("reserved", form::WHOLE)?,
        charging_used: fields.optional("charging_used", form::WHOLE)?,
        reservable_vacant: fields.optional("reservable_vacant", form::WHOLE)?,
        monthly_vacant: fields.optional("monthly_vacant", form::WHOLE)?,
        fixed_vacant: fields.optional("fixed_vacant", form::WHOLE)?,
        temporary_vacant: fields.optional("temporary_vacant", form::WHOLE)?,
    };
    let parts = (parts != SpaceParts::default()).then_some(parts);
    Ok(SpaceCount { charging_vacant, total, parts, ..SpaceCount::new(about.lot.clone(), at, vacant) })
}

fn photo(fields: &mut Fields, about: About<'_>) -> Result<Photo, ReportFault> {
    let picture = picture(fields, about)?;
    photo_of(fields, about.lot, picture)
}

fn photo_of(fields: &mut Fields, lot: &LotCode, picture: Picture) -> Result<Photo, ReportFault> {
    Ok(Photo {
        lot: lot.clone(),
        record_id: RecordId::from(fields.needed("record_id", form::RECORD_ID)?),
        role: fields.needed("role", form::ROLE)?,
        slot: fields.optional("slot", form::COUNT)?,
        taken_at: fields.optional("taken_at", form::MOMENT)?,
        picture,
    })
}

/// The picture beside the report, or the `url` in it.
fn picture(fields: &mut Fields, about: About<'_>) -> Result<Picture, ReportFault> {
    let expected = "a picture beside the report, or the address of one, not both";
    match (fields.optional("url", form::LONG_TEXT)?, about.picture) {
        (Some(url), None) => Ok(Picture::Url(url)),
        (None, Some(picture)) => Ok(Picture::Bytes {
            sha256: picture.sha256.clone(),
            bytes: picture.bytes.len() as u64,
            media_type: picture.media_type.to_owned(),
        }),
        (None, None) => Err(ReportFault::new("url", expected, "neither")),
        (Some(_), Some(_)) => Err(ReportFault::new("url", expected, "both")),
    }
}

fn charging_record(fields: &mut Fields, about: About<'_>) -> Result<ChargingRecord, ReportFault> {
    Ok(ChargingRecord {
        lot: about.lot.clone(),
        order_no: fields.needed("order_no", form::RECORD_ID)?,
        plate: fields.optional("plate", form::PLATE)?.flatten(),
        started_at: fields.needed("started_at", form::MOMENT)?,
        ended_at: fields.needed("ended_at", form::MOMENT)?,
        energy_kwh: fields.optional("energy_kwh", form::DECIMAL)?,
        electricity_fee: fields.optional("electricity_fee", form::DECIMAL)?,
        service_fee: fields.optional("service_fee", form::DECIMAL)?,
        total_fee: fields.optional("total_fee", form::DECIMAL)?,
        station: fields.needed("station", form::TEXT)?,
        device: fields.needed("device", form::TEXT)?,
        berth: fields.optional("berth", form::TEXT)?,
    })
}
