//! Moving pictures: day by day, each read back and held against its digest.

use super::progress::{Progress, Step};
use super::sums::{Sum, Value};
use crate::photos::NewPicture;
use crate::values::hex;
use crate::{PhotoStore, Result, StoreError};
use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::VecDeque;
use std::time::Duration;

/// Digests that are listed at once: 64 KB of names, and one answer of S3.
const LISTED_AT_ONCE: usize = 1_000;

/// Pictures that are copied together, and their bytes: what shares a sync at the destination.
const TOGETHER_MAX: usize = 64;
const TOGETHER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Pictures that are read at once: what a folder reads, and half of what S3 does.
const READ_AT_ONCE: usize = 8;

/// How often, and after what time, a busy store is asked again: a minute in all.
const TRIES_MAX: usize = 60;
const BEFORE_NEXT_TRY: Duration = Duration::from_secs(1);

/// Pictures in a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pictures {
    /// The days that have any.
    pub days: u64,
    /// How many, and the sum of what they are known by.
    pub sum: Sum,
}

impl Pictures {
    fn add(&mut self, day: u32, sha256: &str) {
        self.sum.add(&[Value::Int(i64::from(day)), Value::Text(sha256.to_owned())]);
    }
}

/// What was copied.
#[derive(Clone, Copy, Debug, Default)]
pub struct Copied {
    /// What the source had when it was listed, but for pictures that were deleted meanwhile.
    pub source: Pictures,
    /// Pictures that were copied.
    pub pictures: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Pictures that were at the destination already, and were held against their digests there.
    pub read_back: u64,
}

/// What to do with what the destination has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surplus {
    /// What the source does not have stays, as in a folder of copies.
    Stays,
    /// What the source does not have is deleted: it was deleted there after it had been copied.
    Goes,
}

/// Copies what the destination does not have yet, and reads it back. With `read_all`, what it has already is read too.
pub async fn copy_pictures(
    source: &dyn PhotoStore,
    destination: &dyn PhotoStore,
    surplus: Surplus,
    read_all: bool,
    progress: &dyn Progress,
) -> Result<Copied> {
    let mut copied = Copied::default();
    let days = source.days().await?;
    if surplus == Surplus::Goes {
        for day in destination.days().await?.into_iter().filter(|day| !days.contains(day)) {
            destination.delete_day(day).await?;
        }
    }
    for day in days {
        progress.told(Step::Pictures(day));
        copy_day(source, destination, day, (surplus, read_all), &mut copied, progress).await?;
    }
    Ok(copied)
}

/// Refuses a destination that has pictures that the source does not have: they are somebody else's.
pub async fn refuse_other_pictures(source: &dyn PhotoStore, destination: &dyn PhotoStore) -> Result<()> {
    for day in destination.days().await? {
        let (mut ours, mut theirs) = (Listing::new(source, day), Listing::new(destination, day));
        let mut our = ours.next().await?;
        while let Some(their) = theirs.next().await? {
            while our.as_ref().is_some_and(|our| *our < their) {
                our = ours.next().await?;
            }
            if our.as_ref() != Some(&their) {
                return Err(StoreError::Conflict(format!(
                    "the destination has pictures of {day} that the source does not have: name an empty bucket, folder \
                     or prefix"
                )));
            }
        }
    }
    Ok(())
}

/// What a store has.
pub(crate) async fn list_pictures(photos: &dyn PhotoStore) -> Result<Pictures> {
    let mut pictures = Pictures::default();
    for day in photos.days().await? {
        let mut listing = Listing::new(photos, day);
        let before = pictures.sum.rows;
        while let Some(sha256) = listing.next().await? {
            pictures.add(day, &sha256);
        }
        pictures.days += u64::from(pictures.sum.rows > before);
    }
    Ok(pictures)
}

async fn copy_day(
    source: &dyn PhotoStore,
    destination: &dyn PhotoStore,
    day: u32,
    (surplus, read_all): (Surplus, bool),
    copied: &mut Copied,
    progress: &dyn Progress,
) -> Result<()> {
    let (mut ours, mut theirs) = (Listing::new(source, day), Listing::new(destination, day));
    let (mut our, mut their) = (ours.next().await?, theirs.next().await?);
    let (mut missing, mut there, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    let before = copied.source.sum.rows;
    while our.is_some() || their.is_some() {
        // Both come in their order: the lower of the two is on that side alone.
        let order = match (&our, &their) {
            (Some(one), Some(other)) => one.cmp(other),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, _) => std::cmp::Ordering::Greater,
        };
        if order.is_le()
            && let Some(sha256) = our.take()
        {
            if order.is_lt() {
                missing.push(sha256);
            } else {
                copied.source.add(day, &sha256);
                there.push(sha256);
            }
            our = ours.next().await?;
        }
        if order.is_ge()
            && let Some(sha256) = their.take()
        {
            if order.is_gt() {
                gone.push(sha256);
            }
            their = theirs.next().await?;
        }
        if missing.len() >= TOGETHER_MAX {
            copy_some(source, destination, day, std::mem::take(&mut missing), copied, progress).await?;
        }
        if there.len() >= TOGETHER_MAX {
            let some = std::mem::take(&mut there);
            if read_all {
                copied.read_back += look_back(destination, day, &some).await?;
            }
        }
    }
    copy_some(source, destination, day, missing, copied, progress).await?;
    if read_all {
        copied.read_back += look_back(destination, day, &there).await?;
    }
    if surplus == Surplus::Goes && !gone.is_empty() {
        destination.delete(day, gone).await?;
    }
    copied.source.days += u64::from(copied.source.sum.rows > before);
    Ok(())
}

async fn copy_some(
    source: &dyn PhotoStore,
    destination: &dyn PhotoStore,
    day: u32,
    missing: Vec<String>,
    copied: &mut Copied,
    progress: &dyn Progress,
) -> Result<()> {
    let read = missing.into_iter().map(|sha256| async move {
        let bytes = again(|| source.get(day, &sha256)).await?;
        Ok::<_, StoreError>(bytes.map(|bytes| (sha256, bytes)))
    });
    // Ordered, so that few are in memory at a time.
    let mut read = stream::iter(read).buffered(READ_AT_ONCE);
    let mut batch = Vec::new();
    let mut bytes_together = 0;
    loop {
        let next = read.try_next().await?;
        let ended = next.is_none();
        // One that was deleted since it was listed need not be copied.
        if let Some((sha256, bytes)) = next.flatten() {
            if sha256_of(&bytes) != sha256 {
                return Err(StoreError::Unreadable(format!(
                    "the picture {sha256} of {day} is not what its name says at the source: restore it from a copy, or \
                     delete the day"
                )));
            }
            bytes_together += bytes.len();
            batch.push(NewPicture { sha256, bytes });
        }
        if !batch.is_empty() && (ended || bytes_together >= TOGETHER_BYTES_MAX) {
            let pictures = std::mem::take(&mut batch);
            again(|| destination.put(day, pictures.clone())).await?;
            let names: Vec<_> = pictures.into_iter().map(|picture| picture.sha256).collect();
            look_back(destination, day, &names).await?;
            for sha256 in &names {
                copied.source.add(day, sha256);
                progress.told(Step::Picture);
            }
            copied.pictures += names.len() as u64;
            copied.bytes += bytes_together as u64;
            bytes_together = 0;
        }
        if ended {
            return Ok(());
        }
    }
}

/// Reads pictures and holds them against their digests; how many they were.
async fn look_back(photos: &dyn PhotoStore, day: u32, names: &[String]) -> Result<u64> {
    let looks = names.iter().map(|sha256| async move {
        let bytes = again(|| photos.get(day, sha256)).await?;
        if bytes.is_some_and(|bytes| sha256_of(&bytes) == *sha256) {
            return Ok(());
        }
        Err(StoreError::Unreadable(format!(
            "the picture {sha256} of {day} does not read back from the destination as it was: delete it there, and run \
             the transfer again"
        )))
    });
    stream::iter(looks).buffered(READ_AT_ONCE).try_collect::<()>().await?;
    Ok(names.len() as u64)
}

/// Asks a store that is busy or away again for a while.
async fn again<T, F: Future<Output = Result<T>>>(mut ask: impl FnMut() -> F) -> Result<T> {
    let mut tries = 0;
    loop {
        tries += 1;
        match ask().await {
            Err(StoreError::Overloaded { .. } | StoreError::Unavailable(_)) if tries < TRIES_MAX => {
                tokio::time::sleep(BEFORE_NEXT_TRY).await;
            }
            other => return other,
        }
    }
}

fn sha256_of(bytes: &Bytes) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// A day's digests in their order, listed as they are taken.
struct Listing<'p> {
    photos: &'p dyn PhotoStore,
    day: u32,
    listed: VecDeque<String>,
    last: Option<String>,
    ended: bool,
}

impl<'p> Listing<'p> {
    fn new(photos: &'p dyn PhotoStore, day: u32) -> Self {
        Self { photos, day, listed: VecDeque::new(), last: None, ended: false }
    }

    async fn next(&mut self) -> Result<Option<String>> {
        if self.listed.is_empty() && !self.ended {
            let listed = again(|| self.photos.digests(self.day, self.last.clone(), LISTED_AT_ONCE)).await?;
            self.ended = listed.len() < LISTED_AT_ONCE;
            self.last = listed.last().cloned().or(self.last.take());
            self.listed = listed.into();
        }
        Ok(self.listed.pop_front())
    }
}
