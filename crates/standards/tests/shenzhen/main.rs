//! The standard of Shenzhen, from the outside: what lots send, what the platform makes of it and answers, what lots
//! make of the answer — and what platforms ask of lots.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::result_large_err,
    reason = "tests"
)]

mod answers;
mod authenticity;
#[path = "../shared/changes.rs"]
mod changes;
mod credentials;
mod downlink;
mod explained;
mod fuzz;
mod known_answers;
mod not_sealed;
mod readings;
mod round_trip;
mod said;
mod scene;
