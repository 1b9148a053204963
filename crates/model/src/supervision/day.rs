//! A lot's day as the rules and rates look at it: the evidence in a fixed order, with who was inside when.

use super::{Durations, Evidence, Minutes, Profile, RuleSet};
use crate::occupancy::Reported;
use crate::{CarsInside, Direction, ParkingSession, Passage, Plate, Version};
use jiff::{SignedDuration, Timestamp};
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};

/// The longest stays that are told apart, in hours: coarse, so that a past that grows by a day seldom moves the one that is
/// plausible.
const STAYS_HOURS: [u32; 13] = [24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 720, 840, 960];

/// A lot's day.
pub(super) struct Day<'e> {
    pub(super) evidence: &'e Evidence,
    pub(super) rules: &'e RuleSet,
    /// Its first moment.
    pub(super) start: Timestamp,
    /// The next day's.
    pub(super) end: Timestamp,
    /// Up to where it is known.
    pub(super) upto: Timestamp,
    /// Minutes that are over.
    pub(super) elapsed: Minutes,
    /// Minutes that count for nobody: the platform was away, or maintenance was announced.
    pub(super) excused: Minutes,
    /// By entry, then by record.
    pub(super) stays: Vec<Stay<'e>>,
    /// Passages of the day, by time.
    pub(super) passages: Vec<Passed<'e>>,
    /// Words on free spaces, by time; none where nobody knows how many spaces there are.
    pub(super) counts: Vec<Reported>,
    /// The lot's lists of the cars inside, by time; of several of one moment the one sent last.
    pub(super) lists: Vec<&'e Version<CarsInside>>,
    /// The longest plausible stay, and whether it follows from the lot's own past.
    pub(super) longest_stay: (SignedDuration, bool),
    /// The longest that the day before believed.
    pub(super) longest_before: SignedDuration,
    /// Cars inside from each moment on, by hindsight.
    inside: Vec<(Timestamp, i64)>,
    /// Worked out when it is first asked for.
    pub(super) frozen: OnceCell<Vec<Frozen>>,
}

/// A stretch in which the count stood still while cars passed.
#[derive(Clone, Debug)]
pub(super) struct Frozen {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) sent_at: Timestamp,
    pub(super) received: i64,
    pub(super) passages: u64,
    pub(super) expected: (i64, i64),
}

/// A car's stay.
pub(super) struct Stay<'e> {
    pub(super) session: &'e ParkingSession,
    /// As its passages say; none where they contradict each other.
    pub(super) plate: Option<&'e Plate>,
    /// When it came in.
    pub(super) entered: Option<Timestamp>,
    /// When it went out.
    pub(super) exited: Option<Timestamp>,
    /// From when on it counts as inside.
    pub(super) from: Timestamp,
    /// Until when: its exit or, where there is none, the next entry of the same car or the end of what is plausible.
    pub(super) to: Timestamp,
    /// Since when its exit is overdue.
    pub(super) overdue: Option<Timestamp>,
}

/// A passage of the day.
pub(super) struct Passed<'e> {
    pub(super) session: &'e ParkingSession,
    /// As it counts.
    pub(super) version: &'e Version<Passage>,
    /// As it was received first.
    pub(super) first: &'e Version<Passage>,
}

impl Passed<'_> {
    pub(super) fn at(&self) -> Timestamp {
        self.version.content.at
    }

    pub(super) fn direction(&self) -> Direction {
        self.version.content.direction
    }

    /// How long after it happened it was received, in whole seconds; negative where its clock is ahead.
    pub(super) fn delay_s(&self) -> i64 {
        self.first.received_at.duration_since(self.first.content.at).as_secs()
    }
}

impl<'e> Day<'e> {
    pub(super) fn new(evidence: &'e Evidence, rules: &'e RuleSet) -> Self {
        let (start, end) = evidence.span();
        let upto = evidence.now.clamp(start, end);
        let mut lists: Vec<_> = evidence.lists.iter().collect();
        lists.sort_by_key(|list| (list.content.at, list.sent_at, &list.content.plates));
        lists.dedup_by(|later, kept| {
            let same = later.content.at == kept.content.at;
            if same {
                *kept = *later;
            }
            same
        });
        let mut counts = if evidence.lot.spaces_total == 0 { Vec::new() } else { evidence.counts.clone() };
        counts.sort();
        counts.dedup();
        let Profile { days, stays: past, stays_before, .. } = &evidence.profile;
        let longest_stay = longest_stay(evidence, rules, *days, past);
        let longest_before = stays_before.as_ref().map_or(longest_stay.0, |before| {
            self::longest_stay(evidence, rules, days.saturating_sub(1), before).0
        });
        let stays = stays(evidence, &lists, longest_stay.0, start);
        let inside = inside(evidence, &stays, start);
        Self {
            evidence,
            rules,
            start,
            end,
            upto,
            elapsed: Minutes::between(evidence.day, start, upto),
            excused: evidence.platform_away | evidence.maintenance,
            passages: passages(evidence, start, end),
            stays,
            counts,
            lists,
            longest_stay,
            longest_before,
            inside,
            frozen: OnceCell::new(),
        }
    }

    /// Whether it is over.
    pub(super) fn is_over(&self) -> bool {
        self.evidence.now >= self.end
    }

    /// All spaces.
    pub(super) fn total(&self) -> u32 {
        self.evidence.lot.spaces_total
    }

    /// Cars inside at a moment, by their passages.
    pub(super) fn inside_at(&self, at: Timestamp) -> i64 {
        let next = self.inside.partition_point(|(since, _)| *since <= at);
        next.checked_sub(1).and_then(|last| self.inside.get(last)).map_or(0, |(_, cars)| *cars)
    }

    /// Free spaces at a moment, by the passages: a lot that is full has none, and no fewer.
    pub(super) fn derived_at(&self, at: Timestamp) -> i64 {
        let total = i64::from(self.total());
        (total - self.inside_at(at)).clamp(0, total)
    }

    /// The words on free spaces of the day itself.
    pub(super) fn counts_of_day(&self) -> impl DoubleEndedIterator<Item = &Reported> + Clone {
        self.counts.iter().filter(|word| (self.start..self.end).contains(&word.as_of))
    }

    /// The minute of the day that a moment is in.
    pub(super) fn minute(&self, at: Timestamp) -> usize {
        usize::try_from(at.duration_since(self.start).as_secs() / 60).unwrap_or(0).min(1_439)
    }

    /// When a minute of the day begins.
    pub(super) fn moment(&self, minute: usize) -> Timestamp {
        let minutes = SignedDuration::from_mins(i64::try_from(minute).unwrap_or(0));
        self.start.checked_add(minutes).unwrap_or(self.end)
    }

    /// Minutes in which somebody of the lot was heard, or may have been: a sign of life covers those until the next is due,
    /// and one just after midnight those before it.
    pub(super) fn online(&self) -> Minutes {
        let heard = self.evidence.heard | self.evidence.account_heard;
        let interval = self.interval();
        let covered = heard.extended(interval);
        match heard.runs().next() {
            Some((first, _)) if first <= interval => covered | self.before(first),
            _ => covered,
        }
    }

    /// Minutes in which a sign of life is due: those that are over and count. A lot is due from its first report on, and
    /// again one interval after an absence that was not its own.
    pub(super) fn due(&self) -> Minutes {
        let interval = self.interval();
        if interval == 0 {
            return Minutes::NONE;
        }
        let due = self.elapsed - self.excused.extended(interval);
        if self.evidence.profile.days > 0 {
            return due;
        }
        let heard = self.evidence.heard | self.evidence.account_heard;
        let first = heard.runs().next().map_or(1_440, |(first, _)| first);
        due - self.before(first)
    }

    /// Minutes from one sign of life to the next; a day at most.
    fn interval(&self) -> usize {
        (self.evidence.heartbeat_minutes as usize).min(1_440)
    }

    fn before(&self, minute: usize) -> Minutes {
        Minutes::between(self.evidence.day, self.start, self.moment(minute.min(1_440)))
    }
}

/// The lot's longest plausible stay by so many days of past and the stays in them, and whether these say it.
fn longest_stay(
    evidence: &Evidence,
    rules: &RuleSet,
    days: u32,
    stays: &Durations,
) -> (SignedDuration, bool) {
    let settings = &rules.missing_exit;
    let has_past = days >= settings.days_min && stays.count() >= settings.stays_min;
    let quantile = stays.quantile_s(settings.quantile.clamp(0.0, 1.0)).filter(|_| has_past);
    let (hours, from_past) = match quantile {
        Some(seconds) => {
            let hours = (seconds as f64 * settings.factor / 3_600.0).ceil() as u32;
            let coarse = STAYS_HOURS.into_iter().find(|coarse| *coarse >= hours).unwrap_or(u32::MAX);
            (coarse.max(settings.hours_min), true)
        }
        None => (settings.default_hours(&evidence.lot), false),
    };
    (SignedDuration::from_hours(i64::from(hours.min(settings.hours_max))), from_past)
}

fn stays<'e>(
    evidence: &'e Evidence,
    lists: &[&'e Version<CarsInside>],
    longest: SignedDuration,
    start: Timestamp,
) -> Vec<Stay<'e>> {
    let mut stays: Vec<_> = evidence
        .sessions
        .iter()
        .filter(|session| session.is_parking())
        .map(|session| {
            let (entered, exited) = (session.entered_at(), session.exited_at());
            let of = |version: Option<&'e Version<Passage>>| version.map(|version| &version.content.plate);
            let plates = (of(session.entry()), of(session.exit()));
            let contradict = matches!(plates, (Some(entry), Some(exit)) if entry != exit);
            let plate = session.plate().filter(|_| !contradict);
            let from = entered.unwrap_or(start);
            let to = exited.unwrap_or(Timestamp::MAX);
            Stay { session, plate, entered, exited, from, to, overdue: None }
        })
        .collect();
    stays.sort_by_key(|stay| (stay.from, &stay.session.record_id));
    // What the lot's own list still has is inside, however long.
    let last_list =
        lists.last().map(|list| (list.content.at, list.content.plates.iter().collect::<HashSet<_>>()));
    let mut next_entries = BTreeMap::<&Plate, Timestamp>::new();
    for stay in stays.iter_mut().rev() {
        let again = stay.plate.and_then(|plate| next_entries.insert(plate, stay.from));
        if stay.exited.is_some() {
            continue;
        }
        let due = stay.from.checked_add(longest).unwrap_or(Timestamp::MAX);
        let is_listed = last_list
            .as_ref()
            .is_some_and(|(at, plates)| *at >= due && stay.plate.is_some_and(|plate| plates.contains(plate)));
        stay.overdue = (due <= evidence.now && !is_listed).then_some(due);
        stay.to = again.unwrap_or(Timestamp::MAX).min(stay.overdue.unwrap_or(Timestamp::MAX));
    }
    stays
}

/// Cars inside from each moment on. Those that `open_before` has and the sessions have not are there all day.
fn inside(evidence: &Evidence, stays: &[Stay<'_>], start: Timestamp) -> Vec<(Timestamp, i64)> {
    let known = stays.iter().filter(|stay| {
        stay.entered.is_some_and(|at| at < start) && stay.exited.is_none_or(|exited| exited >= start)
    });
    let others = evidence.open_before.saturating_sub(i64::try_from(known.count()).unwrap_or(i64::MAX)).max(0);
    let mut changes: Vec<_> = stays
        .iter()
        .filter(|stay| stay.to > stay.from)
        .flat_map(|stay| [(stay.from, 1), (stay.to, -1)])
        .collect();
    changes.push((Timestamp::MIN, others));
    changes.sort();
    let mut cars = 0;
    let mut inside = Vec::<(Timestamp, i64)>::with_capacity(changes.len());
    for (at, change) in changes {
        cars = i64::saturating_add(cars, change);
        match inside.last_mut() {
            Some(last) if last.0 == at => last.1 = cars,
            _ => inside.push((at, cars)),
        }
    }
    inside
}

fn passages(evidence: &Evidence, start: Timestamp, end: Timestamp) -> Vec<Passed<'_>> {
    fn of<'e>(
        session: &'e ParkingSession,
        versions: &'e [Version<Passage>],
        day: &std::ops::Range<Timestamp>,
    ) -> Option<Passed<'e>> {
        let version = versions.last().filter(|version| day.contains(&version.content.at))?;
        let first = versions.iter().min_by_key(|version| (version.received_at, version.sent_at))?;
        Some(Passed { session, version, first })
    }
    let day = start..end;
    let mut passages: Vec<_> = evidence
        .sessions
        .iter()
        .flat_map(|session| [of(session, &session.entries, &day), of(session, &session.exits, &day)])
        .flatten()
        .collect();
    passages.sort_by_key(|passed| (passed.at(), &passed.session.record_id, passed.direction()));
    passages
}
