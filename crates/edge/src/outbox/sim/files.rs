//! The files of the disk in memory, and what of them is safe.

use super::coin;
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::BTreeMap;

/// Bytes that a disk writes together.
const SECTOR: usize = 512;

/// A file's bytes.
#[derive(Clone, Default)]
pub(super) struct Inode {
    pub(super) bytes: Vec<u8>,
    safe: Safe,
    /// A sync failed when there were only so many safe bytes: none behind them ever will be.
    lost_from: Option<usize>,
}

/// What is synced of a file.
#[derive(Clone)]
enum Safe {
    First(usize),
    // It was cut, and that is not synced.
    Whole(Vec<u8>),
}

impl Default for Safe {
    fn default() -> Self {
        Self::First(0)
    }
}

impl Inode {
    pub(super) fn sync(&mut self) {
        self.safe = Safe::First(self.lost_from.unwrap_or(usize::MAX).min(self.bytes.len()));
    }

    pub(super) fn lose_unsynced(&mut self) {
        let safe = if let Safe::First(length) = self.safe { length } else { self.bytes.len() };
        self.lost_from = Some(self.lost_from.map_or(safe, |lost| lost.min(safe)));
    }

    pub(super) fn truncate(&mut self, length: usize) {
        if let Safe::First(safe) = self.safe
            && length < safe
        {
            self.safe = Safe::Whole(self.bytes.get(..safe).unwrap_or_default().to_vec());
        }
        self.bytes.truncate(length);
    }

    fn after_power_loss(&self, random: &mut StdRng) -> Self {
        let mut bytes = match &self.safe {
            Safe::Whole(whole) if coin(random) => whole.clone(),
            Safe::Whole(_) => self.bytes.clone(),
            Safe::First(safe) => {
                let (kept, rest) = self.bytes.split_at((*safe).min(self.bytes.len()));
                let mut bytes = kept.to_vec();
                bytes.extend(torn(rest, random));
                bytes
            }
        };
        if let Some(lost) = self.lost_from
            && coin(random)
        {
            bytes.truncate(lost);
        }
        let safe = Safe::First(bytes.len());
        Self { bytes, safe, lost_from: None }
    }
}

/// What is left of bytes that were not synced.
fn torn(rest: &[u8], random: &mut StdRng) -> Vec<u8> {
    let length = random.random_range(0..=rest.len());
    let first = rest.get(..length).unwrap_or_default().to_vec();
    match random.random_range(0..5_u8) {
        0 => Vec::new(),
        1 => rest.to_vec(),
        2 => first,
        3 => {
            // The length was written and the bytes were not, or others were.
            let mut first = first;
            let more = random.random_range(0..=(rest.len() - length).min(4 * SECTOR));
            let zeros = coin(random);
            first.extend((0..more).map(|_| if zeros { 0 } else { random.random_range(0..=u8::MAX) }));
            first
        }
        _ => {
            let mut all = rest.to_vec();
            for sector in all.chunks_mut(SECTOR) {
                if coin(random) {
                    sector.fill(0);
                }
            }
            all
        }
    }
}

/// A change of names that is not synced.
#[derive(Clone)]
enum Change {
    Made { path: String, inode: usize },
    Renamed { from: String, to: String, inode: usize },
    Removed { path: String },
}

impl Change {
    fn folder(&self) -> &str {
        match self {
            Self::Made { path, .. } | Self::Removed { path } | Self::Renamed { to: path, .. } => folder(path),
        }
    }

    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Made { path, inode } => {
                names.insert(path.clone(), *inode);
            }
            Self::Renamed { from, to, inode } => {
                names.remove(from);
                names.insert(to.clone(), *inode);
            }
            Self::Removed { path } => {
                names.remove(path);
            }
        }
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// All files.
#[derive(Clone, Default)]
pub(super) struct Files {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    safe_names: BTreeMap<String, usize>,
    changes: Vec<Change>,
}

impl Files {
    pub(super) fn find(&self, path: &str) -> Option<&Inode> {
        self.inodes.get(*self.names.get(path)?)
    }

    pub(super) fn find_mut(&mut self, path: &str) -> Option<&mut Inode> {
        self.inodes.get_mut(*self.names.get(path)?)
    }

    /// The file, made where there is none.
    pub(super) fn made(&mut self, path: &str) -> &mut Inode {
        let place = self.names.get(path).copied().unwrap_or(self.inodes.len());
        if place == self.inodes.len() {
            self.inodes.push(Inode::default());
            self.change(Change::Made { path: path.to_owned(), inode: place });
        }
        let last = self.inodes.len() - 1;
        #[allow(clippy::indexing_slicing, reason = "there is at least the one that was just pushed")]
        &mut self.inodes[place.min(last)]
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.changes.push(change);
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> bool {
        let Some(inode) = self.names.get(from).copied() else { return false };
        self.change(Change::Renamed { from: from.to_owned(), to: to.to_owned(), inode });
        true
    }

    pub(super) fn remove(&mut self, path: &str) {
        if let Some(inode) = self.names.get(path).copied() {
            self.change(Change::Removed { path: path.to_owned() });
            // Files that nobody has a name for take no memory; one that comes back does so as it was synced.
            if !self.safe_names.values().any(|known| *known == inode)
                && let Some(inode) = self.inodes.get_mut(inode)
            {
                *inode = Inode::default();
            }
        }
    }

    pub(super) fn sync_dir(&mut self, of: &str) {
        for change in std::mem::take(&mut self.changes) {
            if change.folder() == of {
                change.apply(&mut self.safe_names);
            } else {
                self.changes.push(change);
            }
        }
    }

    pub(super) fn list(&self, of: &str) -> Vec<String> {
        let within = self.names.keys().filter(|path| folder(path) == of);
        within.filter_map(|path| path.rsplit('/').next()).map(str::to_owned).collect()
    }

    pub(super) fn used(&self) -> u64 {
        self.names
            .values()
            .filter_map(|inode| self.inodes.get(*inode))
            .map(|inode| inode.bytes.len() as u64)
            .sum()
    }

    pub(super) fn paths(&self) -> Vec<(String, u64)> {
        let length = |inode: &usize| self.inodes.get(*inode).map_or(0, |inode| inode.bytes.len() as u64);
        self.names.iter().map(|(path, inode)| (path.clone(), length(inode))).collect()
    }

    pub(super) fn flip(&mut self, path: &str, byte: u64, bit: u8) -> bool {
        let place = usize::try_from(byte).unwrap_or(usize::MAX);
        let found = self.find_mut(path).and_then(|inode| inode.bytes.get_mut(place));
        found.map(|byte| *byte ^= 1 << (bit % 8)).is_some()
    }

    pub(super) fn put(&mut self, path: &str, bytes: &[u8]) {
        self.made(path).bytes = bytes.to_vec();
        self.made(path).safe = Safe::First(bytes.len());
        self.sync_dir(folder(path));
    }

    fn of(files: impl Iterator<Item = (String, Inode)>) -> Self {
        let mut all = Self::default();
        for (path, mut inode) in files {
            inode.safe = Safe::First(inode.bytes.len());
            all.names.insert(path.clone(), all.inodes.len());
            all.safe_names.insert(path, all.inodes.len());
            all.inodes.push(inode);
        }
        all
    }

    pub(super) fn after_power_loss(&self, random: &mut StdRng) -> Self {
        let mut names = self.safe_names.clone();
        // Mostly the first changes happened and the later did not; sometimes any did.
        let ordered = coin(random);
        let first = random.random_range(0..=self.changes.len());
        for (place, change) in self.changes.iter().enumerate() {
            if if ordered { place < first } else { coin(random) } {
                change.apply(&mut names);
            }
        }
        let left = names.into_iter().filter_map(|(path, inode)| Some((path, self.inodes.get(inode)?)));
        let left: Vec<_> = left.map(|(path, inode)| (path, inode.after_power_loss(random))).collect();
        Self::of(left.into_iter())
    }
}
