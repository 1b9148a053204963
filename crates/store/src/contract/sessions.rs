//! Parking sessions, in lists and one by one.

use super::{Cursor, Page, Result};
use async_trait::async_trait;
use bowei_model::{LotCode, ParkingSession};
use jiff::Timestamp;

/// Which sessions to list: newest entry (or, without one, exit) first.
#[derive(Clone, Debug, Default)]
pub struct SessionQuery {
    /// The lot.
    pub lot: Option<LotCode>,
    /// Exactly this plate, as [`bowei_model::Plate`] writes it.
    pub plate: Option<String>,
    /// Or what stands for that plate once its time is over.
    pub pseudonym: Option<String>,
    /// Open sessions.
    pub open: bool,
    /// Closed sessions. Neither `open` nor `closed` means both.
    pub closed: bool,
    /// Begun at this moment or later.
    pub from: Option<Timestamp>,
    /// Begun before this moment.
    pub to: Option<Timestamp>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// Parking sessions.
#[async_trait]
pub trait Sessions {
    /// Sessions.
    async fn sessions(&self, query: SessionQuery) -> Result<Page<ParkingSession>>;

    /// Those of `lots` that have a record of exactly that id, the first `limit` of them.
    async fn lots_with_record(
        &self,
        record_id: &str,
        lots: Vec<LotCode>,
        limit: usize,
    ) -> Result<Vec<LotCode>>;

    /// One session, parking or not (a photo may come before its record).
    async fn session(&self, lot: &LotCode, record_id: &str) -> Result<Option<ParkingSession>>;
}
