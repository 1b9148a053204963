//! The table of what can go wrong: for each kind what it befalls, how long, where it can be at all, what else it
//! lawfully leads to, and what does it.

use super::acts::{
    amendments, charges, counts, days, doubles, lists, loss, photos, plates, silence, times, wire,
};
use super::hit::{Hit, Outcome};
use crate::plan::{CityLot, PlaceKind, Records};
use FindingKind as K;
use bowei_model::{FindingKind, LotKind};

/// One kind.
pub(super) struct Kind {
    /// What ought to be found; `None` of what is no fault.
    pub(super) finds: Option<FindingKind>,
    pub(super) extent: Extent,
    pub(super) group: Group,
    /// Whether it has a threshold that it can be just beyond or just short of.
    pub(super) has_edge: bool,
    /// Where it can be.
    pub(super) fits: fn(&CityLot) -> bool,
    /// What else may lawfully be found.
    pub(super) also: &'static [FindingKind],
    pub(super) act: fn(&mut Hit<'_>) -> Outcome,
}

/// What a fault befalls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Extent {
    /// So many records within a day, each a fault by itself.
    Records(usize),
    /// Everything within so many hours of the day, one fault, if it changes so many messages at least: the hour in which it
    /// begins, how many hours it lasts at least and at most, how many messages.
    Hours { from: i8, least: i64, most: i64, messages: usize },
    /// The same of the whole account: heartbeats are its.
    AccountHours { from: i8, least: i64, most: i64, messages: usize },
    /// From some day on to the end.
    ToTheEnd,
}

/// Which lots a kind is kept to. Those that lose cars for ever are counted wrongly ever after, and would be so beside every
/// fault of counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// Those that lose records.
    Losing,
    /// The others.
    Keeping,
    /// Any.
    Any,
}

const ONE: Extent = Extent::Records(1);
/// Of what has a car inside that is not, or the other way round: with one more it would be counted wrongly.
const TWO: Extent = Extent::Records(2);
const SOME: Extent = Extent::Records(3);

/// A record under an id of the lot's own.
fn numbered(lot: &CityLot) -> bool {
    lot.speaks().is_some_and(|speaks| speaks.records == Records::Numbered)
}

fn is(lot: &CityLot, standards: &[&str]) -> bool {
    standards.contains(&lot.standard)
}

/// Whose exits say when the car came in.
fn says_entry_time(lot: &CityLot) -> bool {
    is(lot, &["huzhou", "ningbo"])
}

fn says_minutes(lot: &CityLot) -> bool {
    is(lot, &["huzhou"])
}

/// Whose passages carry the free spaces.
fn counts_within(lot: &CityLot) -> bool {
    is(lot, &["huzhou", "ningbo"])
}

/// Whose hourly lists do not betray a plate.
fn lists_nothing(lot: &CityLot) -> bool {
    numbered(lot) && !lists_hourly(lot)
}

fn lists_hourly(lot: &CityLot) -> bool {
    is(lot, &["shenzhen"])
}

fn has_chargers(lot: &CityLot) -> bool {
    lot.operator.is_some()
}

/// Whether it declares after midnight which records it has of the day.
pub(crate) fn declares_days(lot: &CityLot) -> bool {
    numbered(lot) && lot.ordinal.is_multiple_of(2)
}

fn beats_by_itself_or_account(lot: &CityLot) -> bool {
    numbered(lot)
}

fn off_street_huzhou(lot: &CityLot) -> bool {
    is(lot, &["huzhou"]) && lot.kind == LotKind::OffStreet
}

/// A smaller lot has no room for a count to jump in.
const JUMPS_FROM_SPACES: u32 = 24;

/// Whether nobody stays for weeks: on the street, and where people are visitors.
fn stays_for_days_at_most(lot: &CityLot) -> bool {
    use PlaceKind::{Hospital, Mall, Scenic, School};
    numbered(lot) && (lot.kind == LotKind::OnStreet || matches!(lot.place, Hospital | Mall | Scenic | School))
}

/// What was held up leads to.
const HELD_UP: &[K] = &[
    K::LateReport,
    K::MissingPhoto,
    K::UnmatchedExit,
    K::Silence,
    K::ListMismatch,
    K::MissingRecord,
    K::ClockOff,
];

/// What a car that never left on paper, or left twice, leads to.
const COUNTED_WRONGLY: &[K] =
    &[K::VacancyDrift, K::ListMismatch, K::UnbalancedDay, K::MissingRecord, K::TwoLotsAtOnce];

macro_rules! kinds {
    ($($finds:expr, $extent:expr, $group:ident, $edge:literal, $fits:expr, $also:expr, $act:path;)*) => {
        &[$(Kind {
            finds: $finds,
            extent: $extent,
            group: Group::$group,
            has_edge: $edge,
            fits: $fits,
            also: $also,
            act: $act,
        }),*]
    };
}

/// By day, and long enough for something to happen.
const BUSY_HOURS: Extent = Extent::Hours { from: 8, least: 9, most: 13, messages: 12 };
/// Passages and their pictures: of a lot whose cars stay for minutes, and of which two weeks are known, fewer than some
/// thirty passages that did not come may be chance.
const SILENT_HOURS: Extent = Extent::Hours { from: 8, least: 9, most: 13, messages: 70 };
const WHOLE_DAYS: Extent = Extent::Hours { from: 6, least: 40, most: 60, messages: 60 };

/// Every kind of fault.
#[rustfmt::skip]
pub(super) static KINDS: &[Kind] = kinds![
    Some(K::OddPlate), SOME, Any, false, lists_nothing, &[], plates::odd;
    Some(K::PlateMismatch), SOME, Any, false, numbered, &[], plates::mismatch;
    Some(K::PlateKindMismatch), SOME, Any, false, numbered, &[], plates::kind_mismatch;
    Some(K::ReportedAbnormal), SOME, Any, false, |lot| is(lot, &["huzhou"]), &[], plates::abnormal;
    Some(K::ExitBeforeEntry), SOME, Any, true, numbered, &[K::LateReport, K::DurationMismatch, K::VanishedRecord, K::MissingRecord, K::CountJump, K::VacancyDrift, K::UnbalancedDay], times::exit_before_entry;
    Some(K::DurationMismatch), SOME, Any, true, says_minutes, &[], times::duration;
    Some(K::EntryTimeMismatch), SOME, Any, true, says_entry_time, &[], times::entry_time;
    Some(K::TimeInFuture), SOME, Any, true, numbered, &[K::VanishedRecord, K::MissingRecord, K::CountJump], times::in_future;
    Some(K::LateReport), SOME, Any, true, numbered, &[K::MissingPhoto, K::MissingRecord], times::late;
    Some(K::ClockOff), WHOLE_DAYS, Keeping, true, numbered, &[K::TimeInFuture, K::LateReport, K::VanishedRecord, K::MissingRecord], times::clock_off;
    Some(K::RemainingExceedsTotal), ONE, Keeping, true, counts_within, &[K::CountJump, K::VacancyDrift, K::FrozenCount, K::UnbalancedDay], counts::exceeds_total;
    Some(K::CountJump), ONE, Keeping, false, |lot| counts_within(lot) && lot.spaces_total >= JUMPS_FROM_SPACES, &[K::VacancyDrift], counts::jump;
    Some(K::FrozenCount), BUSY_HOURS, Keeping, false, counts_within, &[K::VacancyDrift, K::CountJump, K::UnbalancedDay], counts::frozen;
    Some(K::VacancyDrift), WHOLE_DAYS, Keeping, true, counts_within, &[K::UnbalancedDay, K::FrozenCount], counts::drift;
    Some(K::ListMismatch), BUSY_LISTS, Keeping, false, lists_hourly, &[], lists::mismatch;
    Some(K::UnmatchedExit), SOME, Losing, false, numbered, COUNTED_WRONGLY, loss::entry;
    Some(K::MissingExit), SOME, Losing, false, stays_for_days_at_most, COUNTED_WRONGLY, loss::exit;
    Some(K::MissingRecord), TWO, Any, false, declares_days, &[K::VacancyDrift, K::ListMismatch], loss::stay;
    Some(K::UnbalancedDay), WHOLE_DAY, Losing, false, counts_within, &[K::MissingExit, K::VacancyDrift, K::MissingRecord, K::ListMismatch, K::TwoLotsAtOnce], loss::many_exits;
    Some(K::Silence), SILENT_HOURS, Losing, false, numbered, &[K::MissingExit, K::UnmatchedExit, K::VacancyDrift, K::UnbalancedDay, K::MissingRecord, K::ListMismatch, K::FrozenCount, K::CountJump, K::HeartbeatMissed, K::TwoLotsAtOnce], silence::passages;
    Some(K::Silence), Extent::ToTheEnd, Losing, false, numbered, &[K::MissingExit, K::HeartbeatMissed, K::MissingRecord, K::ListMismatch, K::UnbalancedDay, K::VacancyDrift, K::TwoLotsAtOnce], silence::dead;
    Some(K::HeartbeatMissed), Extent::AccountHours { from: 1, least: 1, most: 4, messages: 6 }, Any, false, beats_by_itself_or_account, HELD_UP, silence::line;
    Some(K::MissingPhoto), SOME, Any, true, lists_nothing, &[], loss::photo;
    Some(K::PhotoWithoutRecord), SOME, Any, false, lists_nothing, &[], photos::without_record;
    Some(K::PhotoTooSmall), SOME, Any, false, |lot| is(lot, &["shenzhen"]), &[K::MissingPhoto], photos::too_small;
    Some(K::TooManyPhotos), ONE, Any, true, |lot| is(lot, &["huzhou"]), &[], photos::too_many;
    Some(K::DuplicateRecord), TWO, Any, false, numbered, &[K::DoubleEntry, K::MissingPhoto, K::VanishedRecord], doubles::same_second;
    Some(K::DoubleEntry), TWO, Any, false, numbered, &[K::MissingPhoto, K::VanishedRecord], doubles::inside_twice;
    Some(K::TwoLotsAtOnce), SOME, Any, false, lists_nothing, &[], doubles::two_lots;
    Some(K::AmendedReport), SOME, Any, false, numbered, &[K::PlateMismatch], amendments::one;
    Some(K::AmendmentShare), WHOLE_DAY, Keeping, false, numbered, &[K::AmendedReport, K::PlateMismatch], amendments::many;
    Some(K::MissingField), SOME, Any, false, |lot| is(lot, &["isp"]), &[], wire::field_blank;
    Some(K::UnlistedValue), SOME, Any, false, |lot| is(lot, &["isp"]), &[], wire::value_unlisted;
    Some(K::MalformedMessage), SOME, Any, false, |lot| is(lot, &["ningbo"]), &[], wire::json_malformed;
    Some(K::WrongLotKind), SOME, Any, false, off_street_huzhou, &[], wire::other_lot_kind;
    Some(K::ChargingOverlap), ONE, Any, true, has_chargers, &[], charges::overlap;
    Some(K::ChargingFeeMismatch), ONE, Any, true, has_chargers, &[], charges::fees;
    Some(K::ChargingEnergyImplausible), ONE, Any, true, has_chargers, &[], charges::energy;
    Some(K::VanishedRecord), ONE, Keeping, false, declares_days, &[], days::vanished;
    Some(K::BaseDataLate), Extent::ToTheEnd, Any, false, numbered, &[], days::base_data_late;
    None, SOME, Any, false, numbered, &[], amendments::repeated;
];

const BUSY_LISTS: Extent = Extent::Hours { from: 8, least: 8, most: 12, messages: 6 };
const WHOLE_DAY: Extent = Extent::Hours { from: 0, least: 24, most: 24, messages: 12 };

/// The platform itself is away: no fault of any lot. What was to be said is said afterwards.
pub(super) static PLATFORM_AWAY: Kind = Kind {
    finds: None,
    extent: Extent::AccountHours { from: 0, least: 0, most: 0, messages: 0 },
    group: Group::Any,
    has_edge: false,
    fits: |_| true,
    also: HELD_UP,
    act: silence::line,
};
