//! The passages of late, by which one that is told twice is known.

use bowei_model::{Direction, Passage, Plate, RecordId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How many passages are remembered. Cameras send again within minutes, or hours later all that they kept meanwhile;
/// a busy lot has a thousand passages in that time.
const RECENT_MAX: usize = 4_096;
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

/// The passages of late, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recent(VecDeque<Past>);

impl Recent {
    pub(super) fn of(past: impl IntoIterator<Item = Past>) -> Self {
        let mut recent = Self::default();
        past.into_iter().for_each(|past| recent.note(past));
        recent
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Past> {
        self.0.iter()
    }

    pub(super) fn note(&mut self, past: Past) {
        if self.0.len() == RECENT_MAX {
            self.0.pop_front();
        }
        self.0.push_back(past);
    }

    /// Whether the sighting was noted before.
    pub(super) fn knows(&self, seen: &Sighting<'_>) -> bool {
        self.0.iter().rev().any(|past| is_same(past, seen))
    }

    /// Whether the parking's exit was noted.
    pub(super) fn has_exit(&self, record_id: &RecordId) -> bool {
        self.0.iter().any(|past| past.direction == Direction::Exit && past.record_id == *record_id)
    }

    /// Whether the passage was noted, by its record and direction.
    pub(super) fn has(&self, passage: &Passage) -> bool {
        self.0.iter().any(|past| past.direction == passage.direction && past.record_id == passage.record_id)
    }

    /// The exit that an entry told late belongs to, and whether it had made room: the first of its plate after it that
    /// found no entry. It waits no longer.
    pub(super) fn take_awaited(&mut self, plate: &Plate, entered_at: Timestamp) -> Option<(RecordId, bool)> {
        let past = self.0.iter_mut().find(|past| {
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
