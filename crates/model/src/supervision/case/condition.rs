//! Whether a fault is still there: a function of how many findings were opened in which hours, in whatever order they came.

use super::super::{CaseSettings, HandlingSettings};
use super::Inhibitors;
use crate::FindingKind;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Seconds in an hour.
const HOUR_S: i64 = 3_600;

/// How many findings of a lot, rule and cause were opened in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HourTally {
    /// The hour since 1970 by the wall clock of UTC+08:00, as [`super::super::Minutes::hour_and_bit`] has it.
    pub hour: i64,
    /// Findings opened in it.
    pub found: u32,
    /// Of these, those that still hold.
    pub open: u32,
}

/// Whether the fault is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionState {
    /// It is.
    Holds,
    /// Nothing was found for the rule's quiet time, or all that was found has been cured.
    Quiet,
}

/// The condition of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Which case it is of those with the same key, counted from 1: a relapse after more than 30 days is another.
    pub ordinal: u32,
    /// Whether the fault is still there.
    pub state: ConditionState,
    /// All that was found happened while the lot or the platform was away: see [`Inhibitors`].
    pub inhibited: bool,
    /// Findings.
    pub count: u64,
    /// How often it had grown quiet and came back.
    pub relapses: u32,
    /// The hour of the first finding.
    pub first_at: Timestamp,
    /// The hour in which enough had been found for a case.
    pub opened_at: Timestamp,
    /// The hour of the last finding.
    pub last_at: Timestamp,
}

/// The condition of the newest case that tallies of one key make; `None` where there are too few for any.
pub fn condition(
    kind: FindingKind,
    tallies: &[HourTally],
    inhibitors: &Inhibitors,
    (case, handling): (&CaseSettings, &HandlingSettings),
    now: Timestamp,
) -> Option<Condition> {
    conditions(kind, tallies, inhibitors, (case, handling), now).pop()
}

/// The conditions of all the cases that tallies of one key make, oldest first.
pub fn conditions(
    kind: FindingKind,
    tallies: &[HourTally],
    inhibitors: &Inhibitors,
    (case, handling): (&CaseSettings, &HandlingSettings),
    now: Timestamp,
) -> Vec<Condition> {
    let mut hours = BTreeMap::<i64, (u64, u64)>::new();
    for tally in tallies.iter().filter(|tally| tally.found > 0) {
        let (found, open) = hours.entry(tally.hour).or_default();
        *found += u64::from(tally.found);
        *open += u64::from(tally.open);
    }
    let mut found: Vec<Condition> = Vec::new();
    for episode in episodes(&hours, case) {
        let (Some(first), Some(last)) = (episode.hours.first(), episode.hours.last()) else { continue };
        let count = episode.hours.iter().map(|(_, found, _)| *found).sum::<u64>();
        let is_open = episode.hours.iter().any(|(_, _, open)| *open > 0);
        let quiet_from = last.0.saturating_add(1).saturating_add(i64::from(case.quiet_hours));
        let is_quiet = !is_open || starts(quiet_from) <= now;
        let inhibited = episode.hours.iter().all(|(hour, ..)| inhibitors.inhibit(kind, *hour));
        let state = if is_quiet { ConditionState::Quiet } else { ConditionState::Holds };
        let (first_at, opened_at, last_at) = (starts(first.0), starts(episode.opened), starts(last.0));
        let gap = SignedDuration::from_hours(24 * i64::from(handling.relapse_days));
        match found.last_mut().filter(|before| opened_at.duration_since(before.last_at) <= gap) {
            Some(case) => {
                (case.state, case.last_at) = (state, last_at);
                case.count += count;
                case.relapses += 1;
                case.inhibited &= inhibited;
            }
            None => {
                let ordinal = u32::try_from(found.len() + 1).unwrap_or(u32::MAX);
                found.push(Condition {
                    ordinal,
                    state,
                    inhibited,
                    count,
                    relapses: 0,
                    first_at,
                    opened_at,
                    last_at,
                });
            }
        }
    }
    found
}

/// Hours with findings that belong together, none further from the next than the quiet time, of which enough lie close
/// enough.
struct Episode {
    hours: Vec<(i64, u64, u64)>,
    opened: i64,
}

fn episodes(hours: &BTreeMap<i64, (u64, u64)>, case: &CaseSettings) -> Vec<Episode> {
    let all: Vec<_> = hours.iter().map(|(hour, (found, open))| (*hour, *found, *open)).collect();
    let together =
        |a: &(i64, u64, u64), b: &(i64, u64, u64)| b.0.saturating_sub(a.0) <= i64::from(case.quiet_hours);
    all.chunk_by(together)
        .filter_map(|hours| Some(Episode { opened: opened(hours, case)?, hours: hours.to_vec() }))
        .collect()
}

/// The first hour in which, within the last M, there were N with findings, and findings enough.
fn opened(hours: &[(i64, u64, u64)], case: &CaseSettings) -> Option<i64> {
    let (mut from, mut findings) = (0, 0);
    hours.iter().enumerate().find_map(|(at, (hour, found, _))| {
        findings += found;
        while let Some((first, found, _)) = hours.get(from)
            && hour - first >= i64::from(case.of_hours.max(1))
        {
            findings -= found;
            from += 1;
        }
        let enough = at + 1 - from >= case.hours as usize && findings >= u64::from(case.findings);
        enough.then_some(*hour)
    })
}

/// When an hour begins.
fn starts(hour: i64) -> Timestamp {
    let wall = hour.saturating_mul(HOUR_S);
    let offset = 8 * HOUR_S;
    Timestamp::from_second(wall.saturating_sub(offset)).unwrap_or(Timestamp::MAX)
}
