//! The lot's own declarations of which records it has of a day, held against what was received and against each other.

use super::super::day::Day;
use super::super::evidence::DayDeclaration;
use super::Found;
use crate::{Direction, Facts, RecordId, pairing};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashSet};

const WAYS: [Direction; 2] = [Direction::Entry, Direction::Exit];

fn ids(declaration: &DayDeclaration, direction: Direction) -> &BTreeSet<RecordId> {
    match direction {
        Direction::Entry => &declaration.entries,
        Direction::Exit => &declaration.exits,
    }
}

/// Declarations, oldest first.
fn declarations<'d>(day: &'d Day<'_>) -> Vec<&'d DayDeclaration> {
    let mut declarations: Vec<_> = day.evidence.declarations.iter().collect();
    declarations.sort();
    declarations
}

/// Records that the lot's last declaration has and that were not received, whatever the day that they say.
pub(in super::super) fn missing<'d>(
    day: &'d Day<'_>,
    direction: Direction,
) -> Vec<(&'d RecordId, Timestamp)> {
    let declarations = declarations(day);
    let Some(last) = declarations.last() else { return Vec::new() };
    let received: HashSet<_> =
        day.evidence.sessions.iter().filter_map(|session| pairing::passage_id(session, direction)).collect();
    let missing = ids(last, direction).iter().filter(|id| !received.contains(*id)).map(|id| {
        let first = declarations.iter().find(|declaration| ids(declaration, direction).contains(id));
        (id, first.map_or(last.received_at, |first| first.received_at))
    });
    missing.collect()
}

/// A record that the lot declares and that was not received.
pub(super) fn missing_record(day: &Day<'_>) -> Vec<Found> {
    let at = |moment: Timestamp| moment.clamp(day.start, day.end);
    let found = WAYS.into_iter().flat_map(|direction| {
        missing(day, direction).into_iter().map(move |(id, declared_at)| {
            let facts = Facts::MissingRecord { direction, declared_at };
            Found::of_record((id, day), direction.name(), (at(declared_at), declared_at), facts)
        })
    });
    found.take(day.rules.declarations.findings_max as usize).collect()
}

/// A record that the lot has reported, or declared, and that its last declaration has no more.
pub(super) fn vanished_record(day: &Day<'_>) -> Vec<Found> {
    let settings = &day.rules.declarations;
    let declarations = declarations(day);
    let Some((last, before)) = declarations.split_last() else { return Vec::new() };
    let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
    let (midnight, fresh) = (minutes(settings.midnight_minutes), minutes(settings.fresh_minutes));
    // Every record that the last declaration should have, with when it was received and for which moment it stands.
    let mut known = BTreeMap::<(Direction, RecordId), (Option<Timestamp>, Timestamp)>::new();
    for declaration in before {
        for direction in WAYS {
            for id in ids(declaration, direction) {
                known.entry((direction, id.clone())).or_insert((None, declaration.received_at));
            }
        }
    }
    for passed in &day.passages {
        let (at, received_at) = (passed.at(), passed.first.received_at);
        let is_of_the_day =
            at.duration_since(day.start) >= midnight && day.end.duration_since(at) >= midnight;
        let was_known = last.received_at.duration_since(received_at.max(at)) >= fresh;
        let Some(id) = pairing::passage_id(passed.session, passed.direction()) else { continue };
        let key = (passed.direction(), id);
        if known.contains_key(&key) || is_of_the_day && was_known {
            known.insert(key, (Some(received_at), at));
        }
    }
    let vanished = known.into_iter().filter(|((direction, id), _)| !ids(last, *direction).contains(id));
    let found = vanished.map(|((direction, id), (received_at, at))| {
        let facts = Facts::VanishedRecord { direction, received_at, declared_at: last.received_at };
        let at = at.clamp(day.start, day.end);
        Found::of_record((&id, day), direction.name(), (at, last.received_at), facts)
    });
    found.take(settings.findings_max as usize).collect()
}
