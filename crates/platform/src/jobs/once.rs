//! Work that is done once in the cluster, whichever node does it: hourly and daily things on what all nodes share.
//!
//! A node claims a period's job in the store and does it; the others see that it is taken, and later that it is done.
//! While it works it renews its claim; a node that dies cannot, and another takes the job over. A job that failed is
//! not done, and is tried again at the next look. Everything here may be done twice without harm: a claim saves work,
//! it guards nothing.

use super::retention;
use crate::http::Shared;
use bowei_model::moment;
use bowei_store::{JobClaim, StoreError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

/// A node looks so often for work that is due.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(20);

/// A claim lives so long: more than nodes' clocks differ, and short enough that a dead node's work is not missed.
const LIVES: SignedDuration = SignedDuration::from_secs(90);

/// A claim is renewed so often while its job goes on.
const RENEW_EVERY: Duration = Duration::from_secs(30);

type Work = fn(Arc<Shared>) -> BoxFuture<'static, Result<(), StoreError>>;

/// A job.
struct Job {
    name: &'static str,
    every: Every,
    work: Work,
}

enum Every {
    Hour,
    /// From three in the morning, UTC+08:00.
    Day,
}

const JOBS: [Job; 4] = [
    Job { name: "days", every: Every::Hour, work: |app| Box::pin(retention::make_days(app)) },
    Job { name: "inspector", every: Every::Hour, work: |app| Box::pin(retention::trim_inspector(app)) },
    Job { name: "old photos", every: Every::Hour, work: |app| Box::pin(retention::delete_old_photos(app)) },
    Job { name: "orphaned photos", every: Every::Day, work: |app| Box::pin(retention::sweep_photos(app)) },
];

impl Every {
    /// The beginning of the period that `now` is in.
    fn period(&self, now: Timestamp) -> Timestamp {
        let hour = Timestamp::from_second(now.as_second().div_euclid(3_600) * 3_600).unwrap_or(now);
        match self {
            Self::Hour => hour,
            Self::Day => {
                let at_night = SignedDuration::from_hours(3);
                let day = moment::day(now.saturating_sub(at_night).unwrap_or(now));
                moment::span_of_day(day)
                    .map_or(hour, |(from, _)| from.saturating_add(at_night).unwrap_or(hour))
            }
        }
    }
}

/// Does what is due and nobody else does; gives the names of what was done.
pub async fn look(app: Arc<Shared>) -> Vec<&'static str> {
    let mut done = Vec::new();
    for job in &JOBS {
        // One that panics must not keep the others from their turn.
        match AssertUnwindSafe(turn(&app, job)).catch_unwind().await {
            Ok(Ok(true)) => done.push(job.name),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => tracing::warn!(job = job.name, %error, "a job failed and is tried again"),
            Err(panic) => bowei_watch::report(job.name, &*panic),
        }
    }
    done
}

async fn turn(app: &Arc<Shared>, job: &Job) -> Result<bool, StoreError> {
    let period = job.every.period(app.clock.now());
    let claim = || JobClaim {
        job: job.name.to_owned(),
        period,
        holder: app.node.clone(),
        now: app.clock.now(),
        lives: LIVES,
    };
    if !app.store.claim_job(claim()).await? {
        return Ok(false);
    }
    bowei_watch::injection_point(job.name);
    let work = (job.work)(Arc::clone(app));
    tokio::pin!(work);
    loop {
        tokio::select! {
            worked = &mut work => {
                worked?;
                break;
            }
            () = tokio::time::sleep(RENEW_EVERY) => {
                if !app.store.claim_job(claim()).await? {
                    // Another node took over; it will say when the job is done.
                    return Ok(false);
                }
            }
        }
    }
    app.store.finish_job(job.name, period, &app.node).await?;
    metrics::counter!("bowei_jobs_done_total", "job" => job.name).increment(1);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_three_in_the_morning_of_the_city() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(Every::Day.period(at("2026-04-01T02:59:59+08:00")), at("2026-03-31T03:00:00+08:00"));
        assert_eq!(Every::Day.period(at("2026-04-01T03:00:00+08:00")), at("2026-04-01T03:00:00+08:00"));
        assert_eq!(Every::Hour.period(at("2026-04-01T03:59:59+08:00")), at("2026-04-01T03:00:00+08:00"));
    }
}
