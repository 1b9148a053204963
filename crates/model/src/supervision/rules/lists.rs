//! The lot's own lists of the cars inside, held against its passages and its count.

use super::super::day::{Day, Stay};
use super::super::settings::tolerance;
use super::Found;
use super::sequential::wrong_at;
use crate::{CarsInside, Facts, Plate, Version};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;

/// Around a list's moment a car may be on the ramp, and the clocks of gate and server differ.
const AROUND: SignedDuration = SignedDuration::from_mins(5);
/// How old a count may be to be that of a list's moment.
const COUNT_AGE_MAX: SignedDuration = SignedDuration::from_mins(60);

/// A list against passages and count.
struct Compared {
    at: Timestamp,
    received_at: Timestamp,
    listed: u64,
    inside: u64,
    not_listed: u64,
    not_inside: u64,
    counted: Option<i64>,
    off_by: i64,
    tolerance: i64,
}

/// Lists that do not fit: a sequential test of lists.
pub(super) fn list_mismatch(day: &Day<'_>) -> Vec<Found> {
    let lists: Vec<_> = day
        .lists
        .iter()
        .filter(|list| (day.start..day.end).contains(&list.content.at))
        .filter_map(|list| compared(day, list))
        .collect();
    let is_off = |list: &Compared| list.off_by > list.tolerance;
    let found = wrong_at(lists.iter().map(is_off), &day.rules.list_mismatch).and_then(|at| {
        let told = lists.get(at)?;
        let worst =
            lists.iter().max_by_key(|list| (list.off_by - list.tolerance, std::cmp::Reverse(list.at)))?;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let facts = Facts::ListMismatch {
            listed: worst.listed,
            inside: worst.inside,
            not_listed: worst.not_listed,
            not_inside: worst.not_inside,
            counted: worst.counted,
            lists_off: count(lists.iter().filter(|list| is_off(list)).count()),
            lists: count(lists.len()),
        };
        Some(Found::of_day("", worst.at, told.received_at, facts))
    });
    found.into_iter().collect()
}

/// `None` where plates are pseudonyms, of which those of a list may be others.
fn compared(day: &Day<'_>, list: &Version<CarsInside>) -> Option<Compared> {
    let settings = &day.rules.list_mismatch;
    let at = list.content.at;
    let listed: HashSet<_> = list.content.plates.iter().collect();
    let around = |stay: &&Stay<'_>| stay.from <= at + AROUND && stay.to >= at - AROUND;
    let (mut inside, mut perhaps, mut without_plate) = (HashSet::new(), HashSet::new(), 0_u64);
    for stay in day.stays.iter().filter(around) {
        let surely = stay.from <= at - AROUND && stay.to >= at + AROUND;
        match stay.plate {
            Some(plate) if surely => _ = inside.insert(plate),
            Some(plate) => _ = perhaps.insert(plate),
            // Entry and exit contradict each other: it may be on the list by either.
            None => {
                let plates = stay.session.passages().filter_map(|version| version.content.plate.as_ref());
                let mut plates = plates.peekable();
                without_plate += u64::from(surely && plates.peek().is_none());
                perhaps.extend(plates);
            }
        }
    }
    if listed.iter().chain(&inside).any(|plate| plate.is_pseudonym()) {
        return None;
    }
    let not_listed: Vec<_> = inside.difference(&listed).copied().collect();
    let not_inside: Vec<_> = listed
        .iter()
        .filter(|plate| !inside.contains(*plate) && !perhaps.contains(*plate))
        .copied()
        .collect();
    let misread = misread(&not_listed, &not_inside);
    let count = |plates: usize| (plates as u64).saturating_sub(misread);
    let (not_listed, not_inside) = (count(not_listed.len()), count(not_inside.len()));
    let counted = day
        .counts
        .iter()
        .rev()
        .find(|word| word.as_of <= at)
        .filter(|word| at.duration_since(word.as_of) <= COUNT_AGE_MAX)
        .map(|word| i64::from(day.total()).saturating_sub(word.vacant));
    let is_settled = day.evidence.profile.days >= settings.settle_days;
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let off_by = if is_settled {
        signed(not_listed.max(not_inside))
    } else {
        // Which cars came before the first report nobody knows, but the lot's own count does.
        let by_count = counted.map(|counted| {
            counted.saturating_sub(signed(listed.len() as u64 + without_plate)).saturating_abs()
        });
        signed(not_listed).max(by_count.unwrap_or(0))
    };
    let cars = u32::try_from(listed.len().max(inside.len())).unwrap_or(u32::MAX);
    Some(Compared {
        at,
        received_at: list.received_at,
        listed: listed.len() as u64,
        inside: inside.len() as u64,
        not_listed,
        not_inside,
        counted,
        off_by,
        tolerance: tolerance(settings.tolerance_spaces, settings.tolerance_percent, cars),
    })
}

/// How many of the plates of one side are one of the other with one character misread. By what is left of a plate without
/// each of its characters, so that it takes no comparison of all with all.
fn misread(a: &[&Plate], b: &[&Plate]) -> u64 {
    fn rests(plate: &Plate) -> impl Iterator<Item = (usize, String)> {
        let chars: Vec<_> = plate.as_str().chars().collect();
        (0..chars.len()).map(move |left_out| {
            let rest = chars.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, c)| *c);
            (left_out, rest.collect())
        })
    }
    let known: HashSet<_> = a.iter().flat_map(|plate| rests(plate)).collect();
    let alike = b.iter().filter(|plate| rests(plate).any(|rest| known.contains(&rest))).count();
    alike.min(a.len()) as u64
}
