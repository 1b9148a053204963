//! The contract: what the platform needs kept. It asks for durability, for state that is a function of the set of
//! statements, and for answers in pages; it does not ask how.

mod administration;
mod audit;
mod cases;
mod charging;
mod commit;
mod counts;
mod day_records;
mod documents;
mod evaluations;
mod exports;
mod finding_tallies;
mod findings;
mod heard;
mod holds;
mod inspector;
mod jobs;
mod lists;
mod logins;
mod office_records;
mod photos;
mod registry;
mod retention;
mod sessions;
mod states;
mod tallies;
mod upkeep;
mod user_sessions;
mod users;

pub use administration::*;
pub use audit::*;
pub use cases::*;
pub use charging::*;
pub use commit::*;
pub use counts::*;
pub use day_records::*;
pub use documents::*;
pub use evaluations::*;
pub use exports::*;
pub use finding_tallies::*;
pub use findings::*;
pub use heard::*;
pub use holds::*;
pub use inspector::*;
pub use jobs::*;
pub use lists::*;
pub use logins::*;
pub use office_records::*;
pub use photos::*;
pub use registry::*;
pub use retention::*;
pub use sessions::*;
pub use states::*;
pub use tallies::*;
pub use upkeep::*;
pub use user_sessions::*;
pub use users::*;

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// More waits to be written than may wait: come back later. Nothing was kept.
    #[error("the store's queue of {waiting} deliveries is full")]
    Overloaded {
        /// How many wait.
        waiting: usize,
    },
    /// The engine cannot be reached or cannot write. Whether anything was kept is not known: say it again, which
    /// is harmless.
    #[error("the store cannot be used now: {0}")]
    Unavailable(String),
    /// Somebody else changed the same at the same moment, and nothing was kept: say it again.
    #[error("somebody else changed the same at the same moment: {0}")]
    Contended(String),
    /// The change contradicts what is kept, and nothing of it was done.
    #[error("{0}")]
    Conflict(String),
    /// What a change was worked out from has changed since, and nothing of it was done: read again, and work it out
    /// anew.
    #[error(
        "it has changed meanwhile (version {found}, and the change was worked out from version {based_on}): do it again"
    )]
    Outdated {
        /// The version that the change was worked out from.
        based_on: i64,
        /// The version as it is.
        found: i64,
    },
    /// What is kept cannot be read: written by a newer Bowei, or damaged.
    #[error("the store holds something that this version cannot read: {0}")]
    Unreadable(String),
}

impl StoreError {
    /// A fault of ours: work on a thread of its own that did not come to its end.
    pub(crate) fn ours(error: &tokio::task::JoinError) -> Self {
        Self::Unreadable(format!("a fault of Bowei's, please report it: {error}"))
    }
}

/// A short name for the results of this contract.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What the platform needs kept: the sum of the parts, each of which says in a file of its own what it asks. Each engine
/// does a part in the file of the same name.
pub trait Store:
    Commit
    + Upkeep
    + LotStates
    + Sessions
    + Counts
    + Findings
    + FindingTallies
    + Heard
    + Evaluations
    + DayRecords
    + Cases
    + ChargingRecords
    + Documents
    + ShownPhotos
    + Tallies
    + Inspector
    + RegistryStore
    + Logins
    + Jobs
    + Users
    + UserSessions
    + Exports
    + OfficeRecords
    + Holds
    + Retention
    + Audit
    + Administration
    + Send
    + Sync
    + 'static
{
}
