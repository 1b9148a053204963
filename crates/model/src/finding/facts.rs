//! What a doubt is about, as facts: what was expected, what was received, in which field. They hold no sentence; words are
//! made of them by [`crate::words`], so that a sentence can change and what it is about stays the same.

use super::FindingKind;
use crate::{Direction, LotKind, Plate, PlateKind};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The facts of a doubt, one shape for each way in which something can be doubted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Facts {
    /// The sentence of a doubt that was kept before facts were: it is data now, and never written anew.
    Sentence {
        /// In Chinese; empty where not even that is known.
        text: String,
    },
    /// The plate fits no shape of GA 36.
    OddPlate {
        /// The plate received.
        plate: Plate,
    },
    /// Entry and exit name different plates.
    PlateMismatch {
        /// The entry's.
        entry: Plate,
        /// The exit's.
        exit: Plate,
    },
    /// The exit lies before the entry.
    ExitBeforeEntry {
        /// When the car came in.
        entered_at: Timestamp,
        /// When it went out.
        exited_at: Timestamp,
    },
    /// What ends before it begins, as two fields of one message say.
    EndBeforeStart {
        /// The field with the beginning.
        start_field: String,
        /// The beginning received.
        start: String,
        /// The field with the end.
        end_field: String,
        /// The end received.
        end: String,
    },
    /// The duration received is not that between entry and exit.
    DurationMismatch {
        /// Whole minutes received.
        received: i64,
        /// Whole minutes between the two.
        expected: i64,
    },
    /// More free spaces than there are, or fewer than none.
    RemainingExceedsTotal {
        /// Free spaces of which kind.
        spaces: Spaces,
        /// How many there are, where that is known.
        total: Option<i64>,
        /// Free spaces received.
        received: i64,
    },
    /// A time ahead of the platform's clock.
    TimeInFuture {
        /// The time of what.
        time: TimeOf,
        /// The time received.
        received: Timestamp,
        /// The platform's clock when it was received.
        platform: Timestamp,
    },
    /// A time long past.
    LateReport {
        /// The time of what.
        time: TimeOf,
        /// The time received.
        received: Timestamp,
        /// The platform's clock when it was received.
        platform: Timestamp,
    },
    /// A picture smaller than the standard asks.
    PhotoTooSmall {
        /// Bytes asked for at least.
        min_bytes: u64,
        /// Bytes allowed at most.
        max_bytes: u64,
        /// Bytes received.
        received_bytes: u64,
    },
    /// A picture of which only the beginning came.
    PhotoCut {
        /// The field.
        field: String,
        /// Bytes that could be read.
        received_bytes: u64,
    },
    /// An exit without its entry.
    UnmatchedExit,
    /// The same passage was said with different content; `direction` is none where it is no passage.
    Amended {
        /// The passage's.
        direction: Option<Direction>,
        /// In how many ways.
        ways: u64,
        /// There may have been more.
        at_least: bool,
    },
    /// Photos that others have taken the place of.
    PhotosReplaced {
        /// How many.
        photos: u64,
    },
    /// The lot itself marks the passage as abnormal.
    ReportedAbnormal {
        /// The lot's words on it.
        memo: Option<String>,
    },
    /// A time that could be done without was never set.
    FieldUnset {
        /// The field.
        field: String,
    },
    /// A field with nothing in it.
    FieldBlank {
        /// The field.
        field: String,
        /// What the text asks for, in its own words.
        expected: String,
    },
    /// A field that is not there, and what was taken in its place.
    FieldAbsent {
        /// The field.
        field: String,
        /// What the text asks for, in its own words.
        expected: String,
        /// What was assumed.
        assumed: String,
    },
    /// The message was no valid JSON.
    MalformedJson,
    /// Seconds where milliseconds are asked for.
    SecondsForMilliseconds {
        /// The field.
        field: String,
        /// The number received.
        received: i64,
    },
    /// A password as it is, where its MD5 is asked for. The password is no part of the facts.
    PasswordNotHashed {
        /// The field.
        field: String,
    },
    /// A value that an open list of the text does not have.
    UnlistedValue {
        /// The field.
        field: String,
        /// What the text lists, in its own words.
        expected: String,
        /// The value received, cut to a length that can be shown.
        received: String,
    },
    /// The exit says that the car came in at another time than the entry does.
    EntryTimeMismatch {
        /// The entry's time.
        expected: Timestamp,
        /// The exit's word on it.
        received: Timestamp,
    },
    /// The kind of plate received does not go with the plate.
    PlateKindMismatch {
        /// The plate.
        plate: Plate,
        /// The kind received.
        received: PlateKind,
    },
    /// The interface, or a picture's type, is for the other kind of lot.
    WrongLotKind {
        /// The field, or none where it is the interface.
        field: Option<String>,
        /// The kind of lot that it is for.
        received: LotKind,
        /// The kind of the lot.
        expected: LotKind,
    },
    /// The same plate passed the same way in the same second under more than one record id.
    DuplicateRecord {
        /// In or out.
        direction: Direction,
    },
    /// Photos of a passage whose record has not come.
    PhotoWithoutRecord {
        /// The passage's.
        direction: Direction,
    },
    /// Two charges at one device at once.
    ChargingOverlap {
        /// Start of the charge.
        started_at: Timestamp,
        /// Its end.
        ended_at: Timestamp,
        /// The station.
        station: String,
        /// The device.
        device: String,
    },
    /// The fees of a charge, in yuan, do not add up to its total.
    ChargingFeeMismatch {
        /// Electricity, where it was said.
        electricity: Option<Decimal>,
        /// Service, where it was said.
        service: Option<Decimal>,
        /// The total received.
        total: Decimal,
    },
    /// More energy than a charger gives.
    ChargingEnergyImplausible {
        /// Energy received, in kWh.
        energy_kwh: Decimal,
        /// Whole minutes of the charge.
        minutes: i64,
        /// Average power that is believed at most, in kW.
        power_max_kw: Decimal,
    },
    /// More photos of one record than are kept.
    TooManyPhotos {
        /// How many different ones were received.
        received: u64,
        /// There may have been more.
        at_least: bool,
        /// How many are kept.
        kept: u64,
    },
}

/// Spaces of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spaces {
    /// 剩余空位: all of them.
    All,
    /// 剩余充电车位.
    Charging,
    /// 可预约剩余车位.
    Reservable,
    /// 月卡剩余车位.
    Monthly,
    /// 固定剩余车位.
    Fixed,
    /// 临时剩余车位.
    Temporary,
}

/// What a time is the time of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeOf {
    /// 过车时间.
    Passage,
    /// 计数时间, of free spaces.
    SpaceCount,
    /// 结束时间, of a charge.
    ChargeEnd,
    /// 清单时间, of the cars inside.
    CarsInside,
}

impl Facts {
    /// What doubts of one kind at one lot are told apart by where one cause is mended by itself: a field of its messages, a
    /// kind of spaces. Empty where the kind says it all.
    pub fn cause(&self) -> &str {
        match self {
            Self::FieldUnset { field }
            | Self::FieldBlank { field, .. }
            | Self::FieldAbsent { field, .. }
            | Self::SecondsForMilliseconds { field, .. }
            | Self::PasswordNotHashed { field }
            | Self::UnlistedValue { field, .. }
            | Self::PhotoCut { field, .. }
            | Self::EndBeforeStart { start_field: field, .. } => field,
            _ => "",
        }
    }

    /// The kind of doubt that they are facts of; `None` for a [`Facts::Sentence`], which may be of any.
    pub fn kind(&self) -> Option<FindingKind> {
        use FindingKind as K;
        Some(match self {
            Self::Sentence { .. } => return None,
            Self::OddPlate { .. } => K::OddPlate,
            Self::PlateMismatch { .. } => K::PlateMismatch,
            Self::ExitBeforeEntry { .. } | Self::EndBeforeStart { .. } => K::ExitBeforeEntry,
            Self::DurationMismatch { .. } => K::DurationMismatch,
            Self::RemainingExceedsTotal { .. } => K::RemainingExceedsTotal,
            Self::TimeInFuture { .. } => K::TimeInFuture,
            Self::LateReport { .. } => K::LateReport,
            Self::PhotoTooSmall { .. } | Self::PhotoCut { .. } => K::PhotoTooSmall,
            Self::UnmatchedExit => K::UnmatchedExit,
            Self::Amended { .. } | Self::PhotosReplaced { .. } => K::AmendedReport,
            Self::ReportedAbnormal { .. } => K::ReportedAbnormal,
            Self::FieldUnset { .. } | Self::FieldBlank { .. } | Self::FieldAbsent { .. } => K::MissingField,
            Self::MalformedJson | Self::SecondsForMilliseconds { .. } | Self::PasswordNotHashed { .. } => {
                K::MalformedMessage
            }
            Self::UnlistedValue { .. } => K::UnlistedValue,
            Self::EntryTimeMismatch { .. } => K::EntryTimeMismatch,
            Self::PlateKindMismatch { .. } => K::PlateKindMismatch,
            Self::WrongLotKind { .. } => K::WrongLotKind,
            Self::DuplicateRecord { .. } => K::DuplicateRecord,
            Self::PhotoWithoutRecord { .. } => K::PhotoWithoutRecord,
            Self::ChargingOverlap { .. } => K::ChargingOverlap,
            Self::ChargingFeeMismatch { .. } => K::ChargingFeeMismatch,
            Self::ChargingEnergyImplausible { .. } => K::ChargingEnergyImplausible,
            Self::TooManyPhotos { .. } => K::TooManyPhotos,
        })
    }
}
