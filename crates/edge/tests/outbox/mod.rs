//! The outbox, on disks that fail.

mod basics;
mod broken;
mod harness;
mod model;
mod room;
