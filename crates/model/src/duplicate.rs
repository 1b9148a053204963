//! The same passage under two record ids (重复记录): one car cannot pass one lot the same way twice within a second.
//!
//! A record has a passage from the moment at which the version that says so was received until another version counts, which
//! may be more than once. All of these [`Interval`]s are kept, so that what was found of two records follows from the set of
//! statements alone, as every other finding's past does (see [`crate::finding::history`]).

use crate::finding::{Held, Subject, history};
use crate::{Direction, Facts, Finding, LotCode, ParkingSession, Passage, Plate, RecordId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::once;

/// What two passages of the same car have in common that are one passage, told twice.
///
/// Passages without a record id have none: this is their identity already, and what is told twice of them is an
/// amendment. Nor have cars without a plate, of which two may well pass in a second.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PassageKey {
    /// The second in which it passed.
    pub second: Timestamp,
    /// The lot.
    pub lot: LotCode,
    /// The plate.
    pub plate: Plate,
    /// In or out.
    pub direction: Direction,
}

/// For how long a record had a passage, by the moments at which its versions were received, in whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// When the version that has it was received.
    pub since: Timestamp,
    /// When another version came to count; `None` while this one does.
    pub until: Option<Timestamp>,
}

/// When a record had a passage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PassageHistory {
    /// Which it is of the passages that the record had the same way in the same second, counted from 1: the others were of
    /// other plates, and a duplicate of each is a finding of its own.
    pub number: u32,
    /// One after the other, none of them empty.
    pub intervals: Vec<Interval>,
}

impl PassageHistory {
    /// Whether the record had it at `moment`.
    fn contains(&self, moment: Timestamp) -> bool {
        self.intervals.iter().any(|interval| interval.contains(moment))
    }
}

impl Interval {
    /// Whether it was so at `moment`.
    fn contains(&self, moment: Timestamp) -> bool {
        self.since <= moment && self.until.is_none_or(|until| moment < until)
    }
}

impl PassageKey {
    /// The key of a passage, if it has one.
    pub fn of(passage: &Passage) -> Option<Self> {
        let plate = passage.plate.clone().filter(|_| !passage.without_record_id)?;
        let second = Timestamp::from_second(passage.at.as_second()).ok()?;
        Some(Self { second, lot: passage.lot.clone(), plate, direction: passage.direction })
    }

    /// The keys that a session's entry and exit have had, as far as the versions that are kept tell, each with when.
    pub fn of_session(session: &ParkingSession) -> BTreeMap<Self, PassageHistory> {
        let mut had = BTreeMap::<Self, Vec<Interval>>::new();
        let mut last = [None, None];
        let moments = session.passage_moments().collect();
        let mut replay = session.replay(&moments);
        for moment in moments {
            let known = replay.at(moment);
            let now = [known.entry(), known.exit()].map(|version| Self::of(&version?.content));
            // As columns have it: what is kept and what is worked out must not differ by a fraction.
            let moment = Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment);
            for (was, is) in last.iter_mut().zip(now).filter(|(was, is)| *was != is) {
                if let Some(interval) = was.as_ref().and_then(|was| had.get_mut(was)?.last_mut()) {
                    interval.until = Some(moment);
                }
                if let Some(is) = &is {
                    had.entry(is.clone()).or_default().push(Interval { since: moment, until: None });
                }
                *was = is;
            }
        }
        for intervals in had.values_mut() {
            intervals.retain(|interval| interval.until != Some(interval.since));
        }
        had.retain(|_, intervals| !intervals.is_empty());
        let mut in_order: Vec<_> = had.into_iter().collect();
        in_order.sort_by(|(_, a), (_, b)| a.cmp(b));
        let mut counts = BTreeMap::<_, u32>::new();
        let numbered = in_order.into_iter().map(|(key, intervals)| {
            let count = counts.entry((key.direction, key.second)).or_default();
            *count += 1;
            (key, PassageHistory { number: *count, intervals })
        });
        numbered.collect()
    }

    /// What is found, and was, about each of the records that have or had it: opened when a second one had it at the same
    /// time, resolved when no other one had it any more or the record itself had not.
    pub fn history(&self, records: &BTreeMap<RecordId, PassageHistory>) -> Vec<Finding> {
        if records.len() < 2 {
            return Vec::new();
        }
        let intervals = records.values().flat_map(|had| &had.intervals);
        let moments: BTreeSet<_> =
            intervals.flat_map(|interval| once(interval.since).chain(interval.until)).collect();
        let counts: BTreeMap<_, _> = moments
            .iter()
            .map(|moment| (*moment, records.values().filter(|had| had.contains(*moment)).count()))
            .collect();
        let part = format!("{} {}", self.direction.name(), self.second.as_millisecond());
        let found = records.iter().flat_map(|(record_id, had)| {
            let part = if had.number > 1 { format!("{part}#{}", had.number) } else { part.clone() };
            let subject = Subject {
                lot: self.lot.clone(),
                name: ParkingSession::subject(record_id),
                record_id: Some(record_id.as_str().to_owned()),
            };
            history(&subject, moments.clone(), |moment| {
                let is_double = had.contains(moment) && counts.get(&moment).is_some_and(|count| *count > 1);
                let facts = Facts::DuplicateRecord { direction: self.direction };
                is_double.then(|| Held::new(part.clone(), self.second, facts)).into_iter().collect()
            })
        });
        found.collect()
    }
}
