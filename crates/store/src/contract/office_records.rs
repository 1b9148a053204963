//! What the office keeps of its own: a registration, a business that market supervision named, keys that wait to be
//! collected, a file that belongs to one of them. Each is whole in a document that the platform reads; the store knows what
//! lists go by.

use super::{Cursor, Page, Result, StoreError};
use async_trait::async_trait;
use bowei_model::ProviderCode;
use jiff::Timestamp;

/// The longest document: a book of five hundred reservations has a third of it, a registration of a hundred lots a tenth.
pub const OFFICE_DOC_MAX: usize = 1024 * 1024;

/// A record of the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeRecord {
    /// What it is: `registration`, `business`, …
    pub kind: String,
    /// Its id, unique within the kind, made by whoever creates it.
    pub id: String,
    /// How far it is, in the kind's own words.
    pub state: String,
    /// Whose it is, where it is a provider's.
    pub provider: Option<ProviderCode>,
    /// GB/T 2260 code of the district that it belongs to; empty: of none.
    pub district: String,
    /// What lists are ordered by.
    pub at: Timestamp,
    /// The words that it is searched by.
    pub words: String,
    /// All of it, as JSON.
    pub doc: String,
    /// Grows with every change, from 1. A new record has 0 until it is kept.
    pub revision: i64,
}

impl OfficeRecord {
    /// The revision that it is kept as: created where none is `found`, or in place of the one of that revision; refuses a
    /// change that contradicts it.
    pub(crate) fn kept(&self, found: Option<i64>) -> Result<i64> {
        let Self { kind, id, revision, .. } = self;
        if self.doc.len() > OFFICE_DOC_MAX {
            let bytes = self.doc.len();
            return Err(StoreError::Conflict(format!(
                "the {kind} {id} has {bytes} bytes, and {OFFICE_DOC_MAX} are the most"
            )));
        }
        match found {
            None if *revision == 0 => Ok(1),
            None => Err(StoreError::Conflict(format!("there is no {kind} {id}: create it first"))),
            Some(_) if *revision == 0 => Err(StoreError::Conflict(format!("there is a {kind} {id} already"))),
            Some(found) if found == *revision => Ok(revision + 1),
            Some(found) => Err(StoreError::Outdated { based_on: *revision, found }),
        }
    }
}

/// Which records to list: the newest first.
#[derive(Clone, Debug, Default)]
pub struct OfficeQuery {
    /// Of this kind.
    pub kind: String,
    /// In one of these states; none named: in any.
    pub states: Vec<String>,
    /// Of this provider.
    pub provider: Option<ProviderCode>,
    /// In districts whose code begins so.
    pub district: Option<String>,
    /// With these words among those that it is searched by, in whichever case.
    pub words: Option<String>,
    /// And with these as well.
    pub and_words: Option<String>,
    /// Whose `at` is this moment or after it.
    pub from: Option<Timestamp>,
    /// Whose `at` is before this moment.
    pub before: Option<Timestamp>,
    /// At most this many.
    pub limit: usize,
    /// Go on from here.
    pub cursor: Option<Cursor>,
}

/// How many records of one kind a district has in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistrictCount {
    /// GB/T 2260 code of the district; empty: of none.
    pub district: String,
    /// The state.
    pub state: String,
    /// How many.
    pub count: u64,
    /// How many of them are of the stretch of time that was asked for.
    pub within: u64,
}

/// Records of the office. They are changed by [`Administration`](super::Administration) alone.
#[async_trait]
pub trait OfficeRecords {
    /// The record of that kind and id.
    async fn office_record(&self, kind: &str, id: &str) -> Result<Option<OfficeRecord>>;

    /// Records of one kind.
    async fn office_records(&self, query: OfficeQuery) -> Result<Page<OfficeRecord>>;

    /// How many records of one kind are in each state, within districts whose code begins so.
    async fn office_counts(&self, kind: &str, district: Option<&str>) -> Result<Vec<(String, u64)>>;

    /// How many records of one kind each district has in each state, among districts whose code begins so; and how many
    /// of them lie `within` a stretch of time.
    async fn office_districts(
        &self,
        kind: &str,
        district: Option<&str>,
        within: (Timestamp, Timestamp),
    ) -> Result<Vec<DistrictCount>>;
}
