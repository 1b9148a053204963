//! The passages of late, by which one that is told twice is known.

use super::identity;
use crate::devices::Shows;
use bowei_encoding::sha256_hex;
use bowei_model::{Direction, Passage, Plate, RecordId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How many passages are remembered. Cameras send again within minutes, or hours later all that they kept meanwhile;
/// a busy lot has a thousand passages in that time.
const RECENT_MAX: usize = 4_096;
/// Of passages before those, so many are known again by their event or record, and that they were is all that is known:
/// a month of a busy lot.
const OLDER_MAX: usize = 32_768;
/// Within so long the same plate in the same lane is the same passage: a car at the barrier is read again and again,
/// and none drives in, turns round, goes out and comes back sooner.
const REPEAT_WITHIN: SignedDuration = SignedDuration::from_secs(30);
/// Within so long two readings of no plate in one lane, of which neither has an id, are one car: barriers close in
/// between.
const PLATELESS_REPEAT_WITHIN: SignedDuration = SignedDuration::from_secs(5);
/// How long an exit without an entry waits for an entry told late. Beyond a day the camera's own memory is overwritten.
const AWAITED: SignedDuration = SignedDuration::from_hours(24);

/// How a memo begins that names the camera's time because its clock is wrong; a blank and that time follow.
pub(super) const CLOCK_MEMO: &str = "相机时间";
/// The most further events and messages of one passage that are remembered: a car that stands at the barrier is read
/// again and again.
const MARKS_MAX: usize = 8;

/// A picture that a passage has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shot {
    /// What it shows; read back from the log, the first is taken for the scene and the others for the plate.
    pub(super) shows: Shows,
    /// The first 64 bits of its SHA-256.
    pub(super) digest: u64,
}

impl Shot {
    pub(super) fn of(shows: Shows, sha256: &str) -> Self {
        let digest = u64::from_str_radix(sha256.get(..16).unwrap_or_default(), 16).unwrap_or_default();
        Self { shows, digest }
    }
}

/// One passage, as far as knowing it again goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Past {
    pub(super) record_id: RecordId,
    pub(super) direction: Direction,
    pub(super) at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) plate: Option<Plate>,
    /// The gate's code, or else its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) gate: Option<Box<str>>,
    /// The camera's event; not known of passages read back from the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<u64>,
    /// Digests of messages and further events that were this passage as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) marks: Vec<u64>,
    /// Its pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) shots: Vec<Shot>,
    /// What the memo says of a clock that is wrong: it names the camera's time, which an event told again names too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) memo: Option<Box<str>>,
    /// An exit whose entry is not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unmatched: bool,
    /// An exit that added a space to the lot's own count, since its car seemed to be one of those counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) made_room: bool,
}

impl Past {
    pub(super) fn of(passage: &Passage, event: Option<u64>) -> Self {
        let gate = passage.gate_code.as_deref().or(passage.gate.as_deref());
        Self {
            record_id: passage.record_id.clone(),
            direction: passage.direction,
            at: passage.at,
            plate: passage.plate.clone(),
            gate: gate.map(Box::from),
            event,
            marks: Vec::new(),
            shots: Vec::new(),
            memo: passage.memo.as_deref().and_then(clock_in).map(Box::from),
            unmatched: false,
            made_room: false,
        }
    }
}

impl Past {
    /// Takes another digest by which it is known.
    pub(super) fn mark(&mut self, mark: Option<u64>) {
        let Some(mark) = mark.filter(|mark| self.event != Some(*mark) && !self.marks.contains(mark)) else {
            return;
        };
        if self.marks.len() < MARKS_MAX {
            self.marks.push(mark);
        }
    }
}

/// The beginning of a memo that tells of a wrong clock, with the camera's time: the same whenever the event is told.
fn clock_in(memo: &str) -> Option<&str> {
    let time = memo.strip_prefix(CLOCK_MEMO)?.strip_prefix(' ')?;
    let end = time.find(' ').unwrap_or(time.len());
    memo.get(..CLOCK_MEMO.len() + 1 + end)
}

/// What is seen now, to be compared.
pub(super) struct Sighting<'a> {
    pub(super) direction: Direction,
    pub(super) plate: Option<&'a Plate>,
    pub(super) gate: Option<&'a str>,
    /// When, as it will be reported, and as the camera says.
    pub(super) at: Timestamp,
    pub(super) reported: Option<Timestamp>,
    pub(super) event: Option<u64>,
    /// A digest of the message, where the same bytes are the same car.
    pub(super) fingerprint: Option<u64>,
    pub(super) memo: Option<&'a str>,
    /// The record id that it would begin.
    pub(super) record_id: &'a RecordId,
}

/// The passages of late, oldest first, and digests of those before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recent {
    passages: VecDeque<Past>,
    older: VecDeque<u64>,
}

impl Recent {
    pub(super) fn of(past: impl IntoIterator<Item = Past>, older: impl IntoIterator<Item = u64>) -> Self {
        let mut recent = Self::default();
        older.into_iter().for_each(|digest| recent.keep_digest(digest));
        past.into_iter().for_each(|past| recent.note(past));
        recent
    }

    pub(super) fn older(&self) -> impl Iterator<Item = u64> {
        self.older.iter().copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Past> {
        self.passages.iter()
    }

    pub(super) fn note(&mut self, past: Past) {
        if self.passages.len() == RECENT_MAX
            && let Some(oldest) = self.passages.pop_front()
        {
            let record = number_of(oldest.direction, &oldest.record_id);
            [oldest.event, identity::digest_in(&oldest.record_id), Some(record)]
                .into_iter()
                .flatten()
                .for_each(|digest| self.keep_digest(digest));
        }
        self.passages.push_back(past);
    }

    fn keep_digest(&mut self, digest: u64) {
        if self.older.len() == OLDER_MAX {
            self.older.pop_front();
        }
        self.older.push_back(digest);
    }

    /// Whether the sighting was noted long before: then it is no other passage, and nothing can be added to it.
    pub(super) fn knew(&self, seen: &Sighting<'_>) -> bool {
        let digests = [seen.event, identity::digest_in(seen.record_id)];
        digests.into_iter().flatten().any(|digest| self.older.contains(&digest))
    }

    /// The passage that the sighting was noted as before; it is known by this sighting from now on.
    pub(super) fn knows(&mut self, seen: &Sighting<'_>) -> Option<&mut Past> {
        let past = self.passages.iter_mut().rev().find(|past| is_same(past, seen))?;
        past.mark(seen.event);
        past.mark(seen.fingerprint);
        Some(past)
    }

    /// The passage of that record and direction.
    pub(super) fn of_record(&mut self, record_id: &RecordId, direction: Direction) -> Option<&mut Past> {
        self.passages
            .iter_mut()
            .rev()
            .find(|past| past.direction == direction && past.record_id == *record_id)
    }

    /// Whether the passage of that record and direction was noted long before.
    pub(super) fn had(&self, record_id: &RecordId, direction: Direction) -> bool {
        self.older.contains(&number_of(direction, record_id))
    }

    /// Whether the parking's exit was noted.
    pub(super) fn has_exit(&self, record_id: &RecordId) -> bool {
        let exit = |past: &Past| past.direction == Direction::Exit && past.record_id == *record_id;
        self.passages.iter().any(exit) || self.had(record_id, Direction::Exit)
    }

    /// When the parking's entry was.
    pub(super) fn entered_at(&self, record_id: &RecordId) -> Option<Timestamp> {
        let entry = |past: &&Past| past.direction == Direction::Entry && past.record_id == *record_id;
        self.passages.iter().rev().find(entry).map(|past| past.at)
    }

    /// The exit that an entry told late belongs to, and whether it had made room: the first of its plate after it that
    /// found no entry. It waits no longer.
    pub(super) fn take_awaited(&mut self, plate: &Plate, entered_at: Timestamp) -> Option<(RecordId, bool)> {
        let past = self.passages.iter_mut().find(|past| {
            let stayed = past.at.duration_since(entered_at);
            past.unmatched
                && past.direction == Direction::Exit
                && past.plate.as_ref() == Some(plate)
                && !stayed.is_negative()
                && stayed <= AWAITED
        })?;
        past.unmatched = false;
        Some((past.record_id.clone(), std::mem::take(&mut past.made_room)))
    }
}

/// The number of a passage: the first 64 bits of a SHA-256 are more than a lot's passages need.
fn number_of(direction: Direction, record_id: &RecordId) -> u64 {
    let digest = sha256_hex(format!("{}\0{record_id}", direction.name()).as_bytes());
    digest.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

fn is_same(past: &Past, seen: &Sighting<'_>) -> bool {
    if past.direction != seen.direction || past.gate.as_deref() != seen.gate {
        return false;
    }
    let marked =
        |mark: Option<u64>| mark.is_some_and(|mark| past.event == Some(mark) || past.marks.contains(&mark));
    if marked(seen.event) || marked(seen.fingerprint) || past.record_id == *seen.record_id {
        return true;
    }
    if past.plate.as_ref() != seen.plate {
        return false;
    }
    let near = |at: Timestamp, within| past.at.duration_since(at).abs() <= within;
    match seen.plate {
        Some(_) => {
            near(seen.at, REPEAT_WITHIN)
                || seen.reported.is_some_and(|reported| near(reported, REPEAT_WITHIN))
                || begins_alike(past, seen)
        }
        // Of cars without a plate only the camera's id or its very time tells them apart.
        None => {
            let told_apart = past.event.is_some() && seen.event.is_some();
            let same_time = seen.reported.is_some_and(|reported| reported == past.at);
            let no_id =
                past.event.is_none() && seen.event.is_none() && near(seen.at, PLATELESS_REPEAT_WITHIN);
            !told_apart && (same_time || no_id || begins_alike(past, seen))
        }
    }
}

/// Whether both memos tell of the same time by a wrong clock.
fn begins_alike(past: &Past, seen: &Sighting<'_>) -> bool {
    past.memo.is_some() && past.memo.as_deref() == seen.memo.and_then(clock_in)
}
