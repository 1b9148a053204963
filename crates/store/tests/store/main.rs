//! What the store promises, said about parking, and held against every engine.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect has failed"
)]

mod photos;
mod plan;
mod postgres;
mod sqlite;
mod suite;
mod transfer;
