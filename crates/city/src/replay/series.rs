//! One lot's counts, and the passages that they imply.

use crate::plan::CityLot;
use crate::verdict::Expected;
use std::sync::Arc;

/// A lot and its counts of free spaces: never empty, each different from the one before.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) lot: Arc<CityLot>,
    /// Seconds since 1970 and free spaces.
    pub(super) counts: Vec<(i64, i64)>,
}

/// A passage that follows from the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Implied {
    pub(super) at_s: i64,
    pub(super) goes_in: bool,
}

impl Series {
    /// Cars inside at the first count. A count below zero is more cars than spaces: people do park in the aisles.
    pub(super) fn opening(&self) -> u64 {
        let first = self.counts.first().map_or(0, |count| count.1);
        u64::try_from(i64::from(self.lot.spaces_total) - first).unwrap_or(0)
    }

    /// Passages after the first count.
    pub(super) fn changes(&self) -> u64 {
        self.counts.iter().zip(self.counts.iter().skip(1)).map(|(a, b)| b.1.abs_diff(a.1)).sum()
    }

    /// Exits after the first count.
    pub(super) fn exits(&self) -> u64 {
        let rise = |before: i64, after: i64| u64::try_from(after - before).unwrap_or(0);
        self.counts.iter().zip(self.counts.iter().skip(1)).map(|(a, b)| rise(a.1, b.1)).sum()
    }

    /// What a platform should count after the last one: of a lot whose standard knows only charges, all spaces.
    pub(super) fn expected(&self) -> Expected {
        if self.lot.says_charges_only() {
            return Expected { derived: i64::from(self.lot.spaces_total), reported: None };
        }
        let last = self.counts.last().map_or(0, |count| count.1);
        let speaks = self.opening() + self.changes() > 0;
        let received = self.lot.speaks().map_or(last, |speaks| speaks.counts.reported(last));
        Expected { derived: last, reported: speaks.then_some(received) }
    }

    /// When the cars of the opening state came: spread over the time before the first count, the last one alone in
    /// the last second, so that what the lot says last of its free spaces is also what it says latest.
    pub(super) fn opening_moments(&self, within_s: i64) -> impl Iterator<Item = i64> + use<> {
        let cars = i64::try_from(self.opening()).unwrap_or(i64::MAX);
        let first = self.counts.first().map_or(0, |count| count.0);
        (1..=cars).map(move |car| {
            if car == cars { first - 1 } else { first - within_s + (within_s - 1) * (car - 1) / cars.max(1) }
        })
    }

    /// The passages between count `i` and the next, spread evenly; the last one when the next count was taken.
    pub(super) fn passages_after(&self, i: usize) -> impl Iterator<Item = Implied> + use<> {
        let from = self.counts.get(i).copied();
        let (from_s, before) = from.unwrap_or_default();
        let (to_s, after) = self.counts.get(i + 1).copied().or(from).unwrap_or_default();
        let passages = i64::try_from(after.abs_diff(before)).unwrap_or(i64::MAX);
        (1..=passages).map(move |passage| Implied {
            // Not in the second of the count before, which belongs to the passage that led to it.
            at_s: (from_s + (to_s - from_s) * passage / passages).max(from_s + 1),
            goes_in: after < before,
        })
    }

    /// Whether there is a count after count `i`.
    pub(super) fn has_after(&self, i: usize) -> bool {
        i + 1 < self.counts.len()
    }
}
