//! A day's free spaces, sampled.

use crate::moment;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Minutes from one sample to the next.
pub(super) const SAMPLE_MINUTES: usize = 5;
/// Samples of a day.
const SAMPLES: usize = 24 * 60 / SAMPLE_MINUTES;

/// How many spaces were free on a day, every five minutes; `None` where nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySamples(Vec<Option<i64>>);

impl DaySamples {
    /// A count counts so long, if no other comes: at night nothing moves for hours, and a lot that was away says nothing either.
    /// No count from longer before the day says anything of it.
    pub const CARRIED: SignedDuration = SignedDuration::from_hours(6);

    /// The samples of a day, from counts in the order of their time, `None` from when on nobody knows. Some of before the day
    /// say how it began.
    pub fn new(day: Date, counts: impl IntoIterator<Item = (Timestamp, Option<i64>)>) -> Self {
        let mut samples = vec![None; SAMPLES];
        let Some(from) = moment::start_of_date(day) else { return Self(samples) };
        let mut counts = counts.into_iter().peekable();
        let mut last = None;
        for (index, sample) in samples.iter_mut().enumerate() {
            let passed = SignedDuration::from_mins((index * SAMPLE_MINUTES) as i64);
            let Ok(at) = from.checked_add(passed) else { break };
            while let Some(count) = counts.next_if(|(counted_at, _)| *counted_at <= at) {
                last = Some(count);
            }
            *sample = last
                .filter(|(counted_at, _)| at.duration_since(*counted_at) <= Self::CARRIED)
                .and_then(|(_, vacant)| Some(vacant?.max(0)));
        }
        Self(samples)
    }

    /// The samples of a day that somebody else took, the first that of midnight.
    pub fn from_samples(samples: impl IntoIterator<Item = Option<i64>>) -> Self {
        let samples = samples.into_iter().map(|sample| sample.map(|vacant| vacant.max(0)));
        Self(samples.take(SAMPLES).collect())
    }

    /// The sample at a minute of the day, the last one up to it.
    pub fn at(&self, minute: usize) -> Option<i64> {
        self.0.get(minute / SAMPLE_MINUTES).copied().flatten()
    }

    /// The most that were free.
    pub(super) fn most(&self) -> Option<i64> {
        self.0.iter().flatten().max().copied()
    }
}
