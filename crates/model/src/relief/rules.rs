//! What a lot gives to cars that charge, and since when.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Versions of a lot's rules that are kept: of one that changes them every month, four years.
pub const VERSIONS_MAX: usize = 50;

/// What a lot gives to cars that charge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReliefRules {
    /// Minutes while charging that are free, at most (充电期间免费停车时长).
    pub free_minutes_while_charging: u32,
    /// From so many kilowatt-hours in the stay on (起充电量).
    pub from_kwh: Decimal,
    /// At most one stay of a car in a day, UTC+08:00 (每日限一次).
    pub once_a_day: bool,
}

/// Rules, and for whom they are: stays that begin at `since` or later, until the next version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReliefVersion {
    /// Since when.
    pub since: Timestamp,
    /// What is given; `None`: nothing any more.
    pub rules: Option<ReliefRules>,
}

/// The rules for a stay that began at `entered_at`, of a lot's versions in their order.
pub fn rules_for(versions: &[ReliefVersion], entered_at: Timestamp) -> Option<&ReliefRules> {
    let version = versions.iter().rev().find(|version| version.since <= entered_at);
    version.and_then(|version| version.rules.as_ref())
}

/// Puts a version behind the others. One of the same moment or an earlier one takes the place of whatever is not older than it.
pub fn put_version(versions: &mut Vec<ReliefVersion>, version: ReliefVersion) {
    versions.retain(|known| known.since < version.since);
    versions.push(version);
    let beyond = versions.len().saturating_sub(VERSIONS_MAX);
    versions.drain(..beyond);
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn at(text: &str) -> Timestamp {
        format!("2026-04-{text}+08:00").parse().unwrap()
    }

    fn rules(free_minutes_while_charging: u32, from_kwh: &str, once_a_day: bool) -> ReliefRules {
        ReliefRules { free_minutes_while_charging, from_kwh: from_kwh.parse().unwrap(), once_a_day }
    }

    #[test]
    fn the_rules_are_those_of_when_the_stay_began() {
        let mut versions = Vec::new();
        let put = |versions: &mut Vec<_>, since: &str, rules: Option<ReliefRules>| {
            put_version(versions, ReliefVersion { since: at(since), rules });
        };
        put(&mut versions, "01T00:00:00", Some(rules(60, "10", false)));
        put(&mut versions, "02T00:00:00", Some(rules(90, "10", true)));
        put(&mut versions, "03T00:00:00", None);
        let free = |versions: &[ReliefVersion], day: &str| {
            rules_for(versions, at(day)).map(|rules| rules.free_minutes_while_charging)
        };
        let days = ["01T00:00:00", "01T23:59:59", "02T00:00:00", "03T00:00:00"];
        assert_eq!(days.map(|day| free(&versions, day)), [Some(60), Some(60), Some(90), None]);
        assert_eq!(rules_for(&versions, at("01T00:00:00") - SignedDuration::from_secs(1)), None);
        // Said of an earlier moment, it is so from then on.
        put(&mut versions, "02T00:00:00", Some(rules(30, "10", true)));
        assert_eq!(days.map(|day| free(&versions, day)), [Some(60), Some(60), Some(30), Some(30)]);
        for minute in 0..100 {
            put(&mut versions, &format!("04T00:{:02}:{:02}", minute / 60, minute % 60), None);
        }
        assert_eq!(versions.len(), VERSIONS_MAX);
    }
}
