//! The passages of late, by which one that is told twice is known.

use bowei_model::{Direction, Passage, Plate, RecordId};
use bowei_standards::shared::encoding::{from_base64, sha256_hex, to_base64};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{HashSet, VecDeque};

/// How many passages are remembered. Cameras send again within minutes, or hours later all that they kept meanwhile;
/// a busy lot has a thousand passages in that time.
const RECENT_MAX: usize = 4_096;
/// For how many passages and events more it is remembered that they were told: weeks of a busy lot, in a megabyte.
const TOLD_MAX: usize = 65_536;
/// Within so long the same plate in the same lane is the same passage: a car at the barrier is read again and again,
/// and none drives in, turns round, goes out and comes back sooner.
const REPEAT_WITHIN: SignedDuration = SignedDuration::from_secs(30);
/// Within so long two readings of no plate in one lane, of which neither has an id, are one car: barriers close in
/// between.
const PLATELESS_REPEAT_WITHIN: SignedDuration = SignedDuration::from_secs(5);
/// How long an exit without an entry waits for an entry told late. Beyond a day the camera's own memory is overwritten.
const AWAITED: SignedDuration = SignedDuration::from_hours(24);

/// How a memo begins that names the camera's time because its clock is wrong.
pub(super) const CLOCK_MEMO: &str = "相机时间";

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
            memo: passage.memo.as_deref().filter(|memo| memo.starts_with(CLOCK_MEMO)).map(Box::from),
            unmatched: false,
            made_room: false,
        }
    }
}

/// What is seen now, to be compared.
pub(super) struct Sighting<'a> {
    pub(super) direction: Direction,
    pub(super) plate: Option<&'a Plate>,
    pub(super) gate: Option<&'a str>,
    /// When, as it will be reported, and as the camera says.
    pub(super) at: Timestamp,
    pub(super) said: Option<Timestamp>,
    pub(super) event: Option<u64>,
    pub(super) memo: Option<&'a str>,
    /// The record id that it would begin.
    pub(super) record_id: &'a RecordId,
}

/// The passages of late, oldest first, and for longer that there were others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recent {
    passages: VecDeque<Past>,
    told: Told,
}

/// What was told before, as numbers, the oldest first: an event of last week that is told again is known by it, when
/// its passage is long out of sight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    order: VecDeque<u64>,
    all: HashSet<u64>,
}

impl Told {
    fn note(&mut self, number: u64) {
        if !self.all.insert(number) {
            return;
        }
        self.order.push_back(number);
        if self.order.len() > TOLD_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}

impl Recent {
    pub(super) fn of(past: impl IntoIterator<Item = Past>, told: &str) -> Self {
        let mut recent = Self::default();
        let told = from_base64(told).unwrap_or_default();
        told.as_chunks().0.iter().for_each(|number| recent.told.note(u64::from_le_bytes(*number)));
        past.into_iter().for_each(|past| recent.note(past));
        recent
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Past> {
        self.passages.iter()
    }

    /// What was told before, as [`Recent::of`] reads it.
    pub(super) fn told(&self) -> String {
        let bytes: Vec<u8> = self.told.order.iter().flat_map(|number| number.to_le_bytes()).collect();
        to_base64(&bytes)
    }

    pub(super) fn note(&mut self, past: Past) {
        self.told.note(number_of(past.direction, &past.record_id));
        if self.passages.len() == RECENT_MAX {
            self.passages.pop_front();
        }
        self.passages.push_back(past);
    }

    /// A camera has told of an event, under the id that it would begin a record with.
    pub(super) fn note_event(&mut self, own_id: &RecordId) {
        self.told.note(number_of_event(own_id));
    }

    /// Whether a camera has told of the event before.
    pub(super) fn has_event(&self, own_id: &RecordId) -> bool {
        self.told.all.contains(&number_of_event(own_id))
    }

    /// Whether the sighting was noted before.
    pub(super) fn knows(&self, seen: &Sighting<'_>) -> bool {
        self.passages.iter().rev().any(|past| is_same(past, seen))
    }

    /// Whether the parking's exit was noted.
    pub(super) fn has_exit(&self, record_id: &RecordId) -> bool {
        self.told.all.contains(&number_of(Direction::Exit, record_id))
    }

    /// When the parking's entry was.
    pub(super) fn entered_at(&self, record_id: &RecordId) -> Option<Timestamp> {
        let entry = |past: &&Past| past.direction == Direction::Entry && past.record_id == *record_id;
        self.passages.iter().rev().find(entry).map(|past| past.at)
    }

    /// Whether the passage was noted, by its record and direction.
    pub(super) fn has(&self, passage: &Passage) -> bool {
        self.told.all.contains(&number_of(passage.direction, &passage.record_id))
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

/// The number of a passage: half of a SHA-256 is more than a lot's passages need.
fn number_of(direction: Direction, record_id: &RecordId) -> u64 {
    number(&format!("{}\0{record_id}", direction.name()))
}

fn number_of_event(own_id: &RecordId) -> u64 {
    number(&format!("event\0{own_id}"))
}

fn number(text: &str) -> u64 {
    let digest = sha256_hex(text.as_bytes());
    digest.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

fn is_same(past: &Past, seen: &Sighting<'_>) -> bool {
    if past.direction != seen.direction || past.gate.as_deref() != seen.gate {
        return false;
    }
    if past.event.is_some() && past.event == seen.event || past.record_id == *seen.record_id {
        return true;
    }
    if past.plate.as_ref() != seen.plate {
        return false;
    }
    let near = |at: Timestamp, within| past.at.duration_since(at).abs() <= within;
    match seen.plate {
        Some(_) => {
            near(seen.at, REPEAT_WITHIN)
                || seen.said.is_some_and(|said| near(said, REPEAT_WITHIN))
                || begins_alike(past, seen)
        }
        // Of cars without a plate only the camera's id or its very time tells them apart.
        None => {
            let told_apart = past.event.is_some() && seen.event.is_some();
            let same_time = seen.said.is_some_and(|said| said == past.at);
            let no_id =
                past.event.is_none() && seen.event.is_none() && near(seen.at, PLATELESS_REPEAT_WITHIN);
            !told_apart && (same_time || no_id || begins_alike(past, seen))
        }
    }
}

/// Whether both memos tell of the same wrong clock, which stands first in them.
fn begins_alike(past: &Past, seen: &Sighting<'_>) -> bool {
    match (&past.memo, seen.memo) {
        (Some(past), Some(seen)) => past.starts_with(seen),
        _ => false,
    }
}
