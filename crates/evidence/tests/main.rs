//! Packages: written, verified, and broken in every way.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod broken;
mod hostile;
mod made;
mod whole;
