//! How full a lot was: its curve.

use super::Result;
use async_trait::async_trait;
use bowei_model::LotCode;
use jiff::Timestamp;

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
}
