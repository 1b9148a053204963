//! How bytes and texts from outside are read, digested and shown: base64 and hex, digests, password hashes, a picture's
//! media type by its first bytes, JSON that only needs repair, and texts made fit for a log or a spreadsheet. Nothing of parking and
//! nothing of any standard is in here.

mod base64;
mod digest;
pub mod json_repair;
pub mod password;
pub mod picture;
pub mod shown;
pub mod spreadsheet;

pub use base64::{from_base64, to_base64, without_data_uri};
pub use digest::{from_hex, hex, md5_hex, sha256_hex, sha256_of_ids};
