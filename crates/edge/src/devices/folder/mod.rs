//! Lots whose system can do no more than write CSV files into a folder: one row a report, in the fields of the local
//! API.
//!
//! [`read`] and [`Row`] are pure: a file's bytes to reports, each through [`crate::reports::read`], so that errors read
//! the same everywhere. [`Folder`] looks after the files.

mod columns;
mod plain;
mod rejected;
mod table;
mod watch;
mod why;

use bowei_model::Report;
use bowei_standards::platform_side::PictureBytes;

pub use rejected::Rejection;
pub use table::{Row, Table, TableFault, read};
pub use watch::{Folder, POLL_EVERY};

/// A report with the picture that belongs to it.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// The report.
    pub report: Report,
    /// The picture of a photo.
    pub picture: Option<PictureBytes>,
}
