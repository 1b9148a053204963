//! Drivers who reserve spaces, and lots that are asked to keep them: what each does comes from a seed, what really happened is
//! kept beside it, and what a platform makes of it is held against that.
//!
//! [`plan`] says who does what. Drivers go by the public API alone ([`api`]), and look at their pages as people do. A lot's
//! system ([`lot_system`]) is called by the platform ([`called`]) or asks it ([`asking`]), and answers late, twice, never or
//! wrongly. [`drive`] has all of it happen, one moment after the other, and [`witness`] looks whether any moment is one that
//! must not be. What must come of each order follows from the [`truth`].

pub mod api;
mod asking;
pub mod called;
mod cars;
mod drive;
mod lot_system;
mod plan;
mod truth;
mod witness;

pub use api::{Api, ApiError};
pub use called::CalledLots;
pub use drive::{Drive, NO_SHOWS, Platform};
pub use plan::{Conduct, Driver, DriversOptions, DriversPlan, Manner, ReservableLot};
pub use truth::{Expected, TrueOrder};
pub use witness::Breach;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What one thread has left half done, no other finds: every change here is one assignment or call.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
