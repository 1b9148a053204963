//! The office's work over the API.

mod lots;
mod overview;
mod providers;
