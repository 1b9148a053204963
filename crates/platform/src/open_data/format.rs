//! The formats, each with what it is called in HTTP and who writes it.

use super::{City, apds, catalog, datex2, lots_csv, ngsi_ld};
use crate::config::{Config, OpenDataConfig};
use bowei_model::LotKind;
use std::io;

/// A format of the open data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    /// DATEX II 3.5, `ParkingTablePublication`: the lots.
    ParkingTable,
    /// DATEX II 3.5, `ParkingStatusPublication`: how full they are.
    ParkingStatus,
    /// APDS 4.1, `places`: the lots, with or without how full they are.
    ApdsPlaces {
        /// Whether `expand` asks for it.
        occupancy: bool,
    },
    /// APDS 4.1, `observations`: how full they are.
    ApdsObservations,
    /// NGSI-LD, entities of one type or of both.
    NgsiLd(Option<LotKind>),
    /// A table of all.
    LotsCsv,
    /// DCAT-AP in JSON-LD: what there is.
    Catalog,
}

/// Who publishes the data, and what it says of them.
pub(crate) struct Publisher {
    pub(super) name: String,
    pub(super) city: String,
    pub(super) told: OpenDataConfig,
}

impl Publisher {
    pub(super) fn of(config: &Config) -> Self {
        let (city, told) = (config.map.city.clone(), config.open_data.clone());
        Self { name: told.publisher.clone().unwrap_or_else(|| city.clone()), city, told }
    }
}

impl Format {
    /// Whether it is of the lots alone, and stays while counts move.
    pub(super) fn is_static(self) -> bool {
        matches!(self, Self::ParkingTable | Self::ApdsPlaces { occupancy: false })
    }

    /// What it is called in its tag.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ParkingTable => "datex2-table",
            Self::ParkingStatus => "datex2-status",
            Self::ApdsPlaces { occupancy: false } => "apds-places",
            Self::ApdsPlaces { occupancy: true } => "apds-places-occupancy",
            Self::ApdsObservations => "apds-observations",
            Self::NgsiLd(None) => "ngsi-ld",
            Self::NgsiLd(Some(LotKind::OffStreet)) => "ngsi-ld-off-street",
            Self::NgsiLd(Some(LotKind::OnStreet)) => "ngsi-ld-on-street",
            Self::LotsCsv => "csv",
            Self::Catalog => "catalog",
        }
    }

    /// Its media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::ParkingTable | Self::ParkingStatus => "application/xml",
            Self::ApdsPlaces { .. } | Self::ApdsObservations | Self::NgsiLd(_) => "application/json",
            Self::LotsCsv => "text/csv; charset=utf-8; header=present",
            Self::Catalog => "application/ld+json",
        }
    }

    /// Whether the format has no form for a city without any lot.
    pub(crate) fn needs_lots(self) -> bool {
        matches!(self, Self::ParkingTable | Self::ParkingStatus)
    }

    /// Writes the lots of a view.
    pub(super) fn write(self, city: &City, publisher: &Publisher) -> io::Result<Vec<u8>> {
        match self {
            Self::ParkingTable => datex2::table::write(city, publisher),
            Self::ParkingStatus => datex2::status::write(city, publisher),
            Self::ApdsPlaces { occupancy } => apds::places(city, occupancy),
            Self::ApdsObservations => apds::observations(city, publisher),
            Self::NgsiLd(kind) => ngsi_ld::entities(city, kind, publisher),
            Self::LotsCsv => lots_csv::write(city),
            Self::Catalog => catalog::write(city, publisher),
        }
    }
}
