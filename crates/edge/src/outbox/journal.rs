//! A file of small frames that is appended to, and written anew when it has grown or cannot be trusted.
//!
//! Written anew means: beside, synced, renamed. A power loss leaves the old file or the new one.

use super::disk::{Disk, read_whole};
use super::frame::{Frame, Piece, Scan};
use std::io;

/// A journal is written anew when it is so many times as long as it was when it was written last.
const GROWN_TIMES: u64 = 4;
/// And no earlier than at this length: writing anew costs two syncs, this much is read in a moment.
const GROWN_BYTES_MIN: u64 = 256 << 10;

/// A journal, as its writer sees it.
pub(super) struct Journal {
    folder: &'static str,
    path: String,
    pub(super) bytes: u64,
    written_bytes: u64,
    unsynced: bool,
    /// Nothing may be appended before it is written anew: its end is not to be trusted, or frames are missing.
    pub(super) spoiled: bool,
}

impl Journal {
    pub(super) fn new(folder: &'static str, name: &str) -> Self {
        let path = format!("{folder}/{name}.journal");
        Self { folder, path, bytes: 0, written_bytes: 0, unsynced: false, spoiled: true }
    }

    /// Reads every frame that is whole; gives how many pieces were damaged, and whether there was a file at all.
    pub(super) fn read(
        &mut self,
        disk: &dyn Disk,
        mut each: impl FnMut(Frame<'_>),
    ) -> io::Result<(u64, bool)> {
        let names = disk.list(self.folder)?;
        if !names.iter().any(|name| self.path.ends_with(&format!("/{name}"))) {
            return Ok((0, false));
        }
        let bytes = read_whole(disk, &self.path)?;
        self.bytes = bytes.len() as u64;
        self.written_bytes = self.bytes;
        // What a killed process wrote last need not be safe, nor become so by a sync.
        self.spoiled = true;
        let mut damaged = 0;
        for piece in Scan::new(&bytes) {
            match piece {
                Piece::Frame { frame, .. } => each(frame),
                Piece::Damaged { .. } => damaged += 1,
                Piece::Torn { .. } => {}
            }
        }
        Ok((damaged, true))
    }

    pub(super) fn grown(&self) -> bool {
        self.bytes > GROWN_BYTES_MIN.max(self.written_bytes * GROWN_TIMES)
    }

    /// Adds frames; they outlast a power loss after [`Journal::sync`].
    pub(super) fn append(&mut self, disk: &dyn Disk, frames: &[u8]) -> io::Result<()> {
        if let Err(error) = disk.append(&self.path, frames) {
            self.spoiled = true;
            return Err(error);
        }
        self.bytes += frames.len() as u64;
        self.unsynced = true;
        Ok(())
    }

    pub(super) fn sync(&mut self, disk: &dyn Disk) -> io::Result<()> {
        if self.unsynced {
            self.unsynced = false;
            if let Err(error) = disk.sync_data(&self.path) {
                // What was not synced may be gone, and asking again would be answered with yes.
                self.spoiled = true;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Puts `frames` in the place of all that is there.
    pub(super) fn rewrite(&mut self, disk: &dyn Disk, frames: &[u8]) -> io::Result<()> {
        replace(disk, self.folder, &self.path, frames)?;
        self.bytes = frames.len() as u64;
        self.written_bytes = self.bytes;
        self.unsynced = false;
        self.spoiled = false;
        Ok(())
    }
}

/// Puts `bytes` in the place of a file, wholly or not at all.
pub(super) fn replace(disk: &dyn Disk, folder: &str, path: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = format!("{path}.new");
    disk.remove(&beside)?;
    let written = disk.append(&beside, bytes).and_then(|()| disk.sync_data(&beside));
    if let Err(error) = written {
        // What is half there takes room that may be what is missing.
        let _ = disk.remove(&beside);
        return Err(error);
    }
    disk.rename(&beside, path)?;
    disk.sync_dir(folder)
}

/// A name of an uplink as a file's name, different for different names.
pub(super) fn file_name(name: &str) -> String {
    let safe: String = name
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' { c } else { '_' })
        .collect();
    if safe == name { safe } else { format!("{safe}.{:016x}", super::siphash::siphash(name.as_bytes())) }
}
