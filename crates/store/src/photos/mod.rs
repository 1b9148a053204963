//! Photos: bytes by digest, filed by the day they were received, so that a day can be deleted whole.

mod day_file;
mod day_files;
mod files;
#[cfg(feature = "cluster")]
mod s3;
mod writer;

pub use day_files::DayFiles;
#[cfg(feature = "cluster")]
pub use s3::{S3Options, S3Photos};

use crate::contract::Result;
use async_trait::async_trait;
use bytes::Bytes;

/// A picture to keep.
#[derive(Clone, Debug)]
pub struct NewPicture {
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// Keeps pictures.
#[async_trait]
pub trait PhotoStore: Send + Sync + 'static {
    /// Keeps pictures under `day` (`yyyymmdd`). Returns once all are on stable storage. A digest that the day has
    /// already stays one picture.
    async fn put(&self, day: u32, pictures: Vec<NewPicture>) -> Result<()>;

    /// A picture's bytes, if the day still has it.
    async fn get(&self, day: u32, sha256: &str) -> Result<Option<Bytes>>;

    /// The days that have pictures, oldest first.
    async fn days(&self) -> Result<Vec<u32>>;

    /// The digests of a day's pictures after `after`, in their order, at most `limit` of them.
    async fn digests(&self, day: u32, after: Option<String>, limit: usize) -> Result<Vec<String>>;

    /// Deletes pictures of a day. One that is not there is deleted already.
    async fn delete(&self, day: u32, sha256: Vec<String>) -> Result<()>;

    /// Deletes a day with all its pictures. A day that is not there is deleted already.
    async fn delete_day(&self, day: u32) -> Result<()>;
}
