//! A table of all lots, RFC 4180 in UTF-8, for whoever opens a spreadsheet.

use super::City;
use bowei_encoding::spreadsheet;
use bowei_model::moment::rfc3339;
use bowei_model::{LotCategory, LotKind};
use serde::Serialize;
use std::borrow::Cow;
use std::io;

/// A row; its fields' names are the table's head.
#[derive(Serialize)]
struct Row<'a> {
    code: &'a str,
    name: Cow<'a, str>,
    kind: LotKind,
    category: Option<LotCategory>,
    district: &'a str,
    address: Cow<'a, str>,
    longitude: Option<f64>,
    latitude: Option<f64>,
    spaces_total: u32,
    charging_spaces: u32,
    accessible_spaces: u32,
    vacant: Option<i64>,
    charging_vacant: Option<i64>,
    status: &'static str,
    as_of: Option<String>,
    tariff: Option<Cow<'a, str>>,
    hours: Option<Cow<'a, str>>,
}

/// The head of the table, for a city without lots too.
const HEAD: [&str; 17] = [
    "code",
    "name",
    "kind",
    "category",
    "district",
    "address",
    "longitude",
    "latitude",
    "spaces_total",
    "charging_spaces",
    "accessible_spaces",
    "vacant",
    "charging_vacant",
    "status",
    "as_of",
    "tariff",
    "hours",
];

pub(super) fn write(city: &City) -> io::Result<Vec<u8>> {
    let mut table = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    table.write_record(HEAD)?;
    for public in &city.lots {
        let (lot, position) = (&public.lot, public.position());
        table.serialize(Row {
            code: public.code(),
            name: spreadsheet::cell(&lot.name),
            kind: lot.kind,
            category: lot.category,
            district: &lot.district,
            address: spreadsheet::cell(&lot.address),
            longitude: position.map(|[longitude, _]| longitude),
            latitude: position.map(|[_, latitude]| latitude),
            spaces_total: lot.spaces_total,
            charging_spaces: lot.charging_spaces,
            accessible_spaces: lot.accessible_spaces,
            vacant: public.vacant,
            charging_vacant: public.charging_vacant,
            status: public.status.name(),
            as_of: public.as_of.map(rfc3339),
            tariff: lot.tariff.as_deref().map(spreadsheet::cell),
            hours: lot.hours.as_deref().map(spreadsheet::cell),
        })?;
    }
    table.into_inner().map_err(|error| io::Error::other(error.to_string()))
}
