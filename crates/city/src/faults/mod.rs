//! What goes wrong.
//!
//! [`delivery`] is what happens on the way: messages said twice, out of order, hours late. It changes nothing of what
//! happened: once everything has arrived, the platform's state must be the truth. [`Injector`] is what supervision is
//! there for: data that are lost, doubled, late, wrong or made up, each of them noted as an [`InjectedFault`], so that what
//! a platform finds can be held against it. The kinds stand in one table, [`kinds`]; [`schedule`] says which of them befall
//! which lot when, and [`acts`] does it.

mod acts;
mod delivery;
mod held;
mod hit;
mod injected;
mod injector;
mod kinds;
mod registered;
mod schedule;

pub use delivery::{FaultOptions, Faulty};
pub use injected::{Found, InjectedFault, SharedFaults};
pub use injector::Injector;
pub(crate) use kinds::declares_days;
pub use registered::misregister;
pub(crate) use schedule::midnight;
pub use schedule::{InjectOptions, Schedule};

#[cfg(test)]
mod tests;
