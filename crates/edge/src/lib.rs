//! The gateway at the lot: what the lot's systems and cameras say is on disk before they are answered, and reaches
//! every platform once, whatever happens in between.
//!
//! [`reports`] reads what a lot's own systems write, [`devices`] what its cameras push; [`sessions`] makes parkings of
//! passages where cameras are all there is. [`outbox`] keeps everything until it is delivered, [`uplink`] delivers it
//! in a standard's messages, [`schedule`] does what a text wants by the clock, [`reconciliation`] compares each day with the platform, [`downlink`] takes what platforms ask.
//! [`Gateway`] is all of it for one lot, [`Running`] the gateway at work.

mod camera_push;
mod cameras;
pub mod config;
pub mod devices;
mod directives;
pub mod downlink;
mod folder;
mod gateway;
pub mod http;
mod intake;
pub mod known;
mod lacking;
pub mod outbox;
pub mod preflight;
mod reconciliation;
pub mod reports;
mod running;
pub mod schedule;
pub mod sessions;
mod token;
mod unknown_senders;
pub mod uplink;

pub use bowei_service::{Clock, SystemClock};
pub use cameras::{Camera, Cameras};
pub use config::Config;
pub use gateway::{Environment, Gateway, MakeTransport, StartError, View, WhoWasHeard};
pub use intake::NewReport;
pub use reconciliation::Reconciliation;
pub use running::Running;
pub use unknown_senders::UnknownSenders;
