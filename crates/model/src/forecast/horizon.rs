//! What is learned about one time ahead.

use super::residuals::Residuals;
use serde::{Deserialize, Serialize};

/// What a day's sums are worth a day later.
const KEPT: f64 = 0.97;
/// Days before which nothing learned is used: a lot's week has to be seen once.
pub(super) const DAYS_MIN: u32 = 7;
/// Below this share of free spaces a lot is near full: there, what is free now says more.
const NEAR_FULL: f64 = 0.1;
/// How much of today's difference from the usual is left, while nothing is learned.
const DECAY: f64 = 0.8;
/// How far past what the decaying anomaly says a blend may go.
const BLEND_MAX: f64 = 1.2;

/// Sums of a line through the origin, found by least squares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Line(f64, f64);

impl Line {
    fn add(&mut self, x: f64, y: f64) {
        *self = Self(self.0 + x * x, self.1 + x * y);
    }

    fn age(&mut self) {
        *self = Self(self.0 * KEPT, self.1 * KEPT);
    }

    fn slope(self) -> Option<f64> {
        (self.0 > 0.0).then(|| self.1 / self.0)
    }
}

/// What is learned about one time ahead. All in shares of the capacity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Horizon {
    /// How much of today's difference from the usual is left then.
    decay: Line,
    /// How far to go from what is now to what the decaying anomaly says: near full, and else.
    near_full: Line,
    elsewhere: Line,
    pub(super) residuals: Residuals,
}

/// What is known at the moment at which somebody asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// The share that is free.
    pub(super) now: f64,
    /// The share usually free now, and then.
    pub(super) usual: Option<(f64, f64)>,
}

impl Horizon {
    /// How much of today's difference is left, as far as it is learned.
    pub(super) fn decay(&self, days: u32) -> f64 {
        self.decay.slope().filter(|_| days >= DAYS_MIN).map_or(DECAY, |slope| slope.clamp(0.0, 1.0))
    }

    /// The share free then, the anomaly decaying to `decay` of itself.
    pub(super) fn forecast(&self, known: Known, decay: f64, days: u32) -> f64 {
        let Some(anomaly) = known.anomaly(decay) else { return known.now };
        let line = if known.now < NEAR_FULL { self.near_full } else { self.elsewhere };
        let blend =
            line.slope().filter(|_| days >= DAYS_MIN).map_or(1.0, |slope| slope.clamp(0.0, BLEND_MAX));
        (known.now + blend * (anomaly - known.now)).clamp(0.0, 1.0)
    }

    /// Learns what came of what was known; `decay` as it was.
    pub(super) fn learn(&mut self, known: Known, decay: f64, came: f64) {
        let (Some((now, then)), Some(anomaly)) = (known.usual, known.anomaly(decay)) else { return };
        self.decay.add(known.now - now, came - then);
        let line = if known.now < NEAR_FULL { &mut self.near_full } else { &mut self.elsewhere };
        line.add(anomaly - known.now, came - known.now);
    }

    /// A day is over.
    pub(super) fn age(&mut self) {
        [&mut self.decay, &mut self.near_full, &mut self.elsewhere].into_iter().for_each(Line::age);
        self.residuals.age();
    }
}

impl Known {
    /// The usual, and what is left of today's difference.
    fn anomaly(self, decay: f64) -> Option<f64> {
        self.usual.map(|(now, then)| then + decay * (self.now - now))
    }
}
