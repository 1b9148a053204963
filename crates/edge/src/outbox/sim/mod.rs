//! A disk in memory that can be made to fail in every way that disks do: for tests, of other crates too.
//!
//! It is strict where file systems differ: a name outlasts a power loss only when its folder was synced, bytes only
//! when their file was, and after a failed sync nothing that was unsynced then is ever safe.

mod faults;
mod files;

pub use faults::{Fault, On};

use super::disk::Disk;
use files::{Files, Inode};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A disk in memory.
#[derive(Default)]
pub struct SimDisk {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    files: Files,
    faults: Vec<Fault>,
    capacity: Option<u64>,
    ignores_syncs: bool,
    calls: u64,
}

impl SimDisk {
    /// An empty one.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is there after the power failed: everything synced, and of the rest what `seed` says. The disk that this
    /// is asked of goes on by itself, like a process that has not noticed.
    pub fn power_loss(&self, seed: u64) -> Arc<Self> {
        let inner = self.inner();
        let mut random = StdRng::seed_from_u64(seed);
        let files = inner.files.after_power_loss(&mut random);
        let (capacity, ignores_syncs) = (inner.capacity, inner.ignores_syncs);
        Arc::new(Self { inner: Mutex::new(Inner { files, capacity, ignores_syncs, ..Inner::default() }) })
    }

    /// What is there after a process was killed: everything it wrote, which is not safe for that.
    pub fn kill(&self) -> Arc<Self> {
        let inner = self.inner();
        let (capacity, ignores_syncs) = (inner.capacity, inner.ignores_syncs);
        let files = inner.files.clone();
        Arc::new(Self { inner: Mutex::new(Inner { files, capacity, ignores_syncs, ..Inner::default() }) })
    }

    /// Adds a fault to come.
    pub fn fail(&self, fault: Fault) {
        self.inner().faults.push(fault);
    }

    /// Takes all faults away.
    pub fn heal(&self) {
        self.inner().faults.clear();
    }

    /// From now on all files together have no more than so many bytes; `None`: as many as they like.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.inner().capacity = bytes;
    }

    /// From now on syncs do nothing and say that they did: what a test must notice.
    pub fn ignore_syncs(&self) {
        self.inner().ignores_syncs = true;
    }

    /// Calls that changed something or could fail, so far.
    pub fn calls(&self) -> u64 {
        self.inner().calls
    }

    /// Bytes of all files.
    pub fn used(&self) -> u64 {
        self.inner().files.used()
    }

    /// Every file's path and length, by name.
    pub fn paths(&self) -> Vec<(String, u64)> {
        self.inner().files.paths()
    }

    /// Turns one bit of a file over. False where there is no such byte.
    pub fn flip(&self, path: &str, byte: u64, bit: u8) -> bool {
        self.inner().files.flip(path, byte, bit)
    }

    /// Puts a file there as it is, synced.
    pub fn put(&self, path: &str, bytes: &[u8]) {
        self.inner().files.put(path, bytes);
    }

    /// A file's bytes.
    pub fn get(&self, path: &str) -> Option<Vec<u8>> {
        self.inner().files.find(path).map(|inode| inode.bytes.clone())
    }
}

impl Inner {
    /// The error that this call is to have.
    fn call(&mut self, on: On, path: &str) -> io::Result<()> {
        self.calls += 1;
        for fault in &mut self.faults {
            if let Some(error) = fault.meets(on, path) {
                return Err(error);
            }
        }
        Ok(())
    }

    fn found(&mut self, path: &str) -> io::Result<&mut Inode> {
        self.files.find_mut(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for SimDisk {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        Ok(self.inner().files.list(folder))
    }

    fn create_dir(&self, _folder: &str) -> io::Result<()> {
        Ok(())
    }

    fn len(&self, path: &str) -> io::Result<u64> {
        Ok(self.inner().found(path)?.bytes.len() as u64)
    }

    fn read(&self, path: &str, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let mut inner = self.inner();
        inner.call(On::Read, path)?;
        let inode = inner.found(path)?;
        let from = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let bytes = inode.bytes.get(from..from + into.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        into.copy_from_slice(bytes);
        Ok(())
    }

    fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        let mut error = inner.call(On::Write, path).err();
        let mut fits = bytes.len();
        if error.is_some() {
            // What a failed write has written nobody knows.
            fits /= 2;
        }
        if let Some(capacity) = inner.capacity {
            let room = usize::try_from(capacity.saturating_sub(inner.files.used())).unwrap_or(usize::MAX);
            if room < fits {
                fits = room;
                error = Some(io::ErrorKind::StorageFull.into());
            }
        }
        inner.files.made(path).bytes.extend_from_slice(bytes.get(..fits).unwrap_or_default());
        error.map_or(Ok(()), Err)
    }

    fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        let mut inner = self.inner();
        inner.call(On::Truncate, path)?;
        inner.found(path)?.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }

    fn sync_data(&self, path: &str) -> io::Result<()> {
        let mut inner = self.inner();
        let called = inner.call(On::Sync, path);
        let ignored = inner.ignores_syncs;
        let inode = inner.found(path)?;
        if let Err(error) = called {
            inode.lose_unsynced();
            return Err(error);
        }
        if !ignored {
            inode.sync();
        }
        Ok(())
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        let mut inner = self.inner();
        inner.call(On::SyncDir, folder)?;
        if !inner.ignores_syncs {
            inner.files.sync_dir(folder);
        }
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = self.inner();
        inner.call(On::Rename, from)?;
        if inner.files.rename(from, to) { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let mut inner = self.inner();
        inner.call(On::Remove, path)?;
        inner.files.remove(path);
        Ok(())
    }
}

fn coin(random: &mut StdRng) -> bool {
    random.random_range(0..2_u8) == 0
}
