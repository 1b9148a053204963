//! Findings (问题): what is doubtful about data that was accepted all the same.

use crate::LotCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a photo's record may be on its way before its absence is shown: lots send the two apart, in either order,
/// and try again for minutes where the network is poor.
pub const RECORD_AWAITED_FOR: SignedDuration = SignedDuration::from_mins(10);

/// What kind of doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The plate fits no shape of GA 36.
    OddPlate,
    /// Entry and exit name different plates.
    PlateMismatch,
    /// The exit lies before the entry.
    ExitBeforeEntry,
    /// The duration said differs from exit − entry by more than a minute.
    DurationMismatch,
    /// More free spaces than the lot has, or fewer than none.
    RemainingExceedsTotal,
    /// A time more than 5 minutes in the future.
    TimeInFuture,
    /// A passage more than 10 minutes old when it was received, or any time more than 24 hours old.
    LateReport,
    /// A picture smaller than the standard asks.
    PhotoTooSmall,
    /// An exit without its entry.
    UnmatchedExit,
    /// The same record was said again with other content.
    AmendedReport,
    /// The lot itself marks the passage as abnormal.
    ReportedAbnormal,
    /// A field that the text requires was missing, and could be done without.
    MissingField,
    /// The message was not quite of its form and could be made out all the same.
    MalformedMessage,
    /// A value that an open list of the text does not have.
    UnlistedValue,
    /// The exit says that the car came in at another time than the entry does.
    EntryTimeMismatch,
    /// The kind of plate that was said does not go with the plate.
    PlateKindMismatch,
    /// The interface is for the other kind of lot: on the street, or off it.
    WrongLotKind,
    /// The same plate passed the same lot the same way in the same second, under more than one record id.
    DuplicateRecord,
    /// Photos of a passage whose record has not come.
    PhotoWithoutRecord,
    /// Two charges at one device at once.
    ChargingOverlap,
    /// The fees of a charge do not add up to its total.
    ChargingFeeMismatch,
    /// More energy than a charger gives in the time of the charge.
    ChargingEnergyImplausible,
    /// More photos of one record than are kept.
    TooManyPhotos,
}

impl FindingKind {
    /// Every kind, in the order they are documented.
    pub const ALL: [Self; 23] = [
        Self::OddPlate,
        Self::PlateMismatch,
        Self::ExitBeforeEntry,
        Self::DurationMismatch,
        Self::RemainingExceedsTotal,
        Self::TimeInFuture,
        Self::LateReport,
        Self::PhotoTooSmall,
        Self::UnmatchedExit,
        Self::AmendedReport,
        Self::ReportedAbnormal,
        Self::MissingField,
        Self::MalformedMessage,
        Self::UnlistedValue,
        Self::EntryTimeMismatch,
        Self::PlateKindMismatch,
        Self::WrongLotKind,
        Self::DuplicateRecord,
        Self::PhotoWithoutRecord,
        Self::ChargingOverlap,
        Self::ChargingFeeMismatch,
        Self::ChargingEnergyImplausible,
        Self::TooManyPhotos,
    ];

    /// The kind's name in the API and in the store, kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Self::OddPlate => "odd-plate",
            Self::PlateMismatch => "plate-mismatch",
            Self::ExitBeforeEntry => "exit-before-entry",
            Self::DurationMismatch => "duration-mismatch",
            Self::RemainingExceedsTotal => "remaining-exceeds-total",
            Self::TimeInFuture => "time-in-future",
            Self::LateReport => "late-report",
            Self::PhotoTooSmall => "photo-too-small",
            Self::UnmatchedExit => "unmatched-exit",
            Self::AmendedReport => "amended-report",
            Self::ReportedAbnormal => "reported-abnormal",
            Self::MissingField => "missing-field",
            Self::MalformedMessage => "malformed-message",
            Self::UnlistedValue => "unlisted-value",
            Self::EntryTimeMismatch => "entry-time-mismatch",
            Self::PlateKindMismatch => "plate-kind-mismatch",
            Self::WrongLotKind => "wrong-lot-kind",
            Self::DuplicateRecord => "duplicate-record",
            Self::PhotoWithoutRecord => "photo-without-record",
            Self::ChargingOverlap => "charging-overlap",
            Self::ChargingFeeMismatch => "charging-fee-mismatch",
            Self::ChargingEnergyImplausible => "charging-energy-implausible",
            Self::TooManyPhotos => "too-many-photos",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A doubt about one report, before it is tied to a lot and a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Doubt {
    /// What kind.
    pub kind: FindingKind,
    /// In Chinese, for people: the field, what was expected, what came.
    pub detail: String,
}

/// A doubt tied to what it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// The lot.
    pub lot: LotCode,
    /// The record, where the doubt is about one.
    pub record_id: Option<String>,
    /// The time of what is doubted, as the lot says it: the same whenever and in whatever order reports came.
    pub at: Timestamp,
    /// In Chinese, for people.
    pub detail: String,
}

impl Finding {
    /// Whether it is to be shown at `now`, and not about what is still expected to come.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.kind != FindingKind::PhotoWithoutRecord || now.duration_since(self.at) >= RECORD_AWAITED_FOR
    }
}
