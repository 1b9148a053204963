//! The city platform: takes reports in under every standard, keeps them, and shows what they come to.
//!
//! [`intake`] is the way of a report and [`after_commit`] what follows it, [`registry`] who may speak and of which lots,
//! [`accounts`] who may ask, [`vacancy`] the view that answers the public, [`live`] what watchers are told, [`http`] every
//! face to the outside, [`background`] what each node does for itself and [`jobs`] what one does for all by the clock.
//! [`evaluation_requests`] are days that do not wait for the hour. [`app`] holds the parts and [`Platform`] puts them together. No SQL and no standard's wire types in here: the store and
//! the standards have those. Which module may use which stands in `crates/bowei/tests/layering`.

pub mod accounts;
mod address_limits;
mod after_commit;
mod app;
mod availability;
mod background;
mod cars_inside;
pub mod config;
mod cursors;
mod elapsed;
pub mod evaluation_requests;
pub mod forecast;
pub mod http;
mod intake;
pub mod jobs;
pub mod live;
mod metrics;
mod offers;
mod office;
mod open_data;
mod orders;
pub mod papers;
mod photos;
mod platform;
mod readiness;
pub mod registry;
mod reservations;
mod retention;
pub mod seal;
mod statistics;
pub mod stores;
pub mod supervision;
pub mod vacancy;
mod webhooks;

pub use app::{App, Shared};
pub use bowei_service::clock::ScopedClock;
pub use bowei_service::{Clock, SystemClock, clock};
pub use config::Config;
pub use intake::past::PastMessage;
pub use platform::{Platform, Running, StartError};
pub use reservations::{Reservations, ReservationsError};
pub use stores::{Stores, open_embedded};
