//! Durations by their logarithm: a histogram that adds up over lots and days.

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::AddAssign;

/// Whole seconds below this have a bucket each.
const EXACT_BELOW: u64 = 16;
/// Buckets from each power of two to the next: one is at most 1/8 wider than what it begins with.
const IN_AN_OCTAVE: u64 = 8;
/// Buckets that there are: those of 64 bits.
const BUCKETS: usize = (EXACT_BELOW + (64 - 4) * IN_AN_OCTAVE) as usize;

/// How many durations there were, by their length in whole seconds: exact below 16 s, to 1/8 above.
///
/// As JSON an object, of counts by bucket; [`Durations::as_array`] writes the shorter array of all buckets. Either is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// By bucket, up to the last that has any.
    counts: Vec<u64>,
}

impl Durations {
    /// Takes one in.
    pub fn add(&mut self, seconds: u64) {
        self.count_in(bucket(seconds), 1);
    }

    fn count_in(&mut self, bucket: usize, count: u64) {
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        if let Some(sum) = self.counts.get_mut(bucket) {
            *sum = sum.saturating_add(count);
        }
    }

    /// Those buckets that have any.
    fn buckets(&self) -> impl Iterator<Item = (usize, u64)> {
        self.counts.iter().copied().enumerate().filter(|(_, count)| *count > 0)
    }

    /// Writes all buckets up to the last, as an array: what there are many of is to be short.
    pub fn as_array<S: Serializer>(durations: &Self, serializer: S) -> Result<S::Ok, S::Error> {
        durations.counts.serialize(serializer)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// A quantile, `share` from 0 to 1, in whole seconds: no less than the true one, and at most 1/8 more.
    pub fn quantile_s(&self, share: f64) -> Option<u64> {
        let rank = ((self.count() as f64 * share).ceil() as u64).max(1);
        let mut passed = 0_u64;
        self.buckets().find_map(|(bucket, count)| {
            passed = passed.saturating_add(count);
            (passed >= rank).then(|| longest(bucket))
        })
    }

    /// Of passages in a stretch of so many seconds, the share whose car passes twice in it: its entry and its exit. 0 where
    /// nothing is known.
    pub fn both_within(&self, seconds: f64) -> f64 {
        let both =
            |(bucket, count): (usize, u64)| count as f64 * (1.0 - longest(bucket) as f64 / seconds).max(0.0);
        let sum: f64 = self.buckets().map(both).sum();
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
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum = sum.saturating_add(*count));
    }
}

impl Serialize for Durations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.buckets())
    }
}

impl<'de> Deserialize<'de> for Durations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Counts)
    }
}

struct Counts;

impl<'de> Visitor<'de> for Counts {
    type Value = Durations;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "counts by bucket, of at most {BUCKETS} buckets")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Durations, A::Error> {
        let mut read = Durations::default();
        while let Some((bucket, count)) = map.next_entry()? {
            if bucket >= BUCKETS {
                return Err(A::Error::invalid_length(bucket, &self));
            }
            if count > 0 {
                read.count_in(bucket, count);
            }
        }
        Ok(read)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Durations, A::Error> {
        let mut counts = Vec::new();
        while let Some(count) = seq.next_element()? {
            if counts.len() >= BUCKETS {
                return Err(A::Error::invalid_length(counts.len() + 1, &self));
            }
            counts.push(count);
        }
        while counts.last() == Some(&0) {
            counts.pop();
        }
        Ok(Durations { counts })
    }
}

fn bucket(seconds: u64) -> usize {
    if seconds < EXACT_BELOW {
        return seconds as usize;
    }
    let octave = u64::from(seconds.ilog2());
    // Its three digits behind the first.
    let part = (seconds >> (octave - 3)) & (IN_AN_OCTAVE - 1);
    (EXACT_BELOW + (octave - 4) * IN_AN_OCTAVE + part) as usize
}

/// The longest that is in a bucket.
fn longest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
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

    #[derive(Serialize)]
    struct Short(#[serde(serialize_with = "Durations::as_array")] Durations);

    #[test]
    fn both_forms_are_read_and_no_bucket_beyond_the_last() {
        let mut durations = Durations::default();
        [0, 2, 2, u64::MAX].into_iter().for_each(|seconds| durations.add(seconds));
        let long = serde_json::to_string(&durations).unwrap();
        assert_eq!(long, r#"{"0":1,"2":2,"495":1}"#);
        let short = serde_json::to_string(&Short(durations.clone())).unwrap();
        assert!(short.starts_with("[1,0,2,0,"), "{short}");
        for text in [&*long, &*short, r#"{"2":2,"495":1,"0":1,"7":0}"#] {
            assert_eq!(serde_json::from_str::<Durations>(text).unwrap(), durations, "{text}");
        }
        assert!(serde_json::from_str::<Durations>("[0,0]").unwrap().is_empty());
        let beyond = format!("[{}1]", "0,".repeat(BUCKETS));
        for text in [r#"{"496":1}"#, r#"{"-1":1}"#, "7", &beyond] {
            assert!(serde_json::from_str::<Durations>(text).is_err(), "{text}");
        }
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
