//! Where pictures belong.

use super::Result;
use async_trait::async_trait;
use bowei_model::LotCode;

/// Where a photo belongs, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoRow {
    /// The lot.
    pub lot: LotCode,
    /// The record.
    pub record_id: String,
    /// The media type of its bytes.
    pub media_type: String,
}

/// Which records show which pictures. The pictures themselves are in a [`PhotoStore`](crate::PhotoStore).
#[async_trait]
pub trait ShownPhotos {
    /// Where a photo belongs: `day` as in [`bowei_model::moment::day`] of its reception. Several records may show
    /// the same picture.
    async fn photo(&self, day: u32, sha256: &str) -> Result<Vec<PhotoRow>>;

    /// The records that show the day's pictures (`sha256`, lower-case hex), each picture with one of them.
    async fn photos_shown(&self, day: u32, sha256: Vec<String>) -> Result<Vec<(String, PhotoRow)>>;

    /// Those of the day's pictures (`sha256`, lower-case hex) that no record shows: what a crash between a picture and
    /// its record leaves, and pictures of records that have not come.
    async fn photos_unshown(&self, day: u32, sha256: Vec<String>) -> Result<Vec<String>>;
}
