//! The platform, in one process: real stores, an injected clock, whatever the standards say. One executable: each more would link everything anew.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests"
)]

mod connections;
mod credentials;
mod daily_loop;
mod import;
mod import_cells;
mod import_spoilt;
mod limits;
mod lists;
mod neighbours;
mod nodes;
mod off_peak;
mod office;
mod open_api;
mod open_data;
mod openapi;
mod other_standards;
mod people;
mod public_figures;
mod relief;
mod reservations;
mod rights;
mod self_described;
mod strangers;
mod supervision;
mod support;
mod taps;
mod tls;
mod tokens;
mod vendors_lots;
mod way_of_a_report;
mod wire;
