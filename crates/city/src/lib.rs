//! A seeded city that reports like real lots do, with the truth kept beside it, and real days to replay.
//!
//! [`plan`] makes the city, [`run`] its traffic (from [`simulation`], with [`faults`] if wanted), [`replay`] the
//! traffic of a recorded day; [`sender`] gets either to a platform through a standard's own messages, [`past`] without a socket, and
//! [`verdict`] holds the platform's counts against the [`truth`]. [`drivers`] reserve spaces at lots that are asked to keep them.
//! [`load`] is for benchmarks. Nothing here but the sender's edge, the load generator and their timers knows real time, and the
//! same seed is always the same city.

mod charge;
pub mod declaring;
mod demand;
pub mod drivers;
pub mod faults;
pub mod forecasts;
pub mod load;
mod looks;
pub mod message;
pub mod past;
pub mod picture;
pub mod plan;
mod plates;
pub mod replay;
mod rng;
pub mod run;
pub mod sender;
pub mod signs_of_life;
pub mod simulation;
pub mod truth;
pub mod verdict;

pub use message::{Message, Says};
pub use plan::{Accounts, CityLot, CityPlan, PlanOptions};
pub use run::Prepared;
pub use sender::{Clock, Progress, SendOptions, Speed, Stop, StopSignal, send};
pub use truth::SharedTruth;
pub use verdict::{Verdict, fetch_counts, judge};
