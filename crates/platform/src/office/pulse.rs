//! The last hour of passages as this node took them in: how many a minute, and how long after they happened.

use crate::after_commit::{AfterCommit, Commit};
use crate::registry::Registry;
use async_trait::async_trait;
use bowei_model::{Effect, Lot, Report};
use bowei_store::StoreError;
use jiff::Timestamp;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Minutes that are kept.
const MINUTES: usize = 60;

/// Bounds of the delays that are told apart, in seconds; the last takes all that are longer.
const DELAYS_S: [i64; 13] = [1, 2, 3, 5, 7, 10, 20, 30, 60, 120, 300, 900, 3_600];

/// The passages of one provider in one district: what people are bounded by.
#[derive(Clone, Debug, Default)]
struct Passages {
    count: u64,
    delays: [u64; DELAYS_S.len() + 1],
}

/// District and provider.
type Bound = (String, String);

struct Minute {
    number: i64,
    passages: HashMap<Bound, Passages>,
}

/// The last hour.
pub(crate) struct Pulse {
    registry: Arc<Registry>,
    minutes: Mutex<VecDeque<Minute>>,
}

/// What the last hour had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beat {
    /// By minute, the oldest first: the minute's beginning and how many passages.
    pub(crate) per_minute: Vec<(Timestamp, u64)>,
    /// How many in all.
    pub(crate) count: u64,
    /// The delay that half of them had at most, in seconds; `None` without passages.
    pub(crate) p50_s: Option<i64>,
    /// The delay that 95% had at most.
    pub(crate) p95_s: Option<i64>,
    /// How many had ten seconds at most.
    pub(crate) within_10s: u64,
}

impl Pulse {
    pub(crate) fn new(registry: Arc<Registry>) -> Self {
        Self { registry, minutes: Mutex::default() }
    }

    fn note(&self, lot: &Lot, happened: Timestamp, received: Timestamp) {
        let number = received.as_second().div_euclid(60);
        let mut minutes = self.minutes.lock();
        if minutes.back().is_none_or(|last| last.number < number) {
            minutes.push_back(Minute { number, passages: HashMap::new() });
            while minutes.len() > MINUTES {
                minutes.pop_front();
            }
        }
        // Answers overtake each other by a moment at most: what is older than the last minute is counted there.
        let Some(minute) = minutes.back_mut() else { return };
        let bound = (lot.district.clone(), lot.provider.to_string());
        let passages = minute.passages.entry(bound).or_default();
        passages.count += 1;
        let delay = received.as_second() - happened.as_second();
        let bucket = DELAYS_S.iter().position(|bound| delay <= *bound).unwrap_or(DELAYS_S.len());
        if let Some(count) = passages.delays.get_mut(bucket) {
            *count += 1;
        }
    }

    /// The hour before `now`, of what `sees` lets through by district and provider.
    pub(crate) fn beat(&self, now: Timestamp, sees: impl Fn(&str, &str) -> bool) -> Beat {
        let last = now.as_second().div_euclid(60);
        let first = last - MINUTES as i64 + 1;
        let mut counts = vec![0u64; MINUTES];
        let mut delays = [0u64; DELAYS_S.len() + 1];
        for minute in self.minutes.lock().iter() {
            let Some(count) = usize::try_from(minute.number - first).ok().and_then(|at| counts.get_mut(at))
            else {
                continue;
            };
            for ((district, provider), passages) in &minute.passages {
                if sees(district, provider) {
                    *count += passages.count;
                    delays.iter_mut().zip(passages.delays).for_each(|(all, one)| *all += one);
                }
            }
        }
        let per_minute = (first..)
            .zip(counts)
            .map(|(number, count)| (Timestamp::from_second(number * 60).unwrap_or(now), count));
        let count: u64 = delays.iter().sum();
        let within = |part: f64| {
            // Passages of an hour are far fewer than what a float has exactly.
            #[expect(clippy::cast_precision_loss, reason = "an hour's passages")]
            let wanted = count as f64 * part;
            let mut so_far = 0;
            let bucket = delays.iter().position(|one| {
                so_far += one;
                #[expect(clippy::cast_precision_loss, reason = "an hour's passages")]
                let reached = so_far as f64 >= wanted;
                reached
            });
            bucket.filter(|_| count > 0).map(|bucket| DELAYS_S.get(bucket).copied().unwrap_or(i64::MAX))
        };
        let within_10s =
            DELAYS_S.iter().zip(delays).filter(|(bound, _)| **bound <= 10).map(|(_, one)| one).sum();
        Beat { per_minute: per_minute.collect(), count, p50_s: within(0.5), p95_s: within(0.95), within_10s }
    }
}

#[async_trait]
impl AfterCommit for Pulse {
    fn name(&self) -> &'static str {
        "pulse"
    }

    async fn after_commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let snapshot = self.registry.snapshot();
        for (new, effect) in commit.statements.iter().zip(&commit.committed.effects) {
            let Report::Passage(passage) = &new.statement.report else { continue };
            let lot = snapshot.lots.get(&passage.lot).filter(|lot| lot.is_live());
            if let Some(lot) = lot.filter(|_| *effect != Effect::Duplicate) {
                self.note(lot, passage.at, new.statement.received_at);
            }
        }
        Ok(())
    }
}
