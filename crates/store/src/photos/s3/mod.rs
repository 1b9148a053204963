//! Photos in S3, or in what speaks like it: an object for each picture, named by its day and digest.
//!
//! What several nodes share. Nothing is remembered here of what the bucket has, for another node may have deleted it.

mod errors;
mod in_flight;
mod options;

pub use options::S3Options;

use super::{NewPicture, PhotoStore};
use crate::{Result, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use in_flight::InFlight;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The longest that a put or a get takes, waiting and tries again included: a lot is answered within ten seconds, and
/// should hear then what became of its picture.
const ANSWER_MAX: Duration = Duration::from_secs(8);

/// Pictures written at the same time. S3 answers each in some tens of milliseconds whatever else it does: 32 are
/// several hundred a second.
const WRITING_MAX: usize = 32;

/// Pictures read at the same time: two screens of thumbnails, and megabytes each at most.
const READING_MAX: usize = 16;

/// Written at the start to see whether it may be; it stays, for nodes that start together would delete each other's.
const PROBE: &str = "bowei-writes-here";

/// Keeps pictures in a bucket.
pub struct S3Photos {
    client: AmazonS3,
    prefix: Path,
    name: String,
    in_flight: InFlight,
    writing: Semaphore,
    reading: Semaphore,
}

impl S3Photos {
    /// Opens the photos in a bucket that is there, and sees that it can be read and written.
    pub async fn open(options: &S3Options) -> Result<Self> {
        let photos = Self::at(options)?;
        photos.check().await?;
        Ok(photos)
    }

    /// The photos in a bucket that is not asked yet.
    pub fn at(options: &S3Options) -> Result<Self> {
        let options::Bucket { client, prefix, name } = options.bucket()?;
        let (writing, reading) = (Semaphore::new(WRITING_MAX), Semaphore::new(READING_MAX));
        Ok(Self { client, prefix, name, in_flight: InFlight::default(), writing, reading })
    }

    /// Whether the bucket can be written and read now.
    pub async fn check(&self) -> Result<()> {
        let probe = self.prefix.clone().join(PROBE);
        self.within(async {
            // Asked first, for some servers make a bucket of what is written.
            self.client.list(Some(&self.prefix)).next().await.transpose()?;
            self.client.put(&probe, Bytes::new().into()).await?;
            Ok(())
        })
        .await
    }

    fn folder(&self, day: u32) -> Path {
        self.prefix.clone().join(format!("{day:08}"))
    }

    fn key(&self, day: u32, sha256: &str) -> Path {
        self.folder(day).join(sha256)
    }

    async fn write(&self, day: u32, sha256: String, bytes: Bytes) -> object_store::Result<()> {
        // Never closed, so that there is a permit in the end.
        let _permit = self.writing.acquire().await.ok();
        self.client.put(&self.key(day, &sha256), bytes.into()).await?;
        Ok(())
    }

    /// Ends what takes too long, and says what went wrong.
    async fn within<T>(&self, work: impl Future<Output = object_store::Result<T>>) -> Result<T> {
        match tokio::time::timeout(ANSWER_MAX, work).await {
            Ok(done) => done.map_err(|error| self.unavailable(&error)),
            Err(_) => Err(StoreError::Unavailable(format!(
                "photos in {}: no answer within {} s; see that the server is up and that this machine reaches it",
                self.name,
                ANSWER_MAX.as_secs()
            ))),
        }
    }

    fn unavailable(&self, error: &object_store::Error) -> StoreError {
        errors::unavailable(&self.name, error)
    }
}

#[async_trait]
impl PhotoStore for S3Photos {
    /// Writes over what is there. Asking first would cost a second round trip for every picture that is new, and cameras
    /// hardly ever repeat one; writing on condition that nothing is there is not known to every server, and would let a
    /// spoilt object stand. The name is the content's digest, so that writing over changes nothing.
    async fn put(&self, day: u32, pictures: Vec<NewPicture>) -> Result<()> {
        let pictures: BTreeMap<_, _> = pictures.into_iter().map(|new| (new.sha256, new.bytes)).collect();
        if pictures.is_empty() {
            return Ok(());
        }
        let _admitted = self.in_flight.admit(pictures.len(), pictures.values().map(Bytes::len).sum())?;
        let writes = pictures.into_iter().map(|(sha256, bytes)| self.write(day, sha256, bytes));
        let written = stream::iter(writes).buffer_unordered(WRITING_MAX).try_collect::<()>();
        let done = self.within(written).await;
        if let Err(why) = &done {
            tracing::error!(%why, day, "pictures could not be kept");
        }
        done
    }

    async fn get(&self, day: u32, sha256: &str) -> Result<Option<Bytes>> {
        let key = self.key(day, sha256);
        let read = async {
            let _permit = self.reading.acquire().await.ok();
            self.client.get(&key).await?.bytes().await
        };
        let read = async {
            match read.await {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if errors::is_no_picture(&error) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.within(read).await
    }

    async fn days(&self) -> Result<Vec<u32>> {
        let listed = self.within(self.client.list_with_delimiter(Some(&self.prefix))).await?;
        let days = listed.common_prefixes.iter().filter_map(|folder| day_of(folder.filename()?));
        let mut days: Vec<u32> = days.collect();
        days.sort_unstable();
        Ok(days)
    }

    async fn digests(&self, day: u32, after: Option<String>, limit: usize) -> Result<Vec<String>> {
        let folder = self.folder(day);
        let listed = match after.filter(|after| !after.is_empty()) {
            Some(after) => self.client.list_with_offset(Some(&folder), &self.key(day, &after)),
            None => self.client.list(Some(&folder)),
        };
        // S3 lists in the order of the names, a thousand at a time and no more than are asked for.
        let names = listed.try_filter_map(async |object| {
            Ok(object.location.filename().filter(|name| is_digest(name)).map(str::to_owned))
        });
        let names = names.take(limit).try_collect().await;
        names.map_err(|error| self.unavailable(&error))
    }

    async fn delete(&self, day: u32, sha256: Vec<String>) -> Result<()> {
        let keys: Vec<_> = sha256.iter().map(|sha256| Ok(self.key(day, sha256))).collect();
        self.delete_all(stream::iter(keys).boxed()).await
    }

    async fn delete_day(&self, day: u32) -> Result<()> {
        let listed = self.client.list(Some(&self.folder(day)));
        self.delete_all(listed.map_ok(|object| object.location).boxed()).await
    }
}

impl S3Photos {
    /// A thousand with each request. Each ends in time; all of a large day's may take minutes, for which nobody waits
    /// but the clock's job.
    async fn delete_all(&self, keys: stream::BoxStream<'static, object_store::Result<Path>>) -> Result<()> {
        let mut deleted = self.client.delete_stream(keys);
        while let Some(one) = deleted.next().await {
            match one {
                Err(error) if !errors::is_no_picture(&error) => return Err(self.unavailable(&error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The day of a folder; `None` for what is none of ours.
fn day_of(name: &str) -> Option<u32> {
    (name.len() == 8 && name.bytes().all(|byte| byte.is_ascii_digit())).then(|| name.parse().ok()).flatten()
}

fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
