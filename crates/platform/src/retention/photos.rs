//! The photos of days whose time is over are deleted, but for those that a hold covers.

use crate::jobs::{Job, Schedule, Words, Worked};
use bowei_model::{LotCode, moment};
use bowei_store::{
    Cursor, HOLDS_OPEN_MAX, HoldRow, Holdable, PhotoRow, PhotoStore, Result, SessionQuery, Store,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Pictures looked at together: a page of a bucket's list.
const LOOKED_AT_ONCE: usize = 1_000;

/// Records of a held plate that are told apart: of more, every picture stays that the hold covers otherwise.
const RECORDS_MAX: usize = 10_000;

/// The job, for photos that are kept for `days_max` days; 0: for ever. What was missed needs no making up for: each turn
/// deletes all that is past its time.
pub(crate) fn job(store: Arc<dyn Store>, photos: Arc<dyn PhotoStore>, days_max: u32) -> Job {
    Job::new("old photos", Schedule::Hourly, move |period| {
        let (store, photos) = (Arc::clone(&store), Arc::clone(&photos));
        async move {
            if days_max == 0 {
                return Ok(Words::none());
            }
            let kept_for = SignedDuration::from_hours(i64::from(days_max) * 24);
            let oldest = moment::day(period.from.saturating_sub(kept_for).unwrap_or(Timestamp::MIN));
            run(store.as_ref(), photos.as_ref(), oldest).await
        }
    })
}

async fn run(store: &dyn Store, photos: &dyn PhotoStore, oldest: u32) -> Worked {
    let (mut deleted, mut parts, mut held) = (Vec::new(), 0, 0);
    let mut plates = HeldPlates::default();
    for day in photos.days().await?.into_iter().filter(|day| *day < oldest) {
        // Asked anew for each day and page, right before anything goes: a hold that was made meanwhile counts.
        if holds_of(store, day).await?.is_empty() {
            photos.delete_day(day).await?;
            tracing::info!(day, "photos past their time are deleted");
            deleted.push(day.to_string());
            continue;
        }
        let mut after = None;
        loop {
            let page = photos.digests(day, after.take(), LOOKED_AT_ONCE).await?;
            after = page.last().cloned();
            let is_last = page.len() < LOOKED_AT_ONCE;
            let shown = store.photos_shown(day, page.clone()).await?;
            let holds = holds_of(store, day).await?;
            let mut kept = HashSet::new();
            for (picture, row) in &shown {
                if plates.cover(store, &holds, day, row).await? {
                    kept.insert(picture.clone());
                }
            }
            let gone: Vec<_> = page.into_iter().filter(|picture| !kept.contains(picture)).collect();
            (parts, held) = (parts + gone.len(), held + kept.len());
            if !gone.is_empty() {
                photos.delete(day, gone).await?;
            }
            if is_last {
                break;
            }
        }
    }
    let mut words = Words::none();
    if !deleted.is_empty() {
        words.and(
            format!("已删除整日照片：{}", deleted.join("、")),
            format!("deleted: {}", deleted.join(", ")),
        );
    }
    if parts > 0 {
        words.and(
            format!("另删除其他日期照片 {parts} 张"),
            format!("{parts} pictures of further days are deleted"),
        );
    }
    if held > 0 {
        words.and(
            format!("{held} 张到期照片因保全继续保留"),
            format!("{held} pictures past their time are kept by holds"),
        );
    }
    Ok(words)
}

/// What a picture of a day is, as far as a hold goes by moments.
fn of_day(day: u32) -> Option<(Timestamp, Timestamp)> {
    moment::span_of_day(day)
        .map(|(from, to)| (from, to.saturating_sub(SignedDuration::from_millis(1)).unwrap_or(from)))
}

/// The open holds that may cover a picture of a day.
async fn holds_of(store: &dyn Store, day: u32) -> Result<Vec<HoldRow>> {
    let mut holds = store.holds(true, HOLDS_OPEN_MAX).await?;
    let Some((first, last)) = of_day(day) else { return Ok(holds) };
    holds.retain(|hold| hold.from.is_none_or(|from| from <= last) && hold.to.is_none_or(|to| first < to));
    Ok(holds)
}

/// The records of each held plate, by the hold; `None` where there are too many.
#[derive(Default)]
struct HeldPlates(HashMap<String, Option<HashSet<(LotCode, String)>>>);

impl HeldPlates {
    /// Whether one of the holds covers a picture that a record shows.
    async fn cover(
        &mut self,
        store: &dyn Store,
        holds: &[HoldRow],
        day: u32,
        row: &PhotoRow,
    ) -> Result<bool> {
        let Some(moments) = of_day(day) else { return Ok(true) };
        for hold in holds {
            let by_plate = HoldRow { plate: None, ..hold.clone() };
            let record_id = Some(row.record_id.as_str());
            let what = Holdable { lot: Some(&row.lot), moments, record_id, plates: &[] };
            if !by_plate.covers(&what) {
                continue;
            }
            if hold.plate.is_none() || self.has(store, hold, row).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn has(&mut self, store: &dyn Store, hold: &HoldRow, row: &PhotoRow) -> Result<bool> {
        if !self.0.contains_key(&hold.id) {
            self.0.insert(hold.id.clone(), records_of(store, hold).await?);
        }
        let records = self.0.get(&hold.id).and_then(Option::as_ref);
        Ok(records.is_none_or(|records| records.contains(&(row.lot.clone(), row.record_id.clone()))))
    }
}

/// The records of a held plate.
async fn records_of(store: &dyn Store, hold: &HoldRow) -> Result<Option<HashSet<(LotCode, String)>>> {
    let mut records = HashSet::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let query = SessionQuery {
            lot: hold.lot.clone(),
            plate: hold.plate.as_ref().map(ToString::to_string),
            limit: LOOKED_AT_ONCE,
            cursor,
            ..SessionQuery::default()
        };
        let page = store.sessions(query).await?;
        records.extend(page.items.into_iter().map(|found| (found.lot, found.record_id.to_string())));
        if records.len() > RECORDS_MAX {
            return Ok(None);
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(Some(records)),
        }
    }
}
