//! The engine itself: whether it can be used, by whom else, and its room for the days to come.

use super::Result;
use async_trait::async_trait;
use jiff::Timestamp;

/// How much waits in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueDepth {
    /// What waits there.
    pub name: &'static str,
    /// How much.
    pub waiting: usize,
    /// How much may.
    pub max: usize,
}

/// What the platform asks of the engine itself.
#[async_trait]
pub trait Upkeep {
    /// Whether the store can be written to now.
    async fn ready(&self) -> Result<()>;

    /// What waits for this node's writers.
    fn queues(&self) -> Vec<QueueDepth>;

    /// Whether other nodes may write to the same store: then a node has to follow what they keep.
    fn is_shared(&self) -> bool;

    /// Makes room for the days around `now`, where the engine files by day. Asked at the start and once a day; asking
    /// more often does nothing more.
    async fn prepare_days(&self, now: Timestamp) -> Result<()>;
}
