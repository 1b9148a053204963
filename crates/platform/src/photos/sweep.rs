//! Pictures that no record shows are deleted: a crash between a picture and its record leaves one, so does a picture that
//! is said again on another day, and so does whoever sends pictures of records that there are not.

use super::day_before;
use crate::jobs::{Job, Period, Schedule, Words, Worked};
use bowei_store::{PhotoStore, Store};
use jiff::SignedDuration;
use std::sync::Arc;

/// Pictures looked at together: a page of a bucket's list.
const SWEPT_AT_ONCE: usize = 1_000;

/// A picture is kept before its record. Once a whole day has passed since the last of a day came, no record of it is on
/// its way any more.
const SWEPT_AFTER: SignedDuration = SignedDuration::from_hours(48);

/// Days swept again at each turn: each is swept so often before it is left alone.
const SWEPT_DAYS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The job.
pub(crate) fn job(store: Arc<dyn Store>, photos: Arc<dyn PhotoStore>) -> Job {
    let sweep = move |period| sweep(Arc::clone(&store), Arc::clone(&photos), period);
    Job::new("orphaned photos", Schedule::Daily { hour: 3 }, sweep).catching_up()
}

async fn sweep(store: Arc<dyn Store>, photos: Arc<dyn PhotoStore>, period: Period) -> Worked {
    let now = period.from;
    let swept = day_before(now, SWEPT_AFTER + SWEPT_DAYS)..=day_before(now, SWEPT_AFTER);
    let mut deleted = 0;
    for day in photos.days().await?.into_iter().filter(|day| swept.contains(day)) {
        let mut after = None;
        loop {
            let pictures = photos.digests(day, after.take(), SWEPT_AT_ONCE).await?;
            after = pictures.last().cloned();
            let whole_page = pictures.len() == SWEPT_AT_ONCE;
            let orphans = store.photos_unshown(day, pictures).await?;
            if !orphans.is_empty() {
                tracing::info!(day, pictures = orphans.len(), "pictures that no record shows are deleted");
                metrics::counter!("bowei_photos_swept_total").increment(orphans.len() as u64);
                deleted += orphans.len();
                photos.delete(day, orphans).await?;
            }
            if !whole_page {
                break;
            }
        }
    }
    Ok(Words::when(
        deleted > 0,
        format!("删除无对应记录的照片 {deleted} 张"),
        format!("{deleted} pictures that no record shows are deleted"),
    ))
}
