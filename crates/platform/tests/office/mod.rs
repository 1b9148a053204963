//! The office's work over the API.

mod businesses;
mod lots;
mod overview;
mod providers;
mod registrations;
