//! What is kept of jobs: which of many nodes does one, and for how long.

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
