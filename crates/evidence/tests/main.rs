//! Packages: written, verified, and broken in every way.

#![allow(unreachable_pub, reason = "each module uses its part of the others")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod broken;
mod hostile;
mod made;
mod whole;
