//! What goes when its time is over, and what a legal hold keeps.

pub(crate) mod photos;
mod plates;

pub(crate) use plates::{Plates, job as plates_job};
