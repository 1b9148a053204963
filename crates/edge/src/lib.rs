//! The gateway at the lot: what the lot's systems and cameras say is on disk before they are answered, and reaches
//! every platform once, whatever happens in between.
//!
//! [`reports`] reads what a lot's own systems write, [`devices`] what its cameras push; [`sessions`] makes parkings of
//! passages where cameras are all there is. [`outbox`] keeps everything until it is delivered, [`uplink`] delivers it
//! in a standard's messages.

pub mod devices;
pub mod outbox;
pub mod reports;
pub mod sessions;
pub mod uplink;

pub use bowei_service::{Clock, SystemClock};
