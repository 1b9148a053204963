//! Which records a lot has of a day, here and by its own declaration: what the daily comparison goes by.

use super::{Cursor, Page, Result};
use async_trait::async_trait;
use bowei_model::LotCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Declarations of a lot and day that are kept: the first, and of the others the last ones.
pub const DECLARATIONS_MAX: usize = 20;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DayRecordKind {
    /// Entries, by the moment at which the car came in.
    Entries,
    /// Exits, by the moment at which it went out.
    Exits,
    /// Photos, by the moment of the passage that they show: the record's id, once for each photo.
    Photos,
    /// Charges, by their end: the order's number.
    Charges,
}

impl DayRecordKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Entries, Self::Exits, Self::Photos, Self::Charges];
}

/// How many records of one kind a day has, and a digest of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordSet {
    /// How many.
    pub count: u64,
    /// SHA-256, in lower-case hex, of the ids in the order of their bytes, each as its length in bytes in decimal digits, a
    /// colon, the id and a line feed.
    pub sha256: String,
}

/// A day's records by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaySummary {
    /// Entries.
    pub entries: RecordSet,
    /// Exits.
    pub exits: RecordSet,
    /// Photos.
    pub photos: RecordSet,
    /// Charges.
    pub charges: RecordSet,
}

/// A lot's own word on which records it has of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclarationRow {
    /// When it was received.
    pub received_at: Timestamp,
    /// The ids of its entries, sorted.
    pub entries: Vec<String>,
    /// The ids of its exits, sorted.
    pub exits: Vec<String>,
    /// How many photos it has.
    pub photos: u64,
    /// How many charges it has.
    pub charges: u64,
}

impl DeclarationRow {
    /// With ids sorted, each once.
    pub(crate) fn normal(mut self) -> Self {
        for ids in [&mut self.entries, &mut self.exits] {
            ids.sort_unstable();
            ids.dedup();
        }
        self
    }

    /// Whether it says the same as another, whenever that was received.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        *self == Self { received_at: self.received_at, ..other.clone() }
    }
}

/// Which records of a lot and day to list.
#[derive(Clone, Debug)]
pub struct DayRecordQuery {
    /// The lot.
    pub lot: LotCode,
    /// `yyyymmdd`, UTC+08:00.
    pub day: u32,
    /// Of this kind.
    pub kind: DayRecordKind,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// A lot's days.
#[async_trait]
pub trait DayRecords {
    /// The ids of a day's records, in the order of their bytes.
    async fn day_records(&self, query: DayRecordQuery) -> Result<Page<String>>;

    /// How many records a day has.
    async fn day_summary(&self, lot: &LotCode, day: u32) -> Result<DaySummary>;

    /// A lot's declarations of a day, the oldest first.
    async fn declarations(&self, lot: &LotCode, day: u32) -> Result<Vec<DeclarationRow>>;

    /// Keeps a declaration, unless the last one said the same; whether it did. The day is to be evaluated anew then. Of
    /// more than [`DECLARATIONS_MAX`] the second goes.
    async fn declare_day(&self, lot: &LotCode, day: u32, declaration: DeclarationRow) -> Result<bool>;
}
