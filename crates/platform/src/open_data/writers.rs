//! Who writes which format.

use super::{City, Format, Publisher, apds, catalog, datex2, lots_csv, ngsi_ld};
use std::io;

/// Writes the lots of a view.
pub(super) fn write(format: Format, city: &City, publisher: &Publisher) -> io::Result<Vec<u8>> {
    match format {
        Format::ParkingTable => datex2::table::write(city, publisher),
        Format::ParkingStatus => datex2::status::write(city, publisher),
        Format::ApdsPlaces { occupancy } => apds::places(city, occupancy),
        Format::ApdsObservations => apds::observations(city, publisher),
        Format::NgsiLd(kind) => ngsi_ld::entities(city, kind, publisher),
        Format::LotsCsv => lots_csv::write(city),
        Format::Catalog => catalog::write(city, publisher),
    }
}
