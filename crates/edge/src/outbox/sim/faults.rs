//! Faults that can be told to come.

use std::io;

/// What a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Bytes are read.
    Read,
    /// Bytes are appended.
    Write,
    /// A file is synced.
    Sync,
    /// A folder is synced.
    SyncDir,
    /// A file is cut.
    Truncate,
    /// A file gets another name.
    Rename,
    /// A file is removed.
    Remove,
    /// Anything that writes: all of these but reading.
    Change,
}

/// A fault to come.
#[derive(Clone, Debug)]
pub struct Fault {
    on: On,
    folder: Option<String>,
    spare: u64,
    times: u64,
    kind: io::ErrorKind,
}

impl Fault {
    /// The next call of its kind fails with an I/O error, once.
    pub fn eio(on: On) -> Self {
        Self { on, folder: None, spare: 0, times: 1, kind: io::ErrorKind::Other }
    }

    /// The next call of its kind fails for want of room, once.
    pub fn full(on: On) -> Self {
        Self { kind: io::ErrorKind::StorageFull, ..Self::eio(on) }
    }

    /// Only paths that begin so.
    #[must_use]
    pub fn within(mut self, folder: &str) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// So many calls go well before.
    #[must_use]
    pub fn after(mut self, calls: u64) -> Self {
        self.spare = calls;
        self
    }

    /// So many calls fail.
    #[must_use]
    pub fn times(mut self, calls: u64) -> Self {
        self.times = calls;
        self
    }

    pub(super) fn meets(&mut self, on: On, path: &str) -> Option<io::Error> {
        let strikes = self.on == on || (self.on == On::Change && on != On::Read);
        if !strikes || self.times == 0 || self.folder.as_ref().is_some_and(|folder| !path.starts_with(folder))
        {
            return None;
        }
        if self.spare > 0 {
            self.spare -= 1;
            return None;
        }
        self.times -= 1;
        Some(io::Error::new(self.kind, "input/output error (simulated)"))
    }
}
