//! Photos: kept by the day, read while they are written, gone with their day. [`suite`] holds for every place where
//! they are kept; the others add what is a place's own.

mod day_files;
mod s3;
mod suite;

use bowei_store::photos::NewPicture;
use bytes::Bytes;

const DAY: u32 = 20_260_401;

fn picture(number: usize, bytes: usize) -> NewPicture {
    let content = [number.to_le_bytes().as_slice(), &vec![7; bytes]].concat();
    NewPicture { sha256: format!("{number:064x}"), bytes: Bytes::from(content) }
}
