//! The gateway, in one process: simulated disks, paused time, the real standards on the other end. One executable: each more would link everything anew.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "tests"
)]

mod devices;
mod devices_folder;
mod gateway;
mod outbox;
mod sessions;
