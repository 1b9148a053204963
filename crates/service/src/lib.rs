//! What both long-running sides, the city's platform and the lot's gateway, need from below HTTP: a clock that is
//! handed in, a listener whose every wait has an end, bodies under a limit, certificates, and a stop.

pub mod body;
pub mod clock;
pub mod serve;
pub mod stopping;
pub mod tls;

pub use clock::{Clock, SystemClock};
