//! By how much forecasts were wrong, by how many free spaces they foretold.

use serde::{Deserialize, Serialize};

/// Where levels of the foretold share of free spaces end: finer near full, where it matters.
const LEVELS: [f64; 9] = [0.01, 0.03, 0.06, 0.10, 0.15, 0.25, 0.40, 0.60, f64::INFINITY];
/// Where classes of error end, as shares of the capacity; what is beyond is a class too.
const CLASSES: [f64; 19] = [
    -0.3, -0.2, -0.12, -0.08, -0.05, -0.03, -0.02, -0.01, -0.005, 0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08,
    0.12, 0.2, 0.3,
];
/// What is kept is in tenths of a case, whole numbers.
const SCALE: u32 = 10;
/// What a case is worth a day later, in per cent.
const KEPT_PERCENT: u32 = 97;
/// As many cases of none wrong speak from the beginning.
const PRIOR: f64 = 3.0;

/// Errors by level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Residuals(Vec<Vec<u32>>);

impl Residuals {
    /// A day is over: what was before it counts less.
    pub(super) fn age(&mut self) {
        for count in self.0.iter_mut().flatten() {
            *count = count.saturating_mul(KEPT_PERCENT) / 100;
        }
    }

    /// Notes a forecast, and what came, as shares of the capacity.
    pub(super) fn add(&mut self, foretold: f64, came: f64) {
        self.0.resize_with(LEVELS.len(), Vec::new);
        let Some(level) = self.0.get_mut(level(foretold)) else { return };
        level.resize(CLASSES.len() + 1, 0);
        if let Some(count) = level.get_mut(class(came - foretold)) {
            *count = count.saturating_add(SCALE);
        }
    }

    /// How probable it is that a share of at least `least` comes where `foretold` is foretold.
    pub(super) fn probability(&self, foretold: f64, least: f64) -> f64 {
        let needed = least - foretold;
        let (mut above, mut all) = (if needed <= 0.0 { PRIOR } else { 0.0 }, PRIOR);
        for (index, count) in self.counts(foretold) {
            let (from, to) = bounds(index);
            above += count * ((to - needed) / (to - from)).clamp(0.0, 1.0);
            all += count;
        }
        above / all
    }

    /// The share below which so much of what comes lies, where `foretold` is foretold.
    pub(super) fn quantile(&self, foretold: f64, part: f64) -> f64 {
        let all: f64 = self.counts(foretold).map(|(_, count)| count).sum();
        let mut left = all * part;
        for (index, count) in self.counts(foretold) {
            if count > 0.0 && left <= count {
                let (from, to) = bounds(index);
                return foretold + from + (to - from) * left / count;
            }
            left -= count;
        }
        foretold
    }

    fn counts(&self, foretold: f64) -> impl Iterator<Item = (usize, f64)> + '_ {
        let of_level = self.0.get(level(foretold)).into_iter().flatten();
        of_level.map(|count| f64::from(*count) / f64::from(SCALE)).enumerate()
    }
}

fn level(foretold: f64) -> usize {
    LEVELS.iter().position(|end| foretold < *end).unwrap_or(LEVELS.len() - 1)
}

fn class(error: f64) -> usize {
    CLASSES.iter().position(|end| error < *end).unwrap_or(CLASSES.len())
}

/// From where to where a class goes: an error is a whole capacity at most.
fn bounds(class: usize) -> (f64, f64) {
    let from = class.checked_sub(1).and_then(|before| CLASSES.get(before)).copied();
    (from.unwrap_or(-1.0), CLASSES.get(class).copied().unwrap_or(1.0))
}
