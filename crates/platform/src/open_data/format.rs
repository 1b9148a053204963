//! The formats, each with what it is called in HTTP.

use bowei_model::LotKind;

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
}
