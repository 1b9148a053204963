//! What the platform keeps, in the platform's own words ([`contract`]), and the engines that keep it.
//!
//! Each engine is a folder with the same file names, so that knowing one is knowing all; nothing outside an
//! engine's folder knows its SQL. What an engine writes for a batch of deliveries is worked out by [`plan`],
//! which is pure and the same for all.

#![cfg_attr(not(feature = "cluster"), allow(dead_code, unused_imports, reason = "what only a cluster needs"))]

mod charging;
pub mod contract;
mod cursor;
mod curve;
pub mod photos;
pub mod plan;
#[cfg(feature = "cluster")]
pub mod postgres;
pub mod sqlite;
mod sqlite_errors;
mod sqlite_files;
pub mod transfer;
mod values;

pub use contract::*;
pub use photos::{DayFiles, PhotoStore};
#[cfg(feature = "cluster")]
pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;
