//! Rules about records: a car inside twice, in two lots at once, without an exit, without a picture, and records that are
//! amended too often.

use super::super::day::{Day, Passed};
use super::Found;
use crate::{Direction, Facts, ParkingSession, Passage, PhotoRole, Plate};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// When the passages that count were received, the later of them.
fn received_at(session: &ParkingSession) -> Timestamp {
    session.passages().map(|version| version.received_at).max().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Two entries of a plate without an exit between them, on the second of them. The stay just before is looked at alone: a
/// car whose exit was lost once has been inside twice once.
pub(super) fn double_entry(day: &Day<'_>) -> Vec<Found> {
    let apart = SignedDuration::from_secs(i64::from(day.rules.double_entry.apart_s));
    let mut before = BTreeMap::<&Plate, usize>::new();
    let mut found = Vec::new();
    for (at, stay) in day.stays.iter().enumerate() {
        let Some(plate) = stay.plate else { continue };
        let last = before.insert(plate, at).and_then(|last| day.stays.get(last));
        let Some(entered) = stay.session.entry().map(|entry| entry.content.at) else { continue };
        let Some(last) = last.filter(|_| (day.start..day.upto.max(day.start)).contains(&entered)) else {
            continue;
        };
        let was_inside = last.exited.is_none_or(|exited| exited.duration_since(entered) >= apart);
        if was_inside && entered.duration_since(last.from) >= apart {
            let other_record = last.session.record_id.as_str().to_owned();
            let facts = Facts::DoubleEntry { other_record, other_entered_at: last.from };
            let opened_at = received_at(stay.session).max(received_at(last.session));
            found.push(Found::of_record((&stay.session.record_id, day), "", (entered, opened_at), facts));
        }
    }
    found
}

/// A car that is in another lot while it is here, on the day on which that began. A stay elsewhere that was never ended, of
/// a car that came here later, is the other lot's to explain; and of a misread plate nothing is said.
pub(super) fn two_lots_at_once(day: &Day<'_>) -> Vec<Found> {
    let least = SignedDuration::from_mins(i64::from(day.rules.two_lots_at_once.overlap_minutes));
    let stays: BTreeMap<_, _> = day.stays.iter().map(|stay| (&stay.session.record_id, stay)).collect();
    let overlaps = day.evidence.elsewhere.iter().filter_map(|there| {
        let here = stays.get(&there.record_id)?;
        let entered = here.entered?;
        let read = here.plate.is_some_and(|plate| *plate == there.plate && plate.shape().is_some());
        let is_theirs = there.to.is_none() && there.from < entered;
        let from = entered.max(there.from);
        let known = day.evidence.now.min(day.evidence.closes_at());
        let to = [here.exited, there.to, Some(known)].into_iter().flatten().min()?;
        let holds =
            read && !is_theirs && (day.start..day.end).contains(&from) && to.duration_since(from) >= least;
        let facts = Facts::TwoLotsAtOnce {
            other_lot: there.other_lot.clone(),
            other_record: there.other_record_id.as_str().to_owned(),
            from,
            to,
        };
        let opened_at = received_at(here.session).max(there.received_at);
        let part = format!("{}/{}", there.other_lot, there.other_record_id);
        let record = (&there.record_id, day);
        holds.then(|| Found::of_record(record, &part, (from, opened_at), facts))
    });
    overlaps.collect()
}

/// An entry whose exit became overdue on the day.
pub(super) fn missing_exit(day: &Day<'_>) -> Vec<Found> {
    let (longest, from_past) = day.longest_stay;
    let overdue = day.stays.iter().filter_map(|stay| {
        let due = stay.overdue.filter(|due| *due < day.end)?;
        // What the day before took to be overdue was found then.
        let due_before = stay.from.checked_add(day.longest_before).unwrap_or(Timestamp::MAX);
        if due_before < day.start {
            return None;
        }
        let entered_at = stay.session.entry()?.content.at;
        let facts = Facts::MissingExit { entered_at, plausible_minutes: longest.as_mins(), from_past };
        let opened_at = due.max(day.start).max(received_at(stay.session));
        Some(Found::of_record((&stay.session.record_id, day), "", (entered_at, opened_at), facts))
    });
    overdue.collect()
}

/// When a passage's first picture was received of which all was received.
pub(in super::super) fn pictured_at(day: &Day<'_>, passed: &Passed<'_>) -> Option<Timestamp> {
    let role = PhotoRole::from(passed.direction());
    let own = passed.session.photos.iter().filter(|photo| {
        let is_cut = photo.doubts.iter().any(|doubt| matches!(doubt.facts, Facts::PhotoCut { .. }));
        photo.content.role == role && !is_cut
    });
    let named = passed.version.content.photo_id.as_ref().and_then(|id| day.evidence.named_photos.get(id));
    own.map(|photo| photo.received_at).chain(named.copied()).min()
}

/// Until when a passage's picture is due: the lot sends the two apart, and a record that comes late brings it late.
pub(in super::super) fn picture_due(day: &Day<'_>, passed: &Passed<'_>) -> Timestamp {
    let within = SignedDuration::from_mins(i64::from(day.rules.missing_photo.within_minutes));
    let known = passed.at().max(passed.first.received_at);
    known.checked_add(within).unwrap_or(Timestamp::MAX)
}

/// A passage without a picture when it was due, where the lot's standard carries them. One that comes later cures it.
pub(super) fn missing_photo(day: &Day<'_>) -> Vec<Found> {
    if !day.evidence.carries_photos {
        return Vec::new();
    }
    let missing = day.passages.iter().filter_map(|passed| {
        let due = picture_due(day, passed);
        let pictured_at = pictured_at(day, passed);
        if due > day.evidence.now || pictured_at.is_some_and(|at| at <= due) {
            return None;
        }
        let (direction, within_minutes) = (passed.direction(), day.rules.missing_photo.within_minutes);
        let facts = Facts::MissingPhoto { direction, within_minutes };
        let record = (&passed.session.record_id, day);
        let found = Found::of_record(record, direction.name(), (passed.at(), due), facts);
        Some(Found { resolved_at: pictured_at, ..found })
    });
    missing.collect()
}

/// Too many of the day's passages say something else than at first: when, which car, what was paid.
pub(super) fn amendment_share(day: &Day<'_>) -> Vec<Found> {
    let settings = &day.rules.amendment_share;
    let amended: Vec<_> =
        day.passages.iter().filter_map(|passed| Some((passed, amended_at(passed)?))).collect();
    let (count, all) = (amended.len(), day.passages.len());
    let is_much = all >= settings.passages_min as usize
        && exceeds(count, all, settings.share.clamp(0.0, 1.0), settings.alpha);
    let last = amended.iter().map(|(passed, at)| (*at, passed.at())).max().filter(|_| is_much);
    let found = last.map(|(opened_at, at)| {
        let facts = Facts::AmendmentShare {
            amended: count as u64,
            passages: all as u64,
            allowed_permille: (settings.share.clamp(0.0, 1.0) * 1_000.0).round() as u32,
        };
        Found::of_day("", at, opened_at, facts)
    });
    found.into_iter().collect()
}

/// When a passage was last told otherwise than at first; `None` where it never was.
fn amended_at(passed: &Passed<'_>) -> Option<Timestamp> {
    let versions = match passed.direction() {
        Direction::Entry => &passed.session.entries,
        Direction::Exit => &passed.session.exits,
    };
    let first = &versions.first()?.content;
    let others = versions.iter().skip(1).filter(|version| !says_the_same(first, &version.content));
    others.map(|version| version.received_at).max()
}

/// Whether two versions agree on when, which car, how long and what was paid.
fn says_the_same(a: &Passage, b: &Passage) -> bool {
    (a.at, &a.plate, a.entered_at, a.minutes, &a.payment, &a.berth)
        == (b.at, &b.plate, b.entered_at, b.minutes, &b.payment, &b.berth)
}

/// Whether so many of all are more than a share allows: Chernoff's bound on the binomial tail is at most `alpha`.
fn exceeds(count: usize, all: usize, share: f64, alpha: f64) -> bool {
    let (all, observed) = (all as f64, count as f64 / all.max(1) as f64);
    if observed <= share || share <= 0.0 {
        return observed > share;
    }
    let term = |p: f64, q: f64| if p > 0.0 { p * (p / q).ln() } else { 0.0 };
    let divergence = term(observed, share) + term(1.0 - observed, 1.0 - share);
    (-all * divergence).exp() <= alpha
}

#[cfg(test)]
mod tests {
    use super::exceeds;

    #[test]
    fn a_share_is_exceeded_beyond_chance() {
        for (count, all, yes) in [
            (0, 20, false),
            (1, 20, false),
            (5, 20, false),
            (8, 20, true),
            (6, 100, false),
            (20, 100, true),
            (50, 1_000, false),
            (100, 1_000, true),
            (20, 20, true),
        ] {
            assert_eq!(exceeds(count, all, 0.05, 1e-4), yes, "{count} of {all}");
        }
    }
}
