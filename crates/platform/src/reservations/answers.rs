//! How long lots take to answer, and what: of the last calls, at this node.

use bowei_model::reservation::{LotAnswer, OrderCode};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// Calls of a lot that are remembered.
const REMEMBERED: usize = 200;

/// A lot that has not answered yet takes so long at least,
const PRETENDED: Duration = Duration::from_millis(300);
/// and up to so much longer, as lots do.
const PRETENDED_SPREAD_MS: u32 = 2_000;

/// The last answers of one lot.
#[derive(Debug, Default)]
pub(super) struct AnswerTimes {
    last: VecDeque<(&'static str, Duration)>,
}

/// What a lot answered of late.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LotAnswers {
    /// Calls that were counted.
    pub(crate) calls: usize,
    /// Of these, those that it took, had no space for, refused, and did not answer.
    pub(crate) taken: usize,
    pub(crate) no_space: usize,
    pub(crate) refused: usize,
    pub(crate) silent: usize,
    /// Seconds to an answer: half of the answers came sooner.
    pub(crate) p50_s: Option<f64>,
    /// And 95 of a hundred.
    pub(crate) p95_s: Option<f64>,
    /// The breaker lets nothing through until then.
    pub(crate) breaker_until: Option<Timestamp>,
}

/// An answer in a word.
pub(super) fn word(answer: &LotAnswer) -> &'static str {
    match answer {
        LotAnswer::Taken => "taken",
        LotAnswer::NoSpace => "no-space",
        LotAnswer::Refused { .. } => "refused",
        LotAnswer::Silent => "silent",
        LotAnswer::NotReachable => "not-reachable",
    }
}

impl AnswerTimes {
    pub(super) fn note(&mut self, answer: &LotAnswer, after: Duration) {
        if self.last.len() >= REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back((word(answer), after));
    }

    /// What the lot would say to a call that is not made, and after how long: as it has answered of late. One that says nothing
    /// says nothing. Which of its times it is, nobody can tell from the code, which is a digest itself.
    pub(super) fn pretended(&self, code: &OrderCode) -> (LotAnswer, Duration) {
        let sum =
            code.as_str().bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        match self.last.back() {
            Some(("silent", after)) => return (LotAnswer::Silent, *after),
            Some(("not-reachable", after)) => return (LotAnswer::NotReachable, *after),
            _ => {}
        }
        let heard: Vec<_> = self.heard().collect();
        let after = heard.get(sum as usize % heard.len().max(1)).copied();
        let unheard_of = PRETENDED + Duration::from_millis((sum % PRETENDED_SPREAD_MS).into());
        (LotAnswer::NoSpace, after.unwrap_or(unheard_of))
    }

    fn heard(&self) -> impl Iterator<Item = Duration> {
        let heard = self.last.iter().filter(|(word, _)| !matches!(*word, "silent" | "not-reachable"));
        heard.map(|(_, after)| *after)
    }

    pub(super) fn shown(&self, breaker_until: Option<Timestamp>) -> LotAnswers {
        let count = |words: &[&str]| self.last.iter().filter(|(word, _)| words.contains(word)).count();
        let mut seconds: Vec<f64> = self.heard().map(|after| after.as_secs_f64()).collect();
        seconds.sort_by(f64::total_cmp);
        let part = |percent: usize| {
            let place = (seconds.len() * percent).div_ceil(100).saturating_sub(1);
            seconds.get(place).map(|s| (s * 1_000.0).round() / 1_000.0)
        };
        LotAnswers {
            calls: self.last.len(),
            taken: count(&["taken"]),
            no_space: count(&["no-space"]),
            refused: count(&["refused"]),
            silent: count(&["silent", "not-reachable"]),
            p50_s: part(50),
            p95_s: part(95),
            breaker_until,
        }
    }
}
