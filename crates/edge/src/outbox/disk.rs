//! What the outbox asks of a disk, few enough operations that every one can be made to fail in a test.
//!
//! Paths are relative to the outbox's folder, with `/` between folder and file, at most one folder deep.

use std::io;

/// A folder's worth of files that can be appended to, synced and thrown away.
pub trait Disk: Send + Sync + 'static {
    /// The names of the files in a folder, in no order; none where the folder is not there.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;
    /// Makes a folder, if it is not there, in a way that lasts.
    fn create_dir(&self, folder: &str) -> io::Result<()>;
    /// A file's length.
    fn len(&self, path: &str) -> io::Result<u64>;
    /// Fills `into` from the file's bytes at `offset`; an error if there are not so many.
    fn read(&self, path: &str, offset: u64, into: &mut [u8]) -> io::Result<()>;
    /// Writes behind the file's last byte, making the file where there is none. After an error some of the bytes may
    /// be there.
    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()>;
    /// Cuts a file off.
    fn truncate(&self, path: &str, length: u64) -> io::Result<()>;
    /// Returns when the file's bytes outlast a power loss. After an error, what was not yet synced must be taken for
    /// lost, whatever a second call says.
    fn sync_data(&self, path: &str) -> io::Result<()>;
    /// Returns when the names in a folder outlast a power loss.
    fn sync_dir(&self, folder: &str) -> io::Result<()>;
    /// Gives a file another name, in place of the file that has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file; no error where there is none.
    fn remove(&self, path: &str) -> io::Result<()>;
}

/// The disk, or the share of it that is ours, has no room.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// How much is read at once where a whole file cannot be: what a disk loses together.
const SECTOR_BYTES: usize = 4096;

/// The whole file. Where the disk gives back an error, what it will not give is zeros, so that one bad sector costs
/// the records in it and no others.
pub(super) fn read_whole(disk: &dyn Disk, path: &str) -> io::Result<Vec<u8>> {
    let length = usize::try_from(disk.len(path)?).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut bytes = vec![0; length];
    if disk.read(path, 0, &mut bytes).is_ok() {
        return Ok(bytes);
    }
    let mut offset = 0;
    for sector in bytes.chunks_mut(SECTOR_BYTES) {
        if let Err(error) = disk.read(path, offset, sector) {
            tracing::warn!(path, offset, %error, "the disk does not give back a sector");
            sector.fill(0);
        }
        offset += sector.len() as u64;
    }
    Ok(bytes)
}
