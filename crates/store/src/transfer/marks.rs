//! Marks that a transfer leaves in a store. They speak of the store itself, and never travel.

/// Where the store has moved: nothing is kept in it any more.
pub(crate) const MOVED: &str = "moved-to";

/// A transfer into the store has begun and is not done: nobody may use it yet.
pub(crate) const ARRIVING: &str = "arriving";

/// What a migration is known by, at both ends, so that it can be gone on with.
pub(crate) const MIGRATION: &str = "migration";

/// All of them.
pub(crate) const OWN_MARKS: [&str; 3] = [MOVED, ARRIVING, MIGRATION];
