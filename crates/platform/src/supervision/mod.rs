//! Supervision: days are evaluated, what is found gathers in cases, and cases are handled.
//!
//! The rules, the rates and what a case may become are the model's; what is known of a day is the store's. Here is when
//! which is asked: [`jobs`] by the clock, [`judge`] after each commit.

pub(crate) mod cases;
pub(crate) mod days;
mod evidence;
pub(crate) mod jobs;
pub(crate) mod judge;
pub(crate) mod maintenance;
