//! The standard of Huzhou, from the outside: what lots send, what the platform makes of it and answers, and what
//! lots make of the answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::result_large_err
)]

mod answers;
#[path = "../shared/changes.rs"]
mod changes;
mod credentials;
mod envelope;
mod explained;
mod fields;
mod fuzz;
mod known_answers;
mod lenient;
mod photos;
mod round_trip;
mod scene;
