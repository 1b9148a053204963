//! The usual course of a day, by kind of day.

use super::day_kind::{DayKind, relatives};
use super::day_samples::{DaySamples, SAMPLE_MINUTES};
use serde::{Deserialize, Serialize};

/// Minutes of a slot.
const SLOT_MINUTES: usize = 15;
/// Slots of a day.
const SLOTS: usize = 24 * 60 / SLOT_MINUTES;
/// What is kept is in tenths of a space: whole numbers are short to write.
const SCALE: f64 = 10.0;
/// How much a new day of a kind weighs at least: habits of more than two months ago hardly count.
const NEW_DAY_MIN: f64 = 0.2;
/// As many days as this the relatives of a kind of day are worth.
const RELATIVES_WEIGH: f64 = 1.5;
/// Days are counted up to here: more make no difference.
const DAYS_MAX: u32 = 1_000;

/// The usual course of a lot's free spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Profile(Vec<Course>);

/// The usual course of one kind of day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Course {
    days: u32,
    /// In tenths of a space; empty while there was no such day, -1 of a slot that nobody knows.
    slots: Vec<i32>,
}

impl Profile {
    /// Learns a day.
    pub(super) fn absorb(&mut self, kind: DayKind, samples: &DaySamples, capacity: f64) {
        self.0.resize_with(DayKind::COUNT, Course::default);
        let Some(course) = self.0.get_mut(kind.index()) else { return };
        course.slots.resize(SLOTS, -1);
        let weight = (1.0 / f64::from(course.days + 1)).max(NEW_DAY_MIN);
        for (index, slot) in course.slots.iter_mut().enumerate() {
            let minutes =
                (0..SLOT_MINUTES).step_by(SAMPLE_MINUTES).map(|minute| index * SLOT_MINUTES + minute);
            let known: Vec<_> = minutes.filter_map(|minute| samples.at(minute)).collect();
            if known.is_empty() {
                continue;
            }
            let sum: f64 = known.iter().map(|vacant| (*vacant as f64).min(capacity)).sum();
            let (new, old) = (sum / known.len() as f64 * SCALE, f64::from(*slot));
            let mean = if *slot < 0 { new } else { old + weight * (new - old) };
            // A capacity is far less than what fits.
            *slot = mean.round().clamp(0.0, f64::from(i32::MAX)) as i32;
        }
        course.days = (course.days + 1).min(DAYS_MAX);
    }

    /// The free spaces usual on such a day at that minute; `None` where no day of the kind or of its relatives says.
    pub(super) fn usual(&self, kind: DayKind, minute: usize) -> Option<f64> {
        // A slot's mean is that of its middle; between two middles it goes straight.
        let position = minute as f64 / SLOT_MINUTES as f64 - 0.5;
        let before = position.floor().max(0.0);
        let (index, part) = (before as usize, (position - before).clamp(0.0, 1.0));
        let left = self.slot(kind, index.min(SLOTS - 1))?;
        let right = self.slot(kind, (index + 1).min(SLOTS - 1)).unwrap_or(left);
        Some((left + part * (right - left)) / SCALE)
    }

    fn slot(&self, kind: DayKind, index: usize) -> Option<f64> {
        let of = |course: &Course| {
            let mean = course.slots.get(index).copied().filter(|mean| *mean >= 0)?;
            Some((f64::from(mean), f64::from(course.days)))
        };
        let (mut sum, mut weight) = (0.0, 0.0);
        for (mean, days) in self.0.get(relatives(kind.index()))?.iter().filter_map(of) {
            sum += mean * days;
            weight += days;
        }
        let of_relatives = (weight > 0.0).then(|| sum / weight);
        match (self.0.get(kind.index()).and_then(of), of_relatives) {
            (Some((mean, days)), Some(others)) => {
                Some((mean * days + others * RELATIVES_WEIGH) / (days + RELATIVES_WEIGH))
            }
            (_, others) => others,
        }
    }
}
