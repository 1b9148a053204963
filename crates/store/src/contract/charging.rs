//! Charging records.

use super::{Cursor, Page, Result};
use async_trait::async_trait;
use bowei_model::{ChargingRecord, LotCode, ProviderCode};
use jiff::Timestamp;

/// Which charging records to list: latest end first.
#[derive(Clone, Debug, Default)]
pub struct ChargingQuery {
    /// Of these lots alone; `None`: of all.
    pub lots: Option<Vec<LotCode>>,
    /// Of this order.
    pub order_no: Option<String>,
    /// Ended at this moment or later.
    pub ended_from: Option<Timestamp>,
    /// Ended before this moment.
    pub ended_to: Option<Timestamp>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// A charging record with the parking it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargingRow {
    /// The record.
    pub record: ChargingRecord,
    /// The session of the same lot and plate whose span covers most of the charge.
    pub session: Option<String>,
}

/// Charging records.
#[async_trait]
pub trait ChargingRecords {
    /// Charging records.
    async fn charging_records(&self, query: ChargingQuery) -> Result<Page<ChargingRow>>;

    /// Whether a charging record of that order of that operator is kept.
    async fn is_charged(&self, operator: &ProviderCode, order_no: &str) -> Result<bool>;
}
