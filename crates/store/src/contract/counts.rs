//! How full a lot was: its curve, and what it said.

use super::Result;
use async_trait::async_trait;
use bowei_model::LotCode;
use jiff::{SignedDuration, Timestamp};

/// So far apart are the words that are handed out of a lot that says more: a day has 288.
pub const WORDS_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// A point of a lot's curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountPoint {
    /// When.
    pub at: Timestamp,
    /// Free spaces as the lot had last said; `None` before its first word.
    pub reported: Option<i64>,
    /// Cars known inside.
    pub inside: i64,
}

/// How full lots were.
#[async_trait]
pub trait Counts {
    /// A lot's curve from `from` to `to`, its first point at `from`; no more than `limit` points, thinned evenly.
    async fn counts(
        &self,
        lot: &LotCode,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<CountPoint>>;

    /// A lot's words on its free spaces after `from` and up to `to`, in their order: of each [`WORDS_EVERY`] the last one. It
    /// costs what the lot said in between, however long ago that is.
    async fn words(&self, lot: &LotCode, from: Timestamp, to: Timestamp) -> Result<Vec<(Timestamp, i64)>>;
}
