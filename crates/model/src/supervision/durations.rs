//! Durations by their logarithm: a histogram that adds up over lots and days.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Whole seconds below this have a bucket each.
const EXACT_BELOW: u64 = 16;
/// Buckets from each power of two to the next: one is at most 1/8 wider than what it begins with.
const IN_AN_OCTAVE: u64 = 8;

/// How many durations there were, by their length in whole seconds: exact below 16 s, to 1/8 above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Durations(BTreeMap<u16, u64>);

impl Durations {
    /// Takes one in.
    pub fn add(&mut self, seconds: u64) {
        *self.0.entry(bucket(seconds)).or_default() += 1;
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// A quantile, `share` from 0 to 1, in whole seconds: no less than the true one, and at most 1/8 more.
    pub fn quantile_s(&self, share: f64) -> Option<u64> {
        let rank = ((self.count() as f64 * share).ceil() as u64).max(1);
        let mut passed = 0_u64;
        self.0.iter().find_map(|(bucket, count)| {
            passed = passed.saturating_add(*count);
            (passed >= rank).then(|| longest(*bucket))
        })
    }

    /// Of passages in a stretch of so many seconds, the share whose car passes twice in it: its entry and its exit. 0 where
    /// nothing is known.
    pub fn both_within(&self, seconds: f64) -> f64 {
        let both = |(bucket, count): (&u16, &u64)| {
            *count as f64 * (1.0 - longest(*bucket) as f64 / seconds).max(0.0)
        };
        let sum: f64 = self.0.iter().map(both).sum();
        if seconds > 0.0 { sum / (self.count() as f64).max(1.0) } else { 0.0 }
    }

    /// The median.
    pub fn p50_s(&self) -> Option<u64> {
        self.quantile_s(0.5)
    }

    /// The 95th percentile.
    pub fn p95_s(&self) -> Option<u64> {
        self.quantile_s(0.95)
    }
}

impl AddAssign<&Self> for Durations {
    fn add_assign(&mut self, other: &Self) {
        for (bucket, count) in &other.0 {
            let sum = self.0.entry(*bucket).or_default();
            *sum = sum.saturating_add(*count);
        }
    }
}

fn bucket(seconds: u64) -> u16 {
    if seconds < EXACT_BELOW {
        return seconds as u16;
    }
    let octave = u64::from(seconds.ilog2());
    // Its three digits behind the first.
    let part = (seconds >> (octave - 3)) & (IN_AN_OCTAVE - 1);
    (EXACT_BELOW + (octave - 4) * IN_AN_OCTAVE + part) as u16
}

/// The longest that is in a bucket.
fn longest(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    let Some(above) = bucket.checked_sub(EXACT_BELOW) else { return bucket };
    let (octave, part) = (above / IN_AN_OCTAVE + 4, above % IN_AN_OCTAVE);
    let next = u128::from(IN_AN_OCTAVE + part + 1) << (octave.min(63) - 3);
    u64::try_from(next - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn few_durations_have_their_own_quantiles() {
        let mut durations = Durations::default();
        assert_eq!(durations.p50_s(), None);
        [1, 2, 3, 4, 100].into_iter().for_each(|seconds| durations.add(seconds));
        assert_eq!((durations.p50_s(), durations.p95_s(), durations.count()), (Some(3), Some(103), 5));
    }

    #[test]
    fn a_short_stay_passes_twice_in_a_long_stretch() {
        let mut durations = Durations::default();
        assert!(durations.both_within(60.0).abs() < f64::EPSILON);
        [3, 15].into_iter().for_each(|seconds| durations.add(seconds));
        assert!((durations.both_within(6.0) - 0.25).abs() < 1e-9, "half of the first, none of the second");
        assert!(durations.both_within(0.0).abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn a_bucket_ends_at_most_an_eighth_behind_what_is_in_it(seconds in any::<u64>()) {
            let end = longest(bucket(seconds));
            prop_assert!(end >= seconds && end - seconds <= seconds / 8, "{seconds} {end}");
        }

        #[test]
        fn sums_are_those_of_all(a in proptest::collection::vec(0..10_000_u64, 0..20), b in proptest::collection::vec(0..10_000_u64, 0..20)) {
            let of = |seconds: &[u64]| {
                let mut durations = Durations::default();
                seconds.iter().for_each(|seconds| durations.add(*seconds));
                durations
            };
            let mut sum = of(&a);
            sum += &of(&b);
            prop_assert_eq!(sum, of(&[a, b].concat()));
        }
    }
}
