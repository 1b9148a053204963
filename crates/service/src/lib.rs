//! What both long-running sides, the city's platform and the lot's gateway, need from below HTTP: a clock that is
//! handed in, a listener whose every wait has an end, bodies under a limit, one client for what goes out, certificates,
//! and a stop.

pub mod body;
pub mod client;
pub mod clock;
mod memory;
pub mod outgoing;
pub mod places;
pub mod private;
pub mod serve;
pub mod stopping;
pub mod tls;

pub use client::{Client, TrustedProxies};
pub use clock::{Clock, SystemClock};
