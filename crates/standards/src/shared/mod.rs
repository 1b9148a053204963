//! What every standard's reading and writing share: lenient JSON, forms, wall clocks, and how a message is shown to
//! people. No standard's words are in here, and nothing that others than standards need: that is `bowei-encoding`.
//! What is public is so for the standards' own tests.

pub(crate) mod blame;
pub(crate) mod clock;
pub(crate) mod credential;
pub(crate) mod every_lot;
pub(crate) mod explained;
pub mod multipart;
pub(crate) mod object;
pub(crate) mod path;
pub(crate) mod plate_kind;
pub(crate) mod repaired_json;
pub(crate) mod request;
pub(crate) mod result_form;
pub(crate) mod retry_after;
pub(crate) mod shown_json;
pub mod value;
pub(crate) mod writing;

pub use clock::WallClock;
pub use object::{Object, Unfit};
pub use value::Present;

/// The most characters of a string for which a text gives no length.
pub(crate) const TEXT_MAX: usize = 255;
/// The most characters of a record's id.
pub(crate) const RECORD_ID_MAX: usize = 128;
/// The most bytes of fields that a text does not name, kept with a report as JSON.
pub(crate) const UNNAMED_MAX_BYTES: usize = 4 * 1024;
