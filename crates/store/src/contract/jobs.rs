//! What is kept of jobs: which of many nodes does one, for how long, and what came of it.

use super::{Result, StoreError};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// Runs of one job that are kept: the last ones. A month of a nightly job's, four days of an hourly one's.
pub const RUNS_KEPT_MAX: usize = 100;

/// A node's wish to do a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobClaim {
    /// The job's name.
    pub job: String,
    /// The beginning of the minutes, hour or day whose job it is.
    pub period: Timestamp,
    /// Who asks: a name that no other node has.
    pub holder: String,
    /// Now, by the node's clock.
    pub now: Timestamp,
    /// For how long the right is asked for. A holder asks again before it ends; a dead one cannot, and another takes
    /// over. Longer than nodes' clocks differ.
    pub ttl: SignedDuration,
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobProgress {
    /// The last period that anybody claimed.
    pub period: Timestamp,
    /// Whether its job is done.
    pub done: bool,
    /// How often it was begun.
    pub attempts: u32,
}

/// What a holder says at the end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobEnd {
    /// The job's name.
    pub job: String,
    /// The period, as it was claimed.
    pub period: Timestamp,
    /// Who did it. A holder that has lost the right changes nothing.
    pub holder: String,
    /// When, by the node's clock.
    pub ended_at: Timestamp,
    /// What came of it.
    pub result: JobResult,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobResult {
    /// The period's job is done.
    Done {
        /// What it did, in words, of which the store knows nothing; empty where there is nothing to tell.
        message: String,
    },
    /// It is not. Nobody begins it again before `retry_at`.
    Failed {
        /// Why, in words.
        message: String,
        /// When it may be tried again.
        retry_at: Timestamp,
    },
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// It goes on.
    Running,
    /// It did its work.
    Done,
    /// It did not, and said why.
    Failed,
    /// Its node was heard of no more, and another took the job over.
    Abandoned,
}

impl JobOutcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Running, Self::Done, Self::Failed, Self::Abandoned];

    /// `running`, `done`, `failed` or `abandoned`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }

    /// What a column says, which is empty while the run goes on.
    pub(crate) fn of_column(column: Option<&str>) -> Result<Self> {
        let Some(name) = column else { return Ok(Self::Running) };
        let named = Self::ALL.into_iter().find(|outcome| outcome.name() == name);
        named.ok_or_else(|| StoreError::Unreadable(format!("{name} is no outcome of a job")))
    }
}

/// A run of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRun {
    /// The job's name.
    pub job: String,
    /// The period.
    pub period: Timestamp,
    /// Which attempt at the period it was, from 1.
    pub attempt: u32,
    /// The node.
    pub holder: String,
    /// When it began, by the node's clock.
    pub started_at: Timestamp,
    /// When it ended or was given up; `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// How it stands.
    pub outcome: JobOutcome,
    /// What it did, or why it failed.
    pub message: String,
}

/// What one of many nodes does for all.
#[async_trait]
pub trait Jobs {
    /// Asks for the right to do a job of a period. Granted to one holder at a time, and to nobody once the period's job
    /// is done: so that of many nodes one does it, and another takes over when that one dies.
    async fn claim_job(&self, claim: JobClaim) -> Result<bool>;

    /// Says what came of a run. A holder that has lost the right changes nothing.
    async fn finish_job(&self, end: JobEnd) -> Result<()>;

    /// How far a job has come; `None` where it was never begun.
    async fn job_progress(&self, job: &str) -> Result<Option<JobProgress>>;

    /// Runs of one job or of all, the latest to begin first; [`RUNS_KEPT_MAX`] of each job are kept.
    async fn job_runs(&self, job: Option<&str>, limit: usize) -> Result<Vec<JobRun>>;

    /// The mark of that name, if there is one.
    async fn mark(&self, name: &str) -> Result<Option<Vec<u8>>>;

    /// Keeps a mark, unless there is one of that name already; returns the one that is kept.
    async fn mark_once(&self, name: &str, value: Vec<u8>) -> Result<Vec<u8>>;
}
