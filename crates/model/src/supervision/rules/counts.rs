//! Rules about the lot's count of free spaces: against what follows from its passages, over the day, standing still, jumping.

use super::super::day::{Day, Frozen};
use super::super::settings::tolerance;
use super::Found;
use super::sequential::wrong_at;
use crate::Facts;
use crate::occupancy::Reported;
use jiff::{SignedDuration, Timestamp};

/// Minutes of an hour that may be excused before the hour tells nothing.
const EXCUSED_MAX: usize = 30;

/// The hour in which reported and derived were, by its middle word.
#[derive(Clone, Copy)]
pub(in super::super) struct HourOfCounts {
    /// 0 to 23.
    pub(in super::super) hour: usize,
    /// When the word was right.
    pub(in super::super) at: Timestamp,
    /// When the hour's last word was sent.
    pub(in super::super) sent_at: Timestamp,
    /// Free spaces received.
    pub(in super::super) received: i64,
    /// Free spaces by the passages.
    pub(in super::super) expected: i64,
}

impl HourOfCounts {
    pub(in super::super) fn off_by(&self) -> i64 {
        self.received.saturating_sub(self.expected)
    }
}

/// The hours of the day that have both, but for those in which the platform was away.
pub(in super::super) fn hours_of_counts(day: &Day<'_>) -> Vec<HourOfCounts> {
    let words: Vec<_> = day.counts_of_day().collect();
    let hour = |word: &&&Reported| day.minute(word.as_of) / 60;
    let hours = words.chunk_by(|a, b| hour(&a) == hour(&b)).filter_map(|words| {
        let hour = hour(&words.first()?);
        let excused = (hour * 60..hour * 60 + 60).filter(|minute| day.excused.contains(*minute)).count();
        let mut off: Vec<_> = words.iter().map(|word| (off_by(day, word), word.as_of, word.vacant)).collect();
        off.sort();
        let (off, at, received) = *off.get(off.len() / 2)?;
        let sent_at = words.iter().map(|word| word.sent_at).max()?;
        let expected = received.saturating_sub(off);
        (excused <= EXCUSED_MAX).then_some(HourOfCounts { hour, at, sent_at, received, expected })
    });
    hours.collect()
}

fn off_by(day: &Day<'_>, word: &Reported) -> i64 {
    word.vacant.saturating_sub(day.derived_at(word.as_of.max(day.start)))
}

/// Reported spaces against derived ones: a sequential test of hours.
pub(super) fn vacancy_drift(day: &Day<'_>) -> Vec<Found> {
    let settings = &day.rules.vacancy_drift;
    let may = tolerance(settings.tolerance_spaces, settings.tolerance_percent, day.total());
    // Which cars were inside before the first report nobody knows: until these have left, only what changes is believed.
    let is_settled = day.evidence.profile.days >= settings.settle_days;
    let begins_off = day.counts.first().map_or(0, |word| off_by(day, word));
    let is_beyond = |off: i64| {
        off.saturating_abs() > may && (is_settled || off.saturating_sub(begins_off).saturating_abs() > may)
    };
    // A count that stands still is a fault of its own, and explains how far it is off.
    let frozen = frozen(day);
    let stood =
        |hour: &HourOfCounts| frozen.iter().any(|frozen| (frozen.from..=frozen.to).contains(&hour.at));
    let hours: Vec<_> = hours_of_counts(day).into_iter().filter(|hour| !stood(hour)).collect();
    let settled = wrong_at(hours.iter().map(|hour| is_beyond(hour.off_by())), settings);
    let found = settled.and_then(|at| {
        let told = hours.get(at)?;
        let beyond: Vec<_> = hours.iter().filter(|hour| is_beyond(hour.off_by())).collect();
        let worst =
            beyond.iter().max_by_key(|hour| (hour.off_by().saturating_abs(), std::cmp::Reverse(hour.at)))?;
        let facts = Facts::VacancyDrift {
            received: worst.received,
            expected: worst.expected,
            tolerance: may,
            hours_off: u32::try_from(beyond.len()).unwrap_or(u32::MAX),
            hours: u32::try_from(hours.len()).unwrap_or(u32::MAX),
        };
        Some(Found::of_day("", worst.at, told.sent_at, facts))
    });
    found.into_iter().collect()
}

/// Entries, exits, and by how much the cars inside grew, between the first and the last word of the day or, where the lot
/// counts nothing, by its sessions.
pub(in super::super) struct Balance {
    pub(in super::super) entries: u64,
    pub(in super::super) exits: u64,
    pub(in super::super) change: i64,
}

impl Balance {
    pub(in super::super) fn of(day: &Day<'_>) -> Self {
        use crate::Direction::{Entry, Exit};
        // Words come with passages: one long before midnight has missed some.
        const BEFORE: SignedDuration = SignedDuration::from_mins(30);
        let is_near = |word: &&Reported| word.as_of.duration_since(day.start) >= -BEFORE;
        // One that says more than there is tells nothing of how many are free.
        let is_possible = |word: &&Reported| word.vacant <= i64::from(day.total());
        let before = day.counts.first().filter(is_near).filter(is_possible);
        let first = before.or_else(|| day.counts_of_day().find(is_possible));
        let last = day.counts_of_day().rfind(is_possible);
        let words = first.zip(last).filter(|(first, last)| first.as_of < last.as_of);
        let within = words.map_or((day.start, day.end), |(first, last)| (first.as_of, last.as_of));
        let passed = |direction| {
            let of_it = day.passages.iter().filter(|passed| {
                let at = passed.at();
                passed.direction() == direction
                    && if words.is_some() { within.0 < at && at <= within.1 } else { true }
            });
            of_it.count() as u64
        };
        let (entries, exits) = (passed(Entry), passed(Exit));
        let change = match words {
            Some((first, last)) => first.vacant.saturating_sub(last.vacant),
            // An exit whose entry is not known leaves the cars known inside as they are.
            None => {
                let unmatched = day
                    .passages
                    .iter()
                    .filter(|passed| passed.direction() == Exit && passed.session.entry().is_none());
                i64::try_from(entries).unwrap_or(0) - i64::try_from(exits).unwrap_or(0)
                    + i64::try_from(unmatched.count()).unwrap_or(0)
            }
        };
        Self { entries, exits, change }
    }

    /// |in − out − change|.
    pub(in super::super) fn off_by(&self) -> u64 {
        let off = i128::from(self.entries) - i128::from(self.exits) - i128::from(self.change);
        u64::try_from(off.unsigned_abs()).unwrap_or(u64::MAX)
    }

    /// max(in, out).
    pub(in super::super) fn of_passages(&self) -> u64 {
        self.entries.max(self.exits)
    }
}

/// Entries and exits of a day that do not go with the change of its count.
pub(super) fn unbalanced_day(day: &Day<'_>) -> Vec<Found> {
    let settings = &day.rules.unbalanced_day;
    // Of a count that stands still the balance tells nothing new.
    if !day.is_over() || !frozen(day).is_empty() {
        return Vec::new();
    }
    let balance = Balance::of(day);
    let (off, of) = (balance.off_by(), balance.of_passages());
    let holds = of >= u64::from(settings.passages_min)
        && off > u64::from(settings.tolerance_cars)
        && 1.0 - off as f64 / (of as f64) < settings.balance_min;
    let facts =
        Facts::UnbalancedDay { entries: balance.entries, exits: balance.exits, change: balance.change };
    holds.then(|| Found::of_day("", day.start, day.end, facts)).into_iter().collect()
}

fn frozen<'d>(day: &'d Day<'_>) -> &'d [Frozen] {
    day.frozen.get_or_init(|| {
        let settings = &day.rules.frozen_count;
        let words: Vec<_> = day.counts_of_day().collect();
        let same = words.chunk_by(|a, b| a.vacant == b.vacant);
        let stood = same.filter_map(|words| {
            let (first, last) = (words.first()?, words.last()?);
            let after = day.passages.partition_point(|passed| passed.at() <= first.as_of);
            let upto = day.passages.partition_point(|passed| passed.at() <= last.as_of);
            let passages = upto.saturating_sub(after);
            if words.len() < settings.words_min as usize || passages < settings.passages_min as usize {
                return None;
            }
            let expected = || words.iter().map(|word| day.derived_at(word.as_of.max(day.start)));
            let (min, max) = (expected().min()?, expected().max()?);
            (max - min >= i64::from(settings.moved_min)).then(|| Frozen {
                from: first.as_of,
                to: last.as_of,
                sent_at: words.iter().map(|word| word.sent_at).max().unwrap_or(last.sent_at),
                received: first.vacant,
                passages: passages as u64,
                expected: (min, max),
            })
        });
        stood.collect()
    })
}

/// A count that stood still while cars passed.
pub(super) fn frozen_count(day: &Day<'_>) -> Vec<Found> {
    let found = frozen(day).iter().map(|frozen| {
        let Frozen { from, to, sent_at, received, passages, expected: (expected_min, expected_max) } =
            *frozen;
        let facts = Facts::FrozenCount { received, from, to, passages, expected_min, expected_max };
        Found::of_day(from.as_millisecond().to_string(), from, sent_at, facts)
    });
    found.collect()
}

/// A count that jumps without passages that explain it. What puts it right again is a correction, and no jump.
pub(super) fn count_jump(day: &Day<'_>) -> Vec<Found> {
    let settings = &day.rules.count_jump;
    let least = tolerance(settings.spaces_min, settings.percent_min, day.total());
    let right = tolerance(
        day.rules.vacancy_drift.tolerance_spaces,
        day.rules.vacancy_drift.tolerance_percent,
        day.total(),
    );
    let within = SignedDuration::from_mins(i64::from(settings.within_minutes));
    let mut found = Vec::new();
    // How far off the count was before it jumped: to come back there is no jump either.
    let mut before_jumps: Option<i64> = None;
    for pair in day.counts.windows(2) {
        let [before, after] = pair else { continue };
        let (was_off, is_off) = (off_by(day, before), off_by(day, after));
        let jump = is_off.saturating_sub(was_off);
        let is_correction =
            is_off.saturating_abs() <= right && was_off.saturating_abs() > is_off.saturating_abs();
        let is_way_back =
            before_jumps.is_some_and(|off| is_off.saturating_sub(off).saturating_abs() <= right);
        let counts = jump.saturating_abs() >= least
            && after.as_of.duration_since(before.as_of) <= within
            && after.as_of >= day.start
            && !thawed(day, before);
        if counts && is_way_back {
            before_jumps = None;
        }
        if counts && !is_correction && !is_way_back && found.len() < settings.findings_max as usize {
            before_jumps = before_jumps.or(Some(was_off));
            let expected = day.derived_at(after.as_of) - day.derived_at(before.as_of);
            let facts = Facts::CountJump { before: before.vacant, after: after.vacant, expected };
            let which = after.as_of.as_millisecond().to_string();
            found.push(Found::of_day(which, after.as_of, after.sent_at, facts));
        }
    }
    found
}

/// Whether a word is the last of a count that stood still: what follows catches up with the passages.
fn thawed(day: &Day<'_>, word: &Reported) -> bool {
    frozen(day).iter().any(|frozen| frozen.to == word.as_of)
}
