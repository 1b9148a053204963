//! A lot's forecast: what was learned of its past, and what follows from it for a moment to come.

use super::HORIZONS;
use super::day_kind::DayKind;
use super::day_samples::DaySamples;
use super::horizon::{DAYS_MIN, Horizon, Known};
use super::judgement::{Case, Judgement, Reliability};
use super::profile::Profile;
use crate::working_days::Calendar;
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// What a day is judged and learned by: a forecast made every so many minutes.
const EVERY_MINUTES: usize = 10;
/// When there will likely be a space is looked for in steps of so many minutes.
const LIKELY_EVERY_MINUTES: usize = 5;
/// Minutes of a day.
const DAY_MINUTES: usize = 24 * 60;
/// From this probability on there will likely be a space, and below its counterpart likely none.
const LIKELY: f64 = 0.8;
const UNLIKELY: f64 = 0.2;
/// The range that is given has what comes in it eight times of ten.
const LOW: f64 = 0.1;
const HIGH: f64 = 0.9;

/// With how many free spaces there is one for who arrives: three, or 2% of a large lot, and of a tiny one all.
pub fn enough(capacity: u32) -> u32 {
    capacity.div_ceil(50).max(3).min(capacity.max(1))
}

/// In words (大概率有位 · 不确定 · 大概率无位).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// 大概率有位.
    Likely,
    /// 不确定.
    Uncertain,
    /// 大概率无位.
    Unlikely,
}

impl Verdict {
    fn of(probability: f64) -> Self {
        match probability {
            _ if probability >= LIKELY => Self::Likely,
            _ if probability <= UNLIKELY => Self::Unlikely,
            _ => Self::Uncertain,
        }
    }
}

/// What is foretold for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// How far ahead, in minutes.
    pub minutes: u32,
    /// Free spaces.
    pub vacant: u32,
    /// Not fewer than so many, nine times of ten.
    pub low: u32,
    /// Not more than so many, nine times of ten.
    pub high: u32,
    /// How probable it is that there are [`enough`].
    pub probability: f64,
    /// In words.
    pub verdict: Verdict,
}

/// What was learned of one lot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LotForecast {
    /// The last day that was learned.
    pub learned: Option<Date>,
    /// Days learned.
    pub days: u32,
    /// All spaces, or the most that were ever free where that is not known.
    pub capacity: u32,
    profile: Profile,
    horizons: [Horizon; HORIZONS.len()],
    /// How its forecasts were.
    pub judgement: Judgement,
}

impl LotForecast {
    /// Takes a day: judges what would have been foretold on it, then learns it. Days come in their order; one that was learned
    /// already, or of which nothing is known, changes nothing. `spaces`: all spaces of the lot, where that is known.
    pub fn absorb(&mut self, day: Date, samples: &DaySamples, spaces: Option<u32>, calendar: &Calendar) {
        if self.learned.is_some_and(|learned| day <= learned) {
            return;
        }
        let Some(most) = samples.most() else { return };
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        // A lot without a word on its size is as large as the most that was ever free there.
        self.capacity = spaces.filter(|spaces| *spaces > 0).unwrap_or(self.capacity.max(most).max(1));
        let kind = DayKind::of(day, calendar);
        self.judgement.begin(day);
        for index in 0..HORIZONS.len() {
            self.learn_horizon(index, kind, samples);
        }
        self.profile.absorb(kind, samples, f64::from(self.capacity));
        (self.learned, self.days) = (Some(day), self.days.saturating_add(1));
    }

    fn learn_horizon(&mut self, index: usize, kind: DayKind, samples: &DaySamples) {
        let Some(ahead) = HORIZONS.get(index).map(|minutes| *minutes as usize) else { return };
        let Some(before) = self.horizons.get(index) else { return };
        let (days, decay, least) = (self.days, before.decay(self.days), self.least());
        let mut after = before.clone();
        after.age();
        for minute in (0..DAY_MINUTES - ahead).step_by(EVERY_MINUTES) {
            let (Some(now), Some(then)) = (samples.at(minute), samples.at(minute + ahead)) else { continue };
            let (now, came) = (self.share(now), self.share(then));
            let usual = |minute| self.profile.usual(kind, minute).map(|vacant| self.part(vacant));
            let known = Known { now, usual: usual(minute).zip(usual(minute + ahead)) };
            let foretold = before.forecast(known, decay, days);
            self.judgement.add(
                index,
                Case {
                    probability: before.residuals.probability(foretold, least),
                    was_enough: now >= least,
                    is_enough: came >= least,
                    error: came - foretold,
                    persistence_error: came - now,
                },
            );
            after.learn(known, decay, came);
            after.residuals.add(foretold, came);
        }
        if let Some(horizon) = self.horizons.get_mut(index) {
            *horizon = after;
        }
    }

    /// What is foretold for `minutes` after `now` (the clock on the wall), with so many spaces free now; `None` beyond the last of
    /// [`HORIZONS`], and while too little is known of the lot.
    pub fn outlook(&self, now: DateTime, vacant: i64, minutes: u32, calendar: &Calendar) -> Option<Outlook> {
        let index = horizon_of(minutes)?;
        let horizon = self.horizons.get(index).filter(|_| self.days >= DAYS_MIN)?;
        let then = now.checked_add(i64::from(minutes).minutes()).ok()?;
        let usual = |at: DateTime| {
            let minute = usize::from(at.hour().unsigned_abs()) * 60 + usize::from(at.minute().unsigned_abs());
            let kind = DayKind::of(at.date(), calendar);
            self.profile.usual(kind, minute).map(|vacant| self.part(vacant))
        };
        let known = Known { now: self.share(vacant), usual: Some((usual(now)?, usual(then)?)) };
        let foretold = horizon.forecast(known, self.decay(index, minutes), self.days);
        let probability = horizon.residuals.probability(foretold, self.least());
        let at = |part| self.spaces(horizon.residuals.quantile(foretold, part));
        let vacant = self.spaces(foretold);
        Some(Outlook {
            minutes,
            vacant,
            low: at(LOW).min(vacant),
            high: at(HIGH).max(vacant),
            probability,
            verdict: Verdict::of(probability),
        })
    }

    /// After how many minutes there will likely be enough spaces, of those for which the forecast may be shown; `None` where it
    /// says so of none.
    pub fn likely_after(&self, now: DateTime, vacant: i64, calendar: &Calendar) -> Option<u32> {
        let furthest = HORIZONS.iter().max().copied().unwrap_or(0) as usize;
        let minutes =
            (LIKELY_EVERY_MINUTES..=furthest).step_by(LIKELY_EVERY_MINUTES).map(|minutes| minutes as u32);
        let mut shown = minutes.filter(|minutes| self.is_published(*minutes, now.date()));
        shown.find(|minutes| {
            let outlook = self.outlook(now, vacant, *minutes, calendar);
            outlook.is_some_and(|outlook| outlook.verdict == Verdict::Likely)
        })
    }

    /// Whether what is foretold for so many minutes ahead may be shown on a day.
    pub fn is_published(&self, minutes: u32, today: Date) -> bool {
        horizon_of(minutes).is_some_and(|index| self.judgement.is_published(index, today))
    }

    /// How often there were enough spaces lately of times for which about that probability was given so far ahead.
    pub fn came_true(&self, minutes: u32, probability: f64) -> Option<Reliability> {
        self.judgement.came_true(horizon_of(minutes)?, probability)
    }

    /// The usual free spaces of a day at a minute of it; `None` while too little is known of the lot.
    pub fn usual(&self, day: Date, minute: u32, calendar: &Calendar) -> Option<u32> {
        if self.days < DAYS_MIN {
            return None;
        }
        let usual = self.profile.usual(DayKind::of(day, calendar), minute as usize)?;
        Some(self.spaces(self.part(usual)))
    }

    /// How much of today's difference from the usual is left after so many minutes: between two horizons it goes straight.
    fn decay(&self, index: usize, minutes: u32) -> f64 {
        let of = |index: usize| {
            Some((f64::from(*HORIZONS.get(index)?), self.horizons.get(index)?.decay(self.days)))
        };
        // Nothing of it is gone at once.
        let before = index.checked_sub(1).and_then(of).unwrap_or((0.0, 1.0));
        let Some(after) = of(index) else { return before.1 };
        before.1 + (after.1 - before.1) * (f64::from(minutes) - before.0) / (after.0 - before.0)
    }

    fn least(&self) -> f64 {
        f64::from(enough(self.capacity)) / self.size()
    }

    fn share(&self, vacant: i64) -> f64 {
        self.part(vacant.max(0) as f64)
    }

    fn part(&self, vacant: f64) -> f64 {
        (vacant / self.size()).min(1.0)
    }

    fn spaces(&self, part: f64) -> u32 {
        (part.clamp(0.0, 1.0) * self.size()).round() as u32
    }

    fn size(&self) -> f64 {
        f64::from(self.capacity.max(1))
    }
}

/// The horizon that speaks for so many minutes: the next one, which is no surer than it.
fn horizon_of(minutes: u32) -> Option<usize> {
    HORIZONS.iter().position(|horizon| minutes > 0 && minutes <= *horizon)
}
