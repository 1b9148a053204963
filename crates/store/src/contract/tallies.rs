//! How many messages came on a day, and what became of them.

use super::Result;
use async_trait::async_trait;

/// How many of something came on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The standard's name.
    pub standard: String,
    /// `accepted`, `repeated`, `amended` or `refused`.
    pub outcome: String,
    /// The report's kind; for what was refused, the answer's code.
    pub kind: String,
    /// How many.
    pub count: i64,
}

/// How much came.
#[async_trait]
pub trait Tallies {
    /// What came on the day (`yyyymmdd`, UTC+08:00) and, with `None`, what came ever.
    async fn tallies(&self, day: Option<u32>) -> Result<Vec<Tally>>;
}
