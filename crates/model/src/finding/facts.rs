//! What a doubt is about, as facts: what was expected, what was received, in which field. They hold no sentence; words are
//! made of them by [`crate::words`], so that a sentence can change and what it is about stays the same.

use super::FindingKind;
use crate::{Direction, LotCode, LotKind, Plate, PlateKind};
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
    /// A car that was inside already. The plate is that of the record: it stands in no facts of a day.
    DoubleEntry {
        /// The record by which it was inside.
        other_record: String,
        /// When it had come in by that.
        other_entered_at: Timestamp,
    },
    /// A car in two lots at once.
    TwoLotsAtOnce {
        /// The other lot.
        other_lot: LotCode,
        /// The record there.
        other_record: String,
        /// From when on it was in both.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
    },
    /// An entry without its exit.
    MissingExit {
        /// When the car came in.
        entered_at: Timestamp,
        /// The longest stay that is plausible, in minutes.
        plausible_minutes: i64,
        /// It follows from the lot's own past, and not from its kind.
        from_past: bool,
    },
    /// A passage without a picture.
    MissingPhoto {
        /// In or out.
        direction: Direction,
        /// Minutes within which it was due.
        within_minutes: u32,
    },
    /// Reported spaces against derived ones, in the hour in which they lay furthest apart.
    VacancyDrift {
        /// Free spaces received.
        received: i64,
        /// Free spaces that follow from the passages.
        expected: i64,
        /// By how many they may differ.
        tolerance: i64,
        /// Hours in which they differed by more.
        hours_off: u32,
        /// Hours with both.
        hours: u32,
    },
    /// The lot's own list of the cars inside, where it lay furthest from its passages and counts.
    ListMismatch {
        /// Cars on the list.
        listed: u64,
        /// Cars inside by the passages.
        inside: u64,
        /// Cars inside by the passages that are not on the list.
        not_listed: u64,
        /// Cars on the list that are not inside by the passages.
        not_inside: u64,
        /// Lists that did not fit.
        lists_off: u32,
        /// Lists of the day.
        lists: u32,
    },
    /// Entries and exits of a day against the change of cars inside.
    UnbalancedDay {
        /// Entries.
        entries: u64,
        /// Exits.
        exits: u64,
        /// By how many the cars inside grew, as the lot's counts say.
        change: i64,
    },
    /// A count that stood still while cars passed.
    FrozenCount {
        /// The number received all the time.
        received: i64,
        /// Since when.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
        /// Passages meanwhile.
        passages: u64,
        /// The fewest free spaces that followed from these.
        expected_min: i64,
        /// The most.
        expected_max: i64,
    },
    /// A count that jumped.
    CountJump {
        /// Free spaces before.
        before: i64,
        /// Free spaces after.
        after: i64,
        /// The change that passages explain.
        expected: i64,
    },
    /// No sign of life.
    HeartbeatMissed {
        /// Since when.
        from: Timestamp,
        /// For how many minutes.
        minutes: u32,
        /// Every how many minutes one is due.
        every_minutes: u32,
    },
    /// No passages where there should be many.
    Silence {
        /// Since when.
        from: Timestamp,
        /// For how many minutes.
        minutes: u32,
        /// Passages that the lot has on average at this time of the week.
        expected: u64,
        /// How busy the rest of the day was, in per cent of an ordinary one.
        level_percent: u32,
    },
    /// A clock that is off.
    ClockOff {
        /// The gate's; `None`: all of the lot's.
        gate: Option<String>,
        /// By how many seconds it is ahead; negative where it is behind.
        seconds: i64,
        /// Passages that say so.
        passages: u64,
    },
    /// A required item of the base data is not there.
    BaseDataMissing {
        /// The item.
        item: BaseDataItem,
    },
    /// More charging spaces than spaces.
    ChargingSpacesExceedTotal {
        /// Charging spaces.
        charging: u32,
        /// All spaces.
        total: u32,
    },
    /// The position is not in the district.
    OutsideDistrict {
        /// The district.
        district: String,
        /// How many metres outside.
        metres: u64,
    },
    /// The lot's own counts say another total than its base data.
    TotalMismatch {
        /// All spaces as registered.
        expected: i64,
        /// All spaces as the counts say.
        received: i64,
    },
    /// A change that was not reported in time.
    BaseDataLate {
        /// Since when it is known that something has changed.
        changed_at: Timestamp,
        /// Hours within which it was due.
        within_hours: u32,
    },
    /// Many passages were amended.
    AmendmentShare {
        /// Passages amended.
        amended: u64,
        /// All passages.
        passages: u64,
        /// The share that is believed, in thousandths.
        allowed_permille: u32,
    },
    /// The lot declares a record that was not received.
    MissingRecord {
        /// In or out.
        direction: Direction,
        /// When it first declared it.
        declared_at: Timestamp,
    },
    /// The lot declares a record no more that it had reported or declared.
    VanishedRecord {
        /// In or out.
        direction: Direction,
        /// When it was received; `None` where it was only ever declared.
        received_at: Option<Timestamp>,
        /// When the declaration that has it no more was received.
        declared_at: Timestamp,
    },
}

/// A required item of the base data (article 5 of the measures).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaseDataItem {
    /// 停车场名称, 道路停车路段名称.
    Name,
    /// 停车场编号, 道路停车路段编号.
    Code,
    /// 停车场类型, 泊位类型.
    Category,
    /// 行政区划.
    District,
    /// 详细地址.
    Address,
    /// 经度、纬度.
    Position,
    /// 泊位数.
    SpacesTotal,
    /// 充电桩泊位数.
    ChargingSpaces,
    /// 收费标准.
    Tariff,
}

impl BaseDataItem {
    /// Its name, kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Code => "code",
            Self::Category => "category",
            Self::District => "district",
            Self::Address => "address",
            Self::Position => "position",
            Self::SpacesTotal => "spaces-total",
            Self::ChargingSpaces => "charging-spaces",
            Self::Tariff => "tariff",
        }
    }
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
            Self::ClockOff { gate, .. } => gate.as_deref().unwrap_or_default(),
            Self::BaseDataMissing { item } => item.name(),
            Self::ChargingSpacesExceedTotal { .. } => "charging-spaces",
            Self::OutsideDistrict { .. } => "position",
            Self::TotalMismatch { .. } => "spaces-total",
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
            Self::DoubleEntry { .. } => K::DoubleEntry,
            Self::TwoLotsAtOnce { .. } => K::TwoLotsAtOnce,
            Self::MissingExit { .. } => K::MissingExit,
            Self::MissingPhoto { .. } => K::MissingPhoto,
            Self::VacancyDrift { .. } => K::VacancyDrift,
            Self::ListMismatch { .. } => K::ListMismatch,
            Self::UnbalancedDay { .. } => K::UnbalancedDay,
            Self::FrozenCount { .. } => K::FrozenCount,
            Self::CountJump { .. } => K::CountJump,
            Self::HeartbeatMissed { .. } => K::HeartbeatMissed,
            Self::Silence { .. } => K::Silence,
            Self::ClockOff { .. } => K::ClockOff,
            Self::AmendmentShare { .. } => K::AmendmentShare,
            Self::MissingRecord { .. } => K::MissingRecord,
            Self::VanishedRecord { .. } => K::VanishedRecord,
            Self::BaseDataMissing { .. } => K::BaseDataIncomplete,
            Self::ChargingSpacesExceedTotal { .. }
            | Self::OutsideDistrict { .. }
            | Self::TotalMismatch { .. } => K::BaseDataContradictory,
            Self::BaseDataLate { .. } => K::BaseDataLate,
        })
    }
}
