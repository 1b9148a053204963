//! A lot's curve: walked backwards from how full it is now to how full it was, then forwards point by point. The same
//! for every engine, which finds the moments.

use crate::values::moment;
use crate::{CountPoint, Result};
use bowei_model::LotState;
use std::collections::BTreeMap;

/// What happens at a moment of the curve.
#[derive(Clone, Copy, Default)]
struct Step {
    reported: Option<i64>,
    moved: i64,
}

/// A curve in the making. Moments are in milliseconds.
pub(crate) struct Curve {
    from: i64,
    to: i64,
    /// Cars inside: now and, once every movement after `from` is taken back, then.
    inside: i64,
    reported: Option<i64>,
    steps: BTreeMap<i64, Step>,
}

impl Curve {
    /// The curve from `from` to `to` of a lot whose state is now so, and whose last word at `from` or before was
    /// `reported`.
    pub(crate) fn new(state: &LotState, from: i64, to: i64, reported: Option<i64>) -> Self {
        Self { from, to, inside: state.inside, reported, steps: BTreeMap::new() }
    }

    /// At a moment after `from`, so many cars came (or, below zero, went).
    pub(crate) fn moved(&mut self, at: i64, cars: i64) {
        self.inside -= cars;
        if at <= self.to {
            self.steps.entry(at).or_default().moved += cars;
        }
    }

    /// At a moment after `from` and not after `to`, the lot said so many spaces to be free.
    pub(crate) fn report(&mut self, at: i64, vacant: i64) {
        self.steps.entry(at).or_default().reported = Some(vacant);
    }

    /// The curve, of no more than `limit` points. Of words of one millisecond `state` knows the last to the nanosecond.
    pub(crate) fn points(mut self, state: &LotState, limit: usize) -> Result<Vec<CountPoint>> {
        if let Some(last) = state.reported {
            match last.as_of.as_millisecond() {
                at if at <= self.from => self.reported = Some(last.vacant),
                at if at <= self.to => self.report(at, last.vacant),
                _ => {}
            }
        }
        let (mut reported, mut inside) = (self.reported, self.inside);
        let mut points = vec![CountPoint { at: moment(self.from)?, reported, inside }];
        for (at, step) in self.steps {
            reported = step.reported.or(reported);
            inside += step.moved;
            points.push(CountPoint { at: moment(at)?, reported, inside });
        }
        Ok(thinned(points, limit))
    }
}

/// No more than `limit` of the points, evenly, the first and the last among them.
fn thinned(points: Vec<CountPoint>, limit: usize) -> Vec<CountPoint> {
    let limit = limit.max(2);
    let last = points.len().saturating_sub(1);
    if points.len() <= limit {
        return points;
    }
    let spaces = limit - 1;
    (0..limit).filter_map(|i| points.get(i * last / spaces).copied()).collect()
}
