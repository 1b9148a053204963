//! The days to come are made ahead, where the engine files by day.

use crate::jobs::{Job, Schedule, Words};
use bowei_store::Store;
use std::sync::Arc;

/// The job. What was missed needs no making up for: days gone by are filed with others.
pub(crate) fn job(store: Arc<dyn Store>) -> Job {
    Job::new("days", Schedule::Hourly, move |period| {
        let store = Arc::clone(&store);
        async move {
            store.prepare_days(period.from).await?;
            Ok(Words::none())
        }
    })
}
