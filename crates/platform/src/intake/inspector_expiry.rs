//! Refused messages past their time are forgotten.

use crate::jobs::{Job, Schedule, Words};
use bowei_store::{InspectorBounds, Store};
use std::sync::Arc;

/// The job. What was missed needs no making up for: each turn forgets all that is past its time.
pub(crate) fn job(store: Arc<dyn Store>, bounds: InspectorBounds) -> Job {
    Job::new("inspector", Schedule::Hourly, move |period| {
        let store = Arc::clone(&store);
        async move {
            let rows = store.trim_inspector(period.from, bounds).await?;
            Ok(Words::when(
                rows > 0,
                format!("清除被拒报文 {rows} 条"),
                format!("{rows} refused messages are forgotten"),
            ))
        }
    })
}
