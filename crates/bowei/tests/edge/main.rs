//! The gateway against everything that can go wrong around it: processes killed, answers lost, platforms that talk
//! nonsense, a full disk, a clock that leaps. What it has acknowledged reaches every platform once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::print_stdout, reason = "figures")]

mod city;
mod gate;
mod proxy;
mod sent;
#[path = "../support/mod.rs"]
mod support;

mod bad_reports;
mod clocks;
mod cuts;
mod full_disk;
mod kills;
mod logins;
mod nonsense;
