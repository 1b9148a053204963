//! Files in a folder that others write to. A link in it may lead anywhere on the machine, a pipe may never end: only what
//! is a file itself is read, and what is written is a new file.

use rustix::fs::OFlags;
use std::io;
use std::path::Path;
use tokio::fs::{self, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A file's content.
pub(super) enum Plain {
    /// All of it.
    Bytes(Vec<u8>),
    /// It has so many bytes, which are more than were wanted.
    TooLong(u64),
}

/// Reads a file of at most `max_bytes`. No link is followed, and nothing but a file is waited for.
pub(super) async fn read(path: &Path, max_bytes: u64) -> io::Result<Plain> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path).await?;
    let about = file.metadata().await?;
    if !about.is_file() {
        return Err(io::Error::other("a file is expected: no folder, link or pipe"));
    }
    if about.len() > max_bytes {
        return Ok(Plain::TooLong(about.len()));
    }
    let mut bytes = Vec::new();
    // It may have grown since.
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).await?;
    let read = bytes.len() as u64;
    Ok(if read > max_bytes { Plain::TooLong(read) } else { Plain::Bytes(bytes) })
}

/// Whether there is something of that name, be it a link that leads nowhere.
pub(super) async fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes a new file. What is there under its name, from a crash or put there by others, is removed and not written to.
pub(super) async fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    if is_there(path).await? {
        fs::remove_file(path).await?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).await?;
    file.write_all(content).await?;
    file.sync_all().await
}
