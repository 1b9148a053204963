//! Small documents of other modules: written beside, synced, renamed.

use super::disk::{Disk, read_whole};
use super::faults::NotSaved;
use super::frame;
use super::journal::replace;

/// The largest document: all cars inside a large lot with room to spare; it is written whole each time.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 4 << 20;

/// The longest name.
const NAME_BYTES_MAX: usize = 64;

fn path(name: &str) -> Option<String> {
    let good = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
    let fits = !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.bytes().all(good);
    fits.then(|| format!("documents/{name}.doc"))
}

pub(super) fn save(disk: &dyn Disk, name: &str, bytes: &[u8]) -> Result<(), NotSaved> {
    let path = path(name).ok_or_else(|| NotSaved::Name(name.to_owned()))?;
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(NotSaved::TooLarge { bytes: bytes.len(), max: DOCUMENT_BYTES_MAX });
    }
    let mut whole = Vec::new();
    frame::write(&mut whole, 0, bytes);
    Ok(replace(disk, "documents", &path, &whole)?)
}

pub(super) fn load(disk: &dyn Disk, name: &str) -> Option<Vec<u8>> {
    let bytes = read_whole(disk, &path(name)?).ok()?;
    let frame = frame::single(&bytes);
    if frame.is_none() {
        tracing::error!(name, "a document is damaged: it is taken for missing");
    }
    frame.map(|frame| frame.payload.to_vec())
}
