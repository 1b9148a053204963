//! The pure rules over the parking nouns. One executable: each more would link everything anew.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod attribution;
mod charging;
mod documents;
mod forecasts;
mod masking;
mod order_does_not_matter;
mod orders;
mod pairing;
mod reservations;
mod sessions;
mod supervision;
mod written_and_read;
