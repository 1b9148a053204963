//! What is made ahead, and what goes when its time is over.

use crate::http::Shared;
use bowei_model::moment;
use bowei_store::StoreError;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Pictures looked at together when orphans are swept: a page of a bucket's list.
const SWEPT_AT_ONCE: usize = 1_000;

/// A picture is kept before its record. Once a whole day has passed since the last of a day came, no record of it is on
/// its way any more.
const SWEPT_AFTER: SignedDuration = SignedDuration::from_hours(48);

/// Days swept again at each turn: each is swept so often before it is left alone.
const SWEPT_DAYS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Makes the days to come.
pub(super) async fn make_days(app: Arc<Shared>) -> Result<(), StoreError> {
    app.store.prepare_days(app.clock.now()).await
}

/// Forgets refused messages past their time.
pub(super) async fn trim_inspector(app: Arc<Shared>) -> Result<(), StoreError> {
    let rows = app.store.trim_inspector(app.clock.now(), app.config.inspector.bounds()).await?;
    if rows > 0 {
        tracing::info!(rows, "refused messages past their time are forgotten");
    }
    Ok(())
}

/// Deletes the days of photos whose time is over.
pub(super) async fn delete_old_photos(app: Arc<Shared>) -> Result<(), StoreError> {
    let days_max = app.config.photos.days_max;
    if days_max == 0 {
        return Ok(());
    }
    let oldest = day_before(app.clock.now(), SignedDuration::from_hours(i64::from(days_max) * 24));
    for day in app.photos.days().await?.into_iter().filter(|day| *day < oldest) {
        app.photos.delete_day(day).await?;
        tracing::info!(day, "photos past their time are deleted");
    }
    Ok(())
}

/// Deletes pictures that no record shows: a crash between a picture and its record leaves one, so does a picture that is
/// said again on another day, and so does whoever sends pictures of records that there are not.
pub(super) async fn sweep_photos(app: Arc<Shared>) -> Result<(), StoreError> {
    let now = app.clock.now();
    let swept = day_before(now, SWEPT_AFTER + SWEPT_DAYS)..=day_before(now, SWEPT_AFTER);
    for day in app.photos.days().await?.into_iter().filter(|day| swept.contains(day)) {
        let mut after = None;
        loop {
            let pictures = app.photos.digests(day, after.take(), SWEPT_AT_ONCE).await?;
            after = pictures.last().cloned();
            let whole_page = pictures.len() == SWEPT_AT_ONCE;
            let orphans = app.store.photos_unshown(day, pictures).await?;
            if !orphans.is_empty() {
                tracing::info!(day, pictures = orphans.len(), "pictures that no record shows are deleted");
                metrics::counter!("bowei_photos_swept_total").increment(orphans.len() as u64);
                app.photos.delete(day, orphans).await?;
            }
            if !whole_page {
                break;
            }
        }
    }
    Ok(())
}

fn day_before(now: Timestamp, by: SignedDuration) -> u32 {
    moment::day(now.saturating_sub(by).unwrap_or(Timestamp::MIN))
}
