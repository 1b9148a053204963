//! The days of photos whose time is over are deleted.

use super::day_before;
use crate::jobs::{Job, Schedule};
use bowei_store::PhotoStore;
use jiff::SignedDuration;
use std::sync::Arc;

/// The job, for photos that are kept for `days_max` days; 0: for ever. What was missed needs no making up for: each turn
/// deletes all that is past its time.
pub(crate) fn job(photos: Arc<dyn PhotoStore>, days_max: u32) -> Job {
    Job::new("old photos", Schedule::Hourly, move |period| {
        let photos = Arc::clone(&photos);
        async move {
            if days_max == 0 {
                return Ok(String::new());
            }
            let oldest = day_before(period.from, SignedDuration::from_hours(i64::from(days_max) * 24));
            let mut deleted = Vec::new();
            for day in photos.days().await?.into_iter().filter(|day| *day < oldest) {
                photos.delete_day(day).await?;
                tracing::info!(day, "photos past their time are deleted");
                deleted.push(day.to_string());
            }
            Ok(if deleted.is_empty() { String::new() } else { format!("deleted: {}", deleted.join(", ")) })
        }
    })
}
