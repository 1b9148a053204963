//! What every standard's reading and writing share: lenient JSON, forms, wall clocks, base64, pictures, passwords, and
//! how a value that came is shown to people. No standard's words are in here.

pub mod blame;
pub mod clock;
pub mod credential;
pub mod encoding;
pub mod every_lot;
pub mod mended;
pub mod multipart;
pub mod object;
pub mod password;
pub mod path;
pub mod picture;
pub mod plate_kind;
pub mod result_form;
pub mod retry_after;
pub mod shown;
pub mod value;
pub mod writing;

pub use clock::WallClock;
pub use object::{Object, Unfit};
pub use value::Present;

/// The most characters of a string for which a text gives no length.
pub const TEXT_MAX: usize = 255;
/// The most characters of a memo.
pub const MEMO_MAX: usize = 1_000;
/// The most characters of a record's id.
pub const RECORD_ID_MAX: usize = 128;
/// The most bytes of fields that a text does not name, kept with a report as JSON.
pub const UNNAMED_MAX_BYTES: usize = 4 * 1024;
