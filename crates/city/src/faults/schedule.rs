//! Which faults befall which lot when: drawn from a seed, so that no two get in each other's way. A fault that lasts has its
//! lot to itself for its days; those of single records share a day, and never a record.

use super::hit::Edge;
use super::injected::SharedFaults;
use super::kinds::{Extent, Group, KINDS, Kind, PLATFORM_AWAY};
use crate::plan::{CityLot, CityPlan};
use crate::rng::{Purpose, Rng};
use bowei_model::{FindingKind, LotCode, moment};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What to plan.
#[derive(Clone, Debug)]
pub struct InjectOptions {
    /// The seed of the faults.
    pub seed: u64,
    /// When the city begins.
    pub start: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// Days at the beginning in which nothing goes wrong: lots that have a past can be held against it.
    pub calm_days: usize,
    /// How often each kind is planned, each way that there is of it.
    pub rounds: usize,
    /// In these lots alone; `None`: in all.
    pub lots: Option<BTreeSet<LotCode>>,
    /// When the platform itself is away, from and for how long.
    pub platform_away: Option<(Timestamp, SignedDuration)>,
}

impl InjectOptions {
    /// Each kind twice in all lots, after the first third of the days and a week at most.
    pub fn new(seed: u64, start: Timestamp, until: Timestamp) -> Self {
        let days = usize::try_from(until.duration_since(start).as_hours() / 24).unwrap_or(0);
        Self { seed, start, until, calm_days: (days / 3).min(7), rounds: 2, lots: None, platform_away: None }
    }
}

/// A fault that is planned.
#[derive(Clone)]
pub(super) struct Planned {
    pub(super) kind: &'static Kind,
    pub(super) lots: Vec<Arc<CityLot>>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) edge: Edge,
}

/// The faults of a city.
pub struct Schedule {
    pub(super) seed: u64,
    pub(super) until: Timestamp,
    pub(super) planned: Vec<Planned>,
    pub(super) faults: SharedFaults,
}

/// What a lot's day is taken by.
#[derive(Clone, Copy, PartialEq)]
enum Taken {
    /// So many kinds of single records.
    ByRecords(usize),
    /// One that lasts.
    Whole,
}

/// Kinds of single records that share a lot's day.
const SHARING_MAX: usize = 2;
/// Draws before a kind is left out.
const TRIES: usize = 400;
/// What of a vendor's software goes wrong at all its lots at once.
const VENDOR_WIDE: [FindingKind; 2] = [FindingKind::DurationMismatch, FindingKind::LateReport];
/// At how many lots at least.
const VENDOR_LOTS: usize = 3;

struct Drawing<'a> {
    options: &'a InjectOptions,
    plan: &'a CityPlan,
    /// Those that faults may befall.
    lots: Vec<Arc<CityLot>>,
    groups: HashMap<usize, Group>,
    rng: Rng,
    days: usize,
    taken: BTreeMap<(usize, usize), Taken>,
    planned: Vec<Planned>,
}

impl Schedule {
    /// Draws the faults of `plan`.
    pub fn new(plan: &CityPlan, options: &InjectOptions) -> Self {
        let is_meant =
            |lot: &&Arc<CityLot>| options.lots.as_ref().is_none_or(|lots| lots.contains(&lot.code));
        let lots = plan.lots.iter().filter(is_meant).cloned().collect();
        let days = options.until.duration_since(midnight(options.start, 0)).as_hours() / 24;
        let mut drawing = Drawing {
            options,
            plan,
            lots,
            groups: groups(plan),
            rng: Rng::new(options.seed, Purpose::Injection),
            days: usize::try_from(days).unwrap_or(0),
            taken: BTreeMap::new(),
            planned: Vec::new(),
        };
        drawing.platform_away();
        drawing.vendor_wide();
        // The longer it lasts, the fewer days are free for it.
        for length in 0..3 {
            let kinds: Vec<&'static Kind> = KINDS.iter().filter(|kind| kind.length() == length).collect();
            for _ in 0..options.rounds {
                kinds.iter().for_each(|kind| drawing.plan(kind, Edge::Plain));
            }
            for kind in kinds.iter().filter(|kind| kind.has_edge) {
                drawing.plan(kind, Edge::AtThreshold);
                drawing.plan(kind, Edge::NearMiss);
            }
        }
        let Drawing { planned, .. } = drawing;
        Self { seed: options.seed, until: options.until, planned, faults: SharedFaults::default() }
    }
}

impl Drawing<'_> {
    fn plan(&mut self, kind: &'static Kind, edge: Edge) {
        for _ in 0..TRIES {
            let Some(lot) = self.rng.one_of(&self.lots).cloned() else { return };
            let fits = (kind.fits)(&lot) && self.belongs(&lot, kind);
            let last = self.days.saturating_sub(kind.settles_in());
            if !fits {
                continue;
            }
            let first = self.options.calm_days.max(kind.learns_in());
            if last <= first {
                return;
            }
            // What never ends begins near the end: the lot has nothing else from then on.
            let first =
                if kind.extent == Extent::ToTheEnd { first.max(last.saturating_sub(3)) } else { first };
            let day = first + self.rng.below(last - first);
            let lots = self.with_account(&lot, kind);
            let (from, to) = self.span(kind, day);
            let days =
                day..=self.day_of(to.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(to)).max(day);
            if to > self.options.until || !lots.iter().all(|lot| self.is_free(lot, days.clone(), kind)) {
                continue;
            }
            for lot in &lots {
                self.take(lot, days.clone(), kind);
            }
            self.planned.push(Planned { kind, lots, from, to, edge });
            return;
        }
    }

    fn belongs(&self, lot: &CityLot, kind: &Kind) -> bool {
        kind.group == Group::Any || self.groups.get(&lot.ordinal) == Some(&kind.group)
    }

    /// A heartbeat is the account's where the standard has it so, and all its lots are silent at once.
    fn with_account(&self, lot: &Arc<CityLot>, kind: &Kind) -> Vec<Arc<CityLot>> {
        if !matches!(kind.extent, Extent::AccountHours { .. }) {
            return vec![Arc::clone(lot)];
        }
        let shares = |other: &&Arc<CityLot>| other.provider == lot.provider && other.standard == lot.standard;
        self.plan.lots.iter().filter(shares).cloned().collect()
    }

    fn span(&mut self, kind: &Kind, day: usize) -> (Timestamp, Timestamp) {
        match kind.extent {
            Extent::Records(_) => (self.at(day, 0), self.at(day + 1, 0)),
            Extent::Hours { from, least, most, .. } | Extent::AccountHours { from, least, most, .. } => {
                let hours = least
                    + i64::try_from(self.rng.below(usize::try_from(most - least + 1).unwrap_or(1)))
                        .unwrap_or(0);
                let begins = self.at(day, i64::from(from));
                (begins, begins + SignedDuration::from_hours(hours))
            }
            Extent::ToTheEnd => (self.at(day, 10), self.options.until),
        }
    }

    fn at(&self, day: usize, hour: i64) -> Timestamp {
        midnight(self.options.start, day) + SignedDuration::from_hours(hour)
    }

    fn day_of(&self, at: Timestamp) -> usize {
        let hours = at.duration_since(midnight(self.options.start, 0)).as_hours();
        usize::try_from(hours / 24).unwrap_or(0)
    }

    fn is_free(&self, lot: &CityLot, days: std::ops::RangeInclusive<usize>, kind: &Kind) -> bool {
        let of = |day: usize| self.taken.get(&(lot.ordinal, day)).copied();
        match kind.extent {
            Extent::Records(_) => days.into_iter().all(|day| match of(day) {
                None => true,
                Some(Taken::ByRecords(kinds)) => kinds < SHARING_MAX,
                Some(Taken::Whole) => false,
            }),
            _ => (days.start().saturating_sub(1)..=days.end() + 1).all(|day| of(day).is_none()),
        }
    }

    fn take(&mut self, lot: &CityLot, days: std::ops::RangeInclusive<usize>, kind: &Kind) {
        for day in days {
            let taken = self.taken.entry((lot.ordinal, day)).or_insert(Taken::ByRecords(0));
            *taken = match (kind.extent, *taken) {
                (Extent::Records(_), Taken::ByRecords(kinds)) => Taken::ByRecords(kinds + 1),
                _ => Taken::Whole,
            };
        }
    }

    /// The day on which the platform itself is away is nobody's fault, and has no other.
    fn platform_away(&mut self) {
        let Some((from, lasts)) = self.options.platform_away else { return };
        let day = self.day_of(from);
        for lot in &self.plan.lots {
            self.taken.insert((lot.ordinal, day), Taken::Whole);
        }
        let (lots, to) = (self.plan.lots.clone(), from + lasts);
        self.planned.push(Planned { kind: &PLATFORM_AWAY, lots, from, to, edge: Edge::Plain });
    }

    /// One vendor's software, at all its lots on one day.
    fn vendor_wide(&mut self) {
        for finds in VENDOR_WIDE {
            let Some(kind) = KINDS.iter().find(|kind| kind.finds == Some(finds)) else { continue };
            let mut of_vendor: BTreeMap<_, Vec<Arc<CityLot>>> = BTreeMap::new();
            for lot in self.lots.iter().filter(|lot| (kind.fits)(lot)) {
                of_vendor.entry(lot.vendor().to_owned()).or_default().push(Arc::clone(lot));
            }
            let vendors: Vec<_> = of_vendor.into_values().filter(|lots| lots.len() >= VENDOR_LOTS).collect();
            let (Some(lots), true) =
                (self.rng.one_of(&vendors).cloned(), self.days > self.options.calm_days + 1)
            else {
                continue;
            };
            let day = self.options.calm_days + self.rng.below(self.days - self.options.calm_days - 1);
            for lot in lots {
                if self.is_free(&lot, day..=day, kind) {
                    self.take(&lot, day..=day, kind);
                    let (from, to) = self.span(kind, day);
                    self.planned.push(Planned { kind, lots: vec![lot], from, to, edge: Edge::Plain });
                }
            }
        }
    }
}

impl Kind {
    /// Days of a lot's past without which nobody can tell: who was inside before it began, how busy it is.
    fn learns_in(&self) -> usize {
        match self.finds {
            Some(FindingKind::Silence) => 15,
            Some(FindingKind::VacancyDrift | FindingKind::ListMismatch) => 8,
            _ => 1,
        }
    }

    /// Days before the end by which it must have happened to be found: a car is missed only when nobody stays that long.
    fn settles_in(&self) -> usize {
        match self.finds {
            Some(FindingKind::MissingExit) => 6,
            Some(FindingKind::BaseDataLate) => 5,
            Some(FindingKind::VanishedRecord) => 3,
            _ if self.extent == Extent::ToTheEnd => 3,
            _ => 1,
        }
    }

    /// From the longest on: to the end, a span, single records.
    fn length(&self) -> usize {
        match self.extent {
            Extent::ToTheEnd => 0,
            Extent::Hours { .. } | Extent::AccountHours { .. } => 1,
            Extent::Records(_) => 2,
        }
    }
}

/// One lot in three of each standard that has more than one loses records.
fn groups(plan: &CityPlan) -> HashMap<usize, Group> {
    let mut so_far: HashMap<&str, usize> = HashMap::new();
    let group = |lot: &Arc<CityLot>| {
        let number = so_far.entry(lot.standard).or_default();
        *number += 1;
        (lot.ordinal, if *number % 3 == 2 { Group::Losing } else { Group::Keeping })
    };
    plan.lots.iter().map(group).collect()
}

/// The beginning, by the wall clock, of the `day`th day after that of `start`.
pub(crate) fn midnight(start: Timestamp, day: usize) -> Timestamp {
    moment::start_of_day(start) + SignedDuration::from_hours(24 * i64::try_from(day).unwrap_or(0))
}
