//! The city platform: takes reports in under every standard, keeps them, and shows what they come to.
//!
//! [`intake`] is the way of a report, [`registry`] who may speak and of which lots, [`vacancy`] the view that
//! answers the public, [`http`] every face to the outside, [`jobs`] what happens by the clock. [`Platform`] puts
//! them together. No SQL and no standard's wire types in here: the store and the standards have those.

mod cars_inside;
pub mod config;
pub mod http;
pub mod intake;
pub mod jobs;
mod platform;
pub mod registry;
pub mod stores;
pub mod vacancy;

pub use bowei_service::{Clock, SystemClock, clock};
pub use config::Config;
pub use platform::{Platform, Running, StartError};
pub use stores::{Stores, open_embedded};
