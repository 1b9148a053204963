//! What makes two reports the same report, and which belong in one order.

use super::siphash::siphash;
use bowei_model::{Direction, Picture, Report};

macro_rules! kinds {
    ($($kind:ident = $number:literal $name:literal,)*) => {
        /// What a report is about, small enough to be held for every record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the names say what the model's reports say at length")]
        pub enum Kind {
            $($kind = $number,)*
        }

        impl Kind {
            /// As [`Report::kind`] says it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// From the number that is on disk.
            pub(super) fn from_number(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

// The numbers are on disk: they are added to and never given anew.
kinds! {
    Heartbeat = 1 "heartbeat",
    Entry = 2 "entry",
    Exit = 3 "exit",
    SpaceCount = 4 "space-count",
    Photo = 5 "photo",
    ChargingRecord = 6 "charging-record",
    Lot = 7 "lot",
    LotClosed = 8 "lot-closed",
    Gate = 9 "gate",
    CarsInside = 10 "cars-inside",
    NamedPhoto = 11 "named-photo",
    OffPeakPackage = 12 "off-peak-package",
    OffPeakOrder = 13 "off-peak-order",
}

impl Kind {
    /// What `report` is about.
    pub fn of(report: &Report) -> Self {
        match report {
            Report::Heartbeat(_) => Self::Heartbeat,
            Report::Passage(passage) => match passage.direction {
                Direction::Entry => Self::Entry,
                Direction::Exit => Self::Exit,
            },
            Report::SpaceCount(_) => Self::SpaceCount,
            Report::Photo(_) => Self::Photo,
            Report::ChargingRecord(_) => Self::ChargingRecord,
            Report::Lot(_) => Self::Lot,
            Report::LotClosed(_) => Self::LotClosed,
            Report::Gate(_) => Self::Gate,
            Report::CarsInside(_) => Self::CarsInside,
            Report::NamedPhoto(_) => Self::NamedPhoto,
            Report::OffPeakPackage(_) => Self::OffPeakPackage,
            Report::OffPeakOrder(_) => Self::OffPeakOrder,
        }
    }

    /// A car came in or went out.
    pub(crate) fn is_passage(self) -> bool {
        matches!(self, Self::Entry | Self::Exit)
    }
}

/// Parts with nothing between them that a part could hold itself.
fn joined(parts: &[&str]) -> u64 {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(part.as_bytes());
        bytes.push(0xFF);
    }
    siphash(&bytes)
}

/// Which record a report speaks of: the same again is a repetition or an amendment. Zero: of none, it is always new.
pub(super) fn identity(report: &Report) -> u64 {
    let lot = report.lot().map_or("", |lot| lot.as_str());
    let hash = match report {
        // A sign of life is never the one before.
        Report::Heartbeat(_) => return 0,
        Report::Photo(photo) => {
            let slot = photo.slot.map(|slot| slot.to_string());
            let content = match &photo.picture {
                Picture::Bytes { sha256, .. } => sha256,
                Picture::Url(url) => url,
            };
            let (place, value) = slot.as_deref().map_or(("content", content.as_str()), |slot| ("slot", slot));
            joined(&["photo", lot, photo.record_id.as_str(), photo.role.name(), place, value])
        }
        // A lot's data and its closing take turns: the same twice running is a repetition, and what it said before
        // the last time is a change back.
        Report::Lot(_) | Report::LotClosed(_) => joined(&["lot", lot]),
        Report::SpaceCount(count) => joined(&[report.kind(), lot, &count.at.to_string()]),
        Report::CarsInside(cars) => joined(&[report.kind(), lot, &cars.at.to_string()]),
        Report::Passage(_)
        | Report::ChargingRecord(_)
        | Report::Gate(_)
        | Report::NamedPhoto(_)
        | Report::OffPeakPackage(_)
        | Report::OffPeakOrder(_) => joined(&[report.kind(), lot, report.record_id().unwrap_or_default()]),
    };
    hash.max(1)
}

/// Reports with the same number are delivered one after the other.
pub fn session_of(report: &Report) -> u64 {
    let lot = report.lot().map_or("", |lot| lot.as_str());
    let kind = match report {
        Report::Passage(_) | Report::Photo(_) => "parking",
        Report::Lot(_) | Report::LotClosed(_) => "lot",
        _ => report.kind(),
    };
    joined(&[kind, lot, report.record_id().unwrap_or_default()])
}

/// What is said, as its JSON has it, and which bytes came along.
pub(super) fn content(json: &[u8], picture: Option<(u32, usize)>) -> u64 {
    let mut bytes = json.to_vec();
    if let Some((crc, length)) = picture {
        bytes.push(0xFF);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes.extend_from_slice(&(length as u64).to_le_bytes());
    }
    siphash(&bytes)
}
