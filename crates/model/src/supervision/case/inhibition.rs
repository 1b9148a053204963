//! What silences what: a lot that is offline has its records late and missing, and while the platform is away nobody is
//! heard. The findings are facts and stay; the cases say that they are inhibited.

use super::super::Minutes;
use super::super::rule;
use crate::{Facts, Finding, FindingKind};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Hours after an absence in which what had gathered meanwhile arrives, late.
const AFTER: SignedDuration = SignedDuration::from_hours(2);

/// The hours, since 1970 by the wall clock, in which something else explains what was found of a lot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inhibitors {
    lot: BTreeSet<i64>,
    platform: BTreeSet<i64>,
}

impl Inhibitors {
    /// Nothing explains anything.
    pub const NONE: Self = Self { lot: BTreeSet::new(), platform: BTreeSet::new() };

    /// The lot was offline for a while.
    pub fn add_offline(&mut self, from: Timestamp, to: Timestamp) {
        self.lot.extend(hours(from, to));
    }

    /// The lot was offline, if that is what the finding says.
    pub fn add_finding(&mut self, finding: &Finding) {
        if let Facts::HeartbeatMissed { from, minutes, .. } = &finding.facts {
            let lasted = SignedDuration::from_mins(i64::from(*minutes));
            self.add_offline(*from, from.checked_add(lasted).unwrap_or(*from));
        }
    }

    /// The platform was away for a while.
    pub fn add_platform_away(&mut self, from: Timestamp, to: Timestamp) {
        self.platform.extend(hours(from, to));
    }

    /// Whether what was found in an hour is explained.
    pub fn inhibit(&self, kind: FindingKind, hour: i64) -> bool {
        self.platform.contains(&hour) || rule(kind).inhibited_by_offline && self.lot.contains(&hour)
    }
}

fn hours(from: Timestamp, to: Timestamp) -> std::ops::RangeInclusive<i64> {
    let until = to.checked_add(AFTER).unwrap_or(to);
    let (first, last) = (Minutes::hour_and_bit(from).0, Minutes::hour_and_bit(until).0);
    // A year: more is no absence.
    first..=last.min(first.saturating_add(366 * 24))
}
