//! The command as its users run it: processes, files and sockets. One executable: each more would link everything anew.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod audit_archive;
mod audit_kills;
mod city;
mod command;
mod demo;
mod docs;
mod drivers;
mod edge;
mod gateway_small;
mod gateway_week;
mod history;
mod judge;
mod kill_nine;
mod migrate;
mod private_files;
mod registry_import;
mod reservation_kills;
mod seal_open;
mod seal_open_all;
mod support;
mod unwritable_log;
mod verify;
