//! Supervision: what a city holds against its lots, from the findings of one record to the rates of a month.
//!
//! Everything here is pure: the same evidence gives the same findings, cases' conditions and rates.

mod minutes;
pub mod order;

pub use minutes::Minutes;
