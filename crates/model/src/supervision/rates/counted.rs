//! What each rate counts, one by one: the rate is their sum, and a number opens into those that made it.

use super::super::day::{Day, Passed};
use super::super::rules::{Balance, ITEMS, faults, hours_of_counts, late, missing, picture_due, pictured_at};
use super::super::settings::tolerance;
use super::super::{Evidence, Minutes, RuleSet};
use super::{DayRates, Rate, Ratio};
use crate::finding::BaseDataItem;
use crate::rules::FUTURE_TOLERANCE;
use crate::{Direction, Facts, FindingKind, words};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Which part of a rate's denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What is in the numerator.
    Num,
    /// What is missing from it.
    Missing,
}

/// One of those that a rate counts: a record, a moment, a stretch of minutes, an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateRecord {
    /// The record, where it is one.
    pub record_id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// For how many minutes, where it is a stretch of them.
    pub minutes: Option<u32>,
    /// How many of the denominator it is: those of a part add up to the part.
    pub counts: u64,
    /// What it is, and why it is missing.
    pub words: RecordWords,
}

/// What something is, in two languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordWords {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What is in a rate's numerator, or missing from it, by the same count that makes the rate: as it was known at `known_at`.
pub fn records(
    evidence: &Evidence,
    rules: &RuleSet,
    (rate, part): (Rate, Part),
    known_at: Timestamp,
) -> Vec<RateRecord> {
    let now = evidence.known_at(evidence.now);
    let known = now.known_at(known_at);
    let day = Day::new(&known, rules);
    let counted = counted(&day, rate).into_iter().filter(|counted| counted.part == part);
    let records = counted.map(|Counted { record_id, at, minutes, counts, why, .. }| RateRecord {
        record_id: record_id.map(str::to_owned),
        at,
        minutes,
        counts,
        words: why.words(),
    });
    records.collect()
}

/// The rates of a day.
pub(in super::super) fn of_day(day: &Day<'_>) -> DayRates {
    let ratio = |rate: Rate| sum(&counted(day, rate));
    let mut rates = DayRates {
        online: ratio(Rate::Online),
        completeness: ratio(Rate::Completeness),
        photos: ratio(Rate::Photos),
        balance: ratio(Rate::Balance),
        vacancy: ratio(Rate::Vacancy),
        base_data: ratio(Rate::BaseData),
        ..DayRates::default()
    };
    rates.timeliness = sum(&passages(day, day.rules.rates.within_s));
    rates.within_60s = sum(&passages(day, 60));
    for passed in counting(day) {
        rates.delays.add(u64::try_from(passed.delay_s()).unwrap_or(0));
    }
    rates
}

/// One of those that a rate counts.
struct Counted<'d> {
    part: Part,
    record_id: Option<&'d str>,
    at: Timestamp,
    minutes: Option<u32>,
    counts: u64,
    why: Why,
}

/// What is counted, as facts.
enum Why {
    Heard(bool),
    Delay(Direction, i64),
    Whole,
    NoEntry,
    NoExit,
    DeclaredExit,
    MissingField,
    Picture(Direction, Option<i64>),
    Balance { entries: u64, exits: u64, change: i64 },
    Unmatched(Direction),
    Spaces { received: i64, expected: i64 },
    Item(BaseDataItem),
    Fault(Facts),
    InTime,
}

fn part(is_num: bool) -> Part {
    if is_num { Part::Num } else { Part::Missing }
}

fn sum(counted: &[Counted<'_>]) -> Ratio {
    let mut ratio = Ratio::default();
    for counted in counted {
        let num = if counted.part == Part::Num { counted.counts } else { 0 };
        ratio += Ratio { num, den: counted.counts };
    }
    ratio
}

fn counted<'d>(day: &'d Day<'_>, rate: Rate) -> Vec<Counted<'d>> {
    if day.evidence.lot.closed {
        return Vec::new();
    }
    match rate {
        Rate::Online => online(day),
        Rate::Timeliness => passages(day, day.rules.rates.within_s),
        Rate::Completeness => completeness(day),
        Rate::Photos => photos(day),
        Rate::Balance => balance(day),
        Rate::Vacancy => vacancy(day),
        Rate::BaseData => base_data(day),
    }
}

impl<'d> Counted<'d> {
    fn of_record(is_num: bool, record_id: &'d str, at: Timestamp, why: Why) -> Self {
        Self { part: part(is_num), record_id: Some(record_id), at, minutes: None, counts: 1, why }
    }

    fn of_passage(is_num: bool, passed: &'d Passed<'_>, why: Why) -> Self {
        Self::of_record(is_num, passed.session.record_id.as_str(), passed.at(), why)
    }

    fn of_minutes(is_num: bool, at: Timestamp, (minutes, counts): (usize, u64), why: Why) -> Self {
        let minutes = u32::try_from(minutes).ok();
        Self { part: part(is_num), record_id: None, at, minutes, counts, why }
    }

    fn of_day(is_num: bool, at: Timestamp, counts: u64, why: Why) -> Self {
        Self { part: part(is_num), record_id: None, at, minutes: None, counts, why }
    }
}

/// Whether a moment counts, and what was due of it within a minute does too.
fn counts(day: &Day<'_>, at: Timestamp) -> bool {
    let until = at.saturating_add(SignedDuration::from_secs(i64::from(day.rules.rates.within_s)));
    let excused = |at: Timestamp| day.excused.contains(day.minute(at));
    !excused(at) && !until.is_ok_and(excused)
}

fn counting<'d, 'e>(day: &'d Day<'e>) -> impl Iterator<Item = &'d Passed<'e>> {
    let is_in_service = !day.evidence.lot.closed;
    day.passages.iter().filter(move |passed| is_in_service && counts(day, passed.at()))
}

fn online<'d>(day: &Day<'_>) -> Vec<Counted<'d>> {
    let (due, online) = (day.due(), day.online());
    let runs = |minutes: Minutes, is_num: bool| {
        let runs: Vec<_> = minutes.runs().collect();
        runs.into_iter().map(move |(first, minutes)| {
            Counted::of_minutes(is_num, day.moment(first), (minutes, minutes as u64), Why::Heard(is_num))
        })
    };
    runs(due & online, true).chain(runs(due - online, false)).collect()
}

/// Whether received in time; of a clock that is a little ahead as if it had been right.
fn passages<'d>(day: &'d Day<'_>, within_s: u32) -> Vec<Counted<'d>> {
    let in_time = -FUTURE_TOLERANCE.as_secs()..=i64::from(within_s);
    let passages = counting(day).map(|passed| {
        let delay = passed.delay_s();
        Counted::of_passage(in_time.contains(&delay), passed, Why::Delay(passed.direction(), delay))
    });
    passages.collect()
}

/// Stays that ended on the day, or should have: by an exit, by the same car's next entry, by what is plausible, by the lot's
/// own declaration.
fn completeness<'d>(day: &'d Day<'_>) -> Vec<Counted<'d>> {
    let of_the_day = |at: Timestamp| (day.start..day.end).contains(&at);
    let ended = counting(day).filter(|passed| passed.direction() == Direction::Exit).map(|passed| {
        let session = passed.session;
        let lacks_field = session
            .passages()
            .flat_map(|version| &version.doubts)
            .any(|doubt| doubt.kind == FindingKind::MissingField);
        let why = match session.entry() {
            None => Why::NoEntry,
            Some(_) if lacks_field => Why::MissingField,
            Some(_) => Why::Whole,
        };
        Counted::of_passage(matches!(why, Why::Whole), passed, why)
    });
    let overdue =
        day.stays.iter().filter(|stay| stay.exited.is_none() && of_the_day(stay.to) && counts(day, stay.to));
    let overdue =
        overdue.map(|stay| Counted::of_record(false, stay.session.record_id.as_str(), stay.to, Why::NoExit));
    let missing = missing(day, Direction::Exit);
    let open: std::collections::HashSet<_> = day
        .stays
        .iter()
        .filter(|stay| stay.exited.is_none() && of_the_day(stay.to))
        .map(|stay| &stay.session.record_id)
        .collect();
    let declared = missing
        .into_iter()
        .filter(|(id, _)| !open.contains(id))
        .map(|(id, _)| Counted::of_record(false, id.as_str(), day.end, Why::DeclaredExit));
    ended.chain(overdue).chain(declared).collect()
}

fn photos<'d>(day: &'d Day<'_>) -> Vec<Counted<'d>> {
    if !day.evidence.carries_photos {
        return Vec::new();
    }
    let due = counting(day).filter_map(|passed| {
        let due = picture_due(day, passed);
        let pictured_at = pictured_at(day, passed);
        // A picture that is there already counts before it is due.
        let is_in_time = pictured_at.is_some_and(|at| at <= due);
        (is_in_time || due <= day.evidence.now).then(|| {
            let after = pictured_at.map(|at| at.duration_since(passed.at()).as_secs());
            Counted::of_passage(is_in_time, passed, Why::Picture(passed.direction(), after))
        })
    });
    due.collect()
}

/// Of a day that is over. What is missing is a number of cars; the exits without an entry are there with it.
fn balance<'d>(day: &'d Day<'_>) -> Vec<Counted<'d>> {
    if !day.is_over() {
        return Vec::new();
    }
    let balance = Balance::of(day);
    let of = balance.of_passages();
    let off = balance.off_by().min(of);
    let Balance { entries, exits, change } = balance;
    let of_day =
        |is_num, counts| Counted::of_day(is_num, day.end, counts, Why::Balance { entries, exits, change });
    let unmatched = day
        .passages
        .iter()
        .filter(|passed| passed.direction() == Direction::Exit && passed.session.entry().is_none());
    let unmatched = unmatched.map(|passed| {
        let why = Why::Unmatched(passed.direction());
        Counted { counts: 0, ..Counted::of_passage(false, passed, why) }
    });
    let sums = [of_day(true, of - off), of_day(false, off)].into_iter().filter(|counted| counted.counts > 0);
    sums.chain(unmatched.filter(|_| off > 0)).collect()
}

fn vacancy<'d>(day: &Day<'_>) -> Vec<Counted<'d>> {
    let settings = &day.rules.rates;
    let may = tolerance(settings.vacancy_spaces, settings.vacancy_percent, day.total());
    let hours = hours_of_counts(day).into_iter().map(|hour| {
        let why = Why::Spaces { received: hour.received, expected: hour.expected };
        Counted::of_minutes(hour.off_by().saturating_abs() <= may, day.moment(hour.hour * 60), (60, 1), why)
    });
    hours.collect()
}

/// The required items, and that changes are reported in time.
fn base_data<'d>(day: &Day<'_>) -> Vec<Counted<'d>> {
    let faults = faults(day);
    let items = ITEMS.into_iter().map(|item| {
        let fault = faults.iter().find(|(of, _)| *of == item);
        let why = fault.map_or(Why::Item(item), |(_, facts)| Why::Fault(facts.clone()));
        Counted::of_day(fault.is_none(), day.start, 1, why)
    });
    let late = late(day);
    let in_time = late.is_none();
    let time = Counted::of_day(in_time, day.start, 1, late.map_or(Why::InTime, Why::Fault));
    items.chain([time]).collect()
}

impl Why {
    fn words(self) -> RecordWords {
        let both = |zh: String, en: String| RecordWords { zh, en };
        let plain = |zh: &str, en: &str| RecordWords { zh: zh.to_owned(), en: en.to_owned() };
        let way = |direction| match direction {
            Direction::Entry => ("入场", "entry"),
            Direction::Exit => ("出场", "exit"),
        };
        match self {
            Self::Heard(true) => plain("有心跳或上报", "a sign of life was received"),
            Self::Heard(false) => plain("无心跳或上报", "no sign of life was received"),
            Self::Delay(direction, seconds) => {
                let (zh, en) = way(direction);
                both(format!("{zh}后 {seconds} 秒收到"), format!("received {seconds} s after the {en}"))
            }
            Self::Whole => plain("出入场齐全", "entry and exit are there"),
            Self::NoEntry => plain("有出场无入场", "an exit without its entry"),
            Self::NoExit => plain("有入场无出场", "an entry without its exit"),
            Self::DeclaredExit => plain(
                "停车场清单列有出场，平台未收到",
                "an exit that the lot declares and that was not received",
            ),
            Self::MissingField => plain("缺少必填字段", "a required field is missing"),
            Self::Picture(direction, after) => {
                let (zh, en) = way(direction);
                match after {
                    Some(seconds) => both(
                        format!("{zh}后 {seconds} 秒收到照片"),
                        format!("a picture was received {seconds} s after the {en}"),
                    ),
                    None => both(format!("未收到{zh}照片"), format!("no picture of the {en} was received")),
                }
            }
            Self::Balance { entries, exits, change } => both(
                format!("入场 {entries}，出场 {exits}，场内车辆变化 {change}"),
                format!("{entries} entries, {exits} exits; the cars inside changed by {change}"),
            ),
            Self::Unmatched(direction) => {
                let (zh, en) = way(direction);
                both(format!("未配对的{zh}"), format!("an {en} without its other end"))
            }
            Self::Spaces { received, expected } => both(
                format!("上报空位 {received}，推算 {expected}"),
                format!("{received} free spaces reported, {expected} expected"),
            ),
            Self::Item(item) => {
                both(words::item_in_chinese(item).to_owned(), words::item_in_english(item).to_owned())
            }
            Self::Fault(facts) => {
                let kind = facts.kind().unwrap_or(FindingKind::BaseDataIncomplete);
                both(words::chinese(kind, &facts), words::english(kind, &facts))
            }
            Self::InTime => plain("变更及时上报", "changes were reported in time"),
        }
    }
}
