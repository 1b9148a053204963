//! Days of lots: which are to be evaluated, what they are evaluated by, and what came of it.

use super::{Cursor, DeclarationRow, Page, Result};
use async_trait::async_trait;
use bowei_model::occupancy::Reported;
use bowei_model::supervision::Minutes;
use bowei_model::{ChargingRecord, Finding, FindingKind, LotCode, NamedRecord, ParkingSession, ProviderCode};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Days that one statement makes dirty at most, the latest ones: a stay of a year is no reason to evaluate a year anew.
pub const DIRTY_DAYS_MAX: usize = 40;

/// Sessions of a lot and day that are handed out: beyond any lot's turnover.
pub const EVIDENCE_SESSIONS_MAX: usize = 100_000;

/// How far before a day a stay may have begun that is looked for at other lots, in days. One that is open for longer is
/// doubted at its own lot.
pub const ELSEWHERE_DAYS: i64 = 8;

/// Hours of passages before the day that are handed out with it: eight weeks, from which a lot's weekly profile is made.
pub const PROFILE_HOURS: i64 = 8 * 7 * 24;

/// The most rows of a page of rates: a year of a thousand lots by month is one page.
pub const RATES_PAGE_MAX: usize = 50_000;

/// A day of a lot that something received later touches: it is to be evaluated anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirtyDay {
    /// The lot.
    pub lot: LotCode,
    /// `yyyymmdd`, UTC+08:00.
    pub day: u32,
    /// Grows with everything that touches the day.
    pub seq: i64,
}

/// Passages of a lot in an hour, as its evaluation counted them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassageHour {
    /// The hour since 1970 by the wall clock.
    pub hour: i64,
    /// Entries.
    pub entries: i64,
    /// Exits.
    pub exits: i64,
}

/// A charging record with who sent it and when it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedCharge {
    /// The operator.
    pub operator: ProviderCode,
    /// When it was received.
    pub received_at: Timestamp,
    /// The record.
    pub record: ChargingRecord,
}

/// A stay of a car at another lot, at a time at which it is at this one too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ElsewhereRow {
    /// The record here.
    pub record_id: String,
    /// The plate.
    pub plate: String,
    /// The other lot.
    pub other_lot: LotCode,
    /// The record there.
    pub other_record_id: String,
    /// When it entered there.
    pub from: Timestamp,
    /// When it left; `None` while it is inside.
    pub to: Option<Timestamp>,
    /// When it was received that this car came in there: the entry as it stands or, where the exit alone says so, that.
    pub received_at: Timestamp,
}

/// All that is kept of a lot and day, as it was at one moment. What is known of accounts and of the platform is asked for
/// with [`heard`](super::Heard::heard).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DayEvidence {
    /// [`DirtyDay::seq`] of the day; hand it to [`EvaluationRow::dirty`].
    pub dirty: Option<i64>,
    /// Sessions that overlap the day: begun in it, ended in it or open through it, by beginning and record.
    pub sessions: Vec<ParkingSession>,
    /// Whether there are more than [`EVIDENCE_SESSIONS_MAX`] of them, the latest of which are left out.
    pub truncated: bool,
    /// Cars inside at its first moment, by sessions.
    pub open_before: i64,
    /// Words on free spaces by their moments, the last one before the day first.
    pub counts: Vec<Reported>,
    /// The lot's own lists of the cars inside that are dated in the day, by their moments, each with its versions.
    pub lists: Vec<NamedRecord>,
    /// Charges that end in the day.
    pub charges: Vec<ReceivedCharge>,
    /// Minutes in which the lot itself was heard.
    pub heard: Minutes,
    /// Passages of the [`PROFILE_HOURS`] before the day.
    pub passage_hours: Vec<PassageHour>,
    /// The lot's own declarations of the day, the oldest first.
    pub declarations: Vec<DeclarationRow>,
    /// Stays of the day's cars at other lots at the same time, begun no more than [`ELSEWHERE_DAYS`] before the day.
    pub elsewhere: Vec<ElsewhereRow>,
    /// The lot's words on its base data.
    pub base_data: Option<NamedRecord>,
}

/// What came of evaluating a lot's day.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluationRow {
    /// The lot.
    pub lot: LotCode,
    /// `yyyymmdd`, UTC+08:00.
    pub day: u32,
    /// As of when.
    pub evaluated_at: Timestamp,
    /// All findings of the day, resolved ones among them; they take the place of those that the day had. None of them is
    /// another day's too.
    pub findings: Vec<Finding>,
    /// A [`KeptDay`] as JSON: the rates, and what else of a day adds up. A month's is the sum of its days'.
    ///
    /// [`KeptDay`]: bowei_model::supervision::KeptDay
    pub rates: String,
    /// As known at the day's close, once that is past.
    pub at_close: Option<String>,
    /// The day's passages by hour: they take the place of those that the day had.
    pub passages: Vec<PassageHour>,
    /// [`DayEvidence::dirty`] of the evidence: with it the day is dirty no more, unless it was touched meanwhile.
    pub dirty: Option<i64>,
    /// Lots that a car of the day was at too, and when the last of it was received here: where they evaluated the day before
    /// that, it is dirty again.
    pub elsewhere: BTreeMap<LotCode, Timestamp>,
}

/// By what stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RatePeriod {
    /// Days, `yyyymmdd`.
    #[default]
    Day,
    /// Months, `yyyymm`.
    Month,
}

/// Which rates to list: by period and lot.
#[derive(Clone, Debug, Default)]
pub struct RateQuery {
    /// By what.
    pub by: RatePeriod,
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// The first period, in the form of `by`.
    pub from: u32,
    /// The last one.
    pub to: u32,
    /// At most this many, and [`RATES_PAGE_MAX`].
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// A lot's rates in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateRow {
    /// The lot.
    pub lot: LotCode,
    /// The period.
    pub period: u32,
    /// As [`EvaluationRow::rates`].
    pub rates: String,
    /// As [`EvaluationRow::at_close`]; of a month the sum of the days that have it.
    pub at_close: Option<String>,
}

/// Evaluating days.
#[async_trait]
pub trait Evaluations {
    /// Days that are to be evaluated anew, those touched first first; `limit` at most.
    async fn dirty_days(&self, limit: usize) -> Result<Vec<DirtyDay>>;

    /// What is kept of a lot and day.
    async fn day_evidence(&self, lot: &LotCode, day: u32) -> Result<DayEvidence>;

    /// Keeps what came of an evaluation, all of it in one transaction; the same once more changes nothing. Answers of which
    /// kinds findings have changed.
    async fn write_evaluation(&self, evaluation: EvaluationRow) -> Result<Vec<FindingKind>>;

    /// Rates by period and lot.
    async fn rates(&self, query: RateQuery) -> Result<Page<RateRow>>;
}
