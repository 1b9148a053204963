//! How good a lot's forecasts were, beside "as it is now": each day judges those made before it.

use super::HORIZONS;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Days that a forecast is judged by.
pub const JUDGED_DAYS: usize = 28;
/// Of these so many have to have been judged before anything is published.
const JUDGED_DAYS_MIN: usize = 21;
/// The last days, in which it must not have become worse: a lot whose habits change loses its forecast within days.
const RECENT_DAYS: usize = 4;
/// By how much, of the greatest error there is, a forecast may be worse than "as it is now" in the last days: chance.
const RECENT_SLACK: f64 = 0.003;
/// Classes of probability, a tenth each.
const CLASSES: usize = 10;
/// What a day's cases are worth a day later, in per cent: half after a fortnight.
const KEPT_PERCENT: u32 = 95;
/// Fractions are kept as whole numbers of this.
const UNIT: f64 = 10_000.0;

/// How forecasts were, beside "as it is now" (persistence).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 5]", into = "[u64; 5]")]
pub struct Score {
    /// Forecasts judged.
    pub cases: u64,
    brier: u64,
    persistence_brier: u64,
    error: u64,
    persistence_error: u64,
}

impl From<[u64; 5]> for Score {
    fn from([cases, brier, persistence_brier, error, persistence_error]: [u64; 5]) -> Self {
        Self { cases, brier, persistence_brier, error, persistence_error }
    }
}

impl From<Score> for [u64; 5] {
    fn from(score: Score) -> Self {
        let Score { cases, brier, persistence_brier, error, persistence_error } = score;
        [cases, brier, persistence_brier, error, persistence_error]
    }
}

/// One forecast and what came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    /// How probable it was that there would be enough spaces.
    pub(super) probability: f64,
    /// Whether there were enough when it was made.
    pub(super) was_enough: bool,
    /// Whether there were enough then.
    pub(super) is_enough: bool,
    /// By how much the free spaces foretold were wrong, of the capacity.
    pub(super) error: f64,
    /// By how much those of when it was made were.
    pub(super) persistence_error: f64,
}

impl Score {
    fn add(&mut self, case: Case) {
        let came = f64::from(u8::from(case.is_enough));
        self.cases += 1;
        self.brier += in_units((case.probability - came).powi(2));
        self.persistence_brier += if case.was_enough == case.is_enough { 0 } else { in_units(1.0) };
        self.error += in_units(case.error.abs());
        self.persistence_error += in_units(case.persistence_error.abs());
    }

    /// Adds another's cases.
    pub fn merge(&mut self, other: Self) {
        self.cases += other.cases;
        self.brier += other.brier;
        self.persistence_brier += other.persistence_brier;
        self.error += other.error;
        self.persistence_error += other.persistence_error;
    }

    /// Its Brier score: the mean square of probability less what came; 0 is the best. 0 without a case.
    pub fn brier(&self) -> f64 {
        self.mean(self.brier)
    }

    /// The Brier score of "if there are enough now, there will be".
    pub fn persistence_brier(&self) -> f64 {
        self.mean(self.persistence_brier)
    }

    /// Mean absolute error in per cent of the capacity.
    pub fn error_percent(&self) -> f64 {
        100.0 * self.mean(self.error)
    }

    /// The same of "as many as now".
    pub fn persistence_error_percent(&self) -> f64 {
        100.0 * self.mean(self.persistence_error)
    }

    fn mean(&self, sum: u64) -> f64 {
        if self.cases == 0 { 0.0 } else { sum as f64 / UNIT / self.cases as f64 }
    }
}

fn in_units(fraction: f64) -> u64 {
    (fraction.clamp(0.0, 1.0) * UNIT).round() as u64
}

/// How often there were enough spaces, by how probable that had been said to be; lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reliability {
    /// Forecasts, those of before counting less.
    pub cases: u32,
    /// Of these so many came true, in the same count.
    pub came: u32,
}

/// A day judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct JudgedDay {
    day: Date,
    /// How many minutes ahead forecasts were shown on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shown: Vec<u32>,
    /// Of each horizon.
    scores: Vec<Score>,
}

/// How a lot's forecasts were, each horizon for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The last days judged, the newest last.
    days: Vec<JudgedDay>,
    /// By horizon, in classes of a tenth of probability: cases and what came of them.
    reliability: Vec<Vec<(u32, u32)>>,
}

impl Judgement {
    /// Begins a day.
    pub(super) fn begin(&mut self, day: Date) {
        self.reliability.resize_with(HORIZONS.len(), || vec![(0, 0); CLASSES]);
        for (cases, came) in self.reliability.iter_mut().flatten() {
            (*cases, *came) = (kept(*cases), kept(*came));
        }
        let shown = HORIZONS.iter().enumerate().filter(|(index, _)| self.is_published(*index, day));
        let shown = shown.map(|(_, minutes)| *minutes).collect();
        self.days.push(JudgedDay { day, shown, scores: vec![Score::default(); HORIZONS.len()] });
        let over = self.days.len().saturating_sub(JUDGED_DAYS);
        self.days.drain(..over);
    }

    /// Notes a case of the day begun.
    pub(super) fn add(&mut self, horizon: usize, case: Case) {
        let score = self.days.last_mut().and_then(|judged| judged.scores.get_mut(horizon));
        if let Some(score) = score {
            score.add(case);
        }
        let class = (case.probability * CLASSES as f64) as usize;
        let class =
            self.reliability.get_mut(horizon).and_then(|classes| classes.get_mut(class.min(CLASSES - 1)));
        if let Some((cases, came)) = class {
            // In hundredths: small numbers get old too.
            *cases = cases.saturating_add(100);
            *came = came.saturating_add(if case.is_enough { 100 } else { 0 });
        }
    }

    /// The score of a horizon over the last days, those before `since` left out.
    pub fn score(&self, horizon: usize, since: Date) -> Score {
        sum(self.days(horizon).filter(|(day, _)| *day >= since))
    }

    /// The same of the days on which its forecasts were shown.
    pub fn score_shown(&self, horizon: usize, since: Date) -> Score {
        let minutes = HORIZONS.get(horizon);
        let shown = |judged: &&JudgedDay| {
            judged.day >= since && judged.shown.iter().any(|shown| Some(shown) == minutes)
        };
        sum(self
            .days
            .iter()
            .filter(shown)
            .filter_map(|judged| Some((judged.day, *judged.scores.get(horizon)?))))
    }

    /// The days judged, the newest last, with their scores of a horizon.
    pub fn days(&self, horizon: usize) -> impl DoubleEndedIterator<Item = (Date, Score)> + '_ {
        self.days.iter().filter_map(move |judged| Some((judged.day, *judged.scores.get(horizon)?)))
    }

    /// Whether a horizon's forecasts may be shown on the day `today`: over four weeks they were better than "as it is now", and
    /// in the last days not worse.
    pub fn is_published(&self, horizon: usize, today: Date) -> bool {
        let Ok(since) = today.checked_sub(jiff::Span::new().days(JUDGED_DAYS as i64)) else { return false };
        let (mut judged, mut all, mut recent) = (0, Score::default(), Score::default());
        // Once through them: this is asked with every answer.
        for (index, (day, score)) in self.days(horizon).rev().enumerate() {
            if index < RECENT_DAYS {
                recent.merge(score);
            }
            if day >= since {
                judged += usize::from(score.cases > 0);
                all.merge(score);
            }
        }
        judged >= JUDGED_DAYS_MIN
            && all.brier() < all.persistence_brier()
            && recent.brier() <= recent.persistence_brier() + RECENT_SLACK
    }

    /// How reliable a horizon's probabilities were, in ten classes of a tenth.
    pub fn reliability(&self, horizon: usize) -> impl Iterator<Item = Reliability> + '_ {
        let classes = self.reliability.get(horizon).into_iter().flatten();
        classes.map(|(cases, came)| Reliability { cases: cases / 100, came: came / 100 })
    }

    /// How often there were enough spaces lately where that probability was given, and in how many cases.
    pub fn came_true(&self, horizon: usize, probability: f64) -> Option<Reliability> {
        let class = (probability.clamp(0.0, 1.0) * CLASSES as f64) as usize;
        self.reliability(horizon).nth(class.min(CLASSES - 1)).filter(|lately| lately.cases > 0)
    }
}

fn sum(days: impl Iterator<Item = (Date, Score)>) -> Score {
    days.fold(Score::default(), |mut sum, (_, score)| {
        sum.merge(score);
        sum
    })
}

fn kept(count: u32) -> u32 {
    (u64::from(count) * u64::from(KEPT_PERCENT) / 100) as u32
}
