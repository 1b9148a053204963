//! Has jobs done: a task each, so that one that takes long or hangs keeps no other from its turn.
//!
//! A node claims a period's job in the store and does it; the others see that it is taken, and later that it is done.
//! While it works it renews its claim; a node that dies cannot, and another takes the job over. One that failed is tried
//! again after a pause. Everything here may be done twice without harm: a claim saves work, it guards nothing.

use super::{Job, Period, Words};
use bowei_service::Clock;
use bowei_service::stopping::stopped;
use bowei_store::{JobClaim, JobEnd, JobResult, JobRun, Store, StoreError};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A node looks so often for work that is due.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// A claim holds so long: more than nodes' clocks differ, and short enough that a dead node's work is not missed.
const CLAIM_TTL: SignedDuration = SignedDuration::from_secs(90);

/// A claim is renewed so often while its job goes on.
const RENEW_EVERY: Duration = Duration::from_secs(30);

/// A run that has not ended by then has failed: nothing here takes a quarter of a day.
const RUN_TIMEOUT: Duration = Duration::from_secs(6 * 60 * 60);

/// The pause after a first failure. It doubles with each in a row.
const RETRY_FIRST: SignedDuration = SignedDuration::from_mins(1);
/// The longest pause.
const RETRY_MAX: SignedDuration = SignedDuration::from_hours(1);

/// The jobs of a cluster, and this node's way of doing them.
pub struct Jobs {
    list: Vec<Job>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// This node's name among those on the same store.
    node: String,
}

impl Jobs {
    /// The jobs of `list`, their names all different, for the node of that name.
    pub(crate) fn new(list: Vec<Job>, store: Arc<dyn Store>, clock: Arc<dyn Clock>, node: String) -> Self {
        Self { list, store, clock, node }
    }

    /// Starts a task for each job.
    pub(crate) fn start(self: &Arc<Self>, stopping: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
        for (place, job) in self.list.iter().enumerate() {
            let (jobs, stopping) = (Arc::clone(self), stopping.clone());
            tasks.spawn(bowei_watch::task(job.name, move || {
                let (jobs, stopping) = (Arc::clone(&jobs), stopping.clone());
                async move {
                    if let Some(job) = jobs.list.get(place) {
                        jobs.keep_doing(job, stopping).await;
                    }
                }
            }));
        }
    }

    /// Does a job whenever it is due. A stop lets a run that is under way finish.
    async fn keep_doing(&self, job: &Job, stopping: watch::Receiver<bool>) {
        while !*stopping.borrow() {
            match self.turn(job).await {
                // There may be more to make up for.
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(job = job.name, %error, "the store cannot be asked for a job, or told of it")
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = stopped(stopping.clone()) => return,
            }
        }
    }

    /// Does all that is due now and nobody else does, one job after another; gives the names of what was done.
    pub async fn do_all_due(&self) -> Result<Vec<&'static str>, StoreError> {
        let mut done = Vec::new();
        for job in &self.list {
            while self.turn(job).await? {
                done.push(job.name);
            }
        }
        done.dedup();
        Ok(done)
    }

    /// When each job is due next: in the past where it is due now.
    pub(crate) async fn due_times(&self) -> Result<Vec<(&Job, Timestamp)>, StoreError> {
        let mut times = Vec::new();
        for job in &self.list {
            let progress = self.store.job_progress(job.name).await?;
            times.push((job, job.due_at(progress, self.clock.now())));
        }
        Ok(times)
    }

    /// The last runs of one job or of all, the latest first.
    pub(crate) async fn runs(&self, job: Option<&str>, limit: usize) -> Result<Vec<JobRun>, StoreError> {
        self.store.job_runs(job, limit).await
    }

    /// Does one period's work if it is due and nobody else does it; says whether it did.
    async fn turn(&self, job: &Job) -> Result<bool, StoreError> {
        let progress = self.store.job_progress(job.name).await?;
        let Some(period) = job.due(progress, self.clock.now()) else { return Ok(false) };
        if !self.store.claim_job(self.claim(job, period)).await? {
            return Ok(false);
        }
        let failures = progress.filter(|last| last.period == period.from).map_or(0, |last| last.attempts);
        let Some(worked) = self.work(job, period).await else { return Ok(false) };
        let ended_at = self.clock.now();
        let is_done = worked.is_ok();
        let result = match worked {
            Ok(words) => JobResult::Done { message: words.kept() },
            Err(why) => {
                let message = why.kept();
                tracing::warn!(job = job.name, message, "a job failed and is tried again");
                let pause = RETRY_FIRST.checked_mul(1 << failures.min(16)).unwrap_or(RETRY_MAX);
                let retry_at = ended_at.saturating_add(pause.min(RETRY_MAX)).unwrap_or(ended_at);
                JobResult::Failed { message, retry_at }
            }
        };
        let (name, holder) = (job.name.to_owned(), self.node.clone());
        self.store.finish_job(JobEnd { job: name, period: period.from, holder, ended_at, result }).await?;
        let outcome = if is_done { "bowei_jobs_done_total" } else { "bowei_jobs_failed_total" };
        metrics::counter!(outcome, "job" => job.name).increment(1);
        Ok(is_done)
    }

    /// Works until it is done; `None` where another node has taken over: it will say what comes of it.
    async fn work(&self, job: &Job, period: Period) -> Option<Result<Words, Words>> {
        let work = async {
            bowei_watch::injection_point(job.name);
            (job.work)(period).await
        };
        let work = AssertUnwindSafe(work).catch_unwind();
        let over = tokio::time::sleep(RUN_TIMEOUT);
        tokio::pin!(work, over);
        loop {
            tokio::select! {
                worked = &mut work => return Some(match worked {
                    Ok(worked) => worked.map_err(|error| Words::failed(&*error)),
                    Err(panic) => {
                        bowei_watch::report(job.name, &*panic);
                        let words = bowei_watch::words(&*panic);
                        Err(Words::new(
                            format!("程序出错，请将此信息反馈给技术支持：{words}"),
                            format!("a fault of Bowei's, please report it: {words}"),
                        ))
                    }
                }),
                () = &mut over => return Some(Err(Words::new(
                    format!("{} 小时内未完成", RUN_TIMEOUT.as_secs() / 3_600),
                    format!("not finished within {} hours", RUN_TIMEOUT.as_secs() / 3_600),
                ))),
                () = tokio::time::sleep(RENEW_EVERY) => {
                    match self.store.claim_job(self.claim(job, period)).await {
                        Ok(true) => {}
                        Ok(false) => return None,
                        // The store is away for a moment, or for so long that another takes over.
                        Err(error) => tracing::warn!(job = job.name, %error, "a claim could not be renewed"),
                    }
                }
            }
        }
    }

    fn claim(&self, job: &Job, period: Period) -> JobClaim {
        JobClaim {
            job: job.name.to_owned(),
            period: period.from,
            holder: self.node.clone(),
            now: self.clock.now(),
            ttl: CLAIM_TTL,
        }
    }
}
