//! What is kept of jobs: which of many nodes does one, and for how long.

use super::Result;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// A node's wish to do a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobClaim {
    /// The job's name.
    pub job: String,
    /// The beginning of the hour or day whose job it is.
    pub period: Timestamp,
    /// Who asks: a name that no other node has.
    pub holder: String,
    /// Now, by the node's clock.
    pub now: Timestamp,
    /// For how long the right is asked for. A holder asks again before it ends; a dead one cannot, and another takes
    /// over. Longer than nodes' clocks differ.
    pub lives: SignedDuration,
}

/// What one of many nodes does for all.
#[async_trait]
pub trait Jobs {
    /// Asks for the right to do a job of a period. Granted to one holder at a time, and to nobody once the period's job
    /// is done: so that of many nodes one does it, and another takes over when that one dies.
    async fn claim_job(&self, claim: JobClaim) -> Result<bool>;

    /// Says that the holder has done the job of the period. A holder that has lost the right changes nothing.
    async fn finish_job(&self, job: &str, period: Timestamp, holder: &str) -> Result<()>;

    /// Keeps a mark, unless there is one of that name already; returns the one that is kept.
    async fn mark_once(&self, name: &str, value: Vec<u8>) -> Result<Vec<u8>>;
}
