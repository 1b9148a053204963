//! Turns: what belongs to one key is done one after another, and what belongs to others seldom waits for it.

use std::hash::{DefaultHasher, Hash, Hasher};
use tokio::sync::{Mutex, MutexGuard};

/// Rows in which keys wait. Two keys in one row wait for each other without need; more rows make that rarer.
const ROWS: usize = 64;

/// Rows of turns.
pub(super) struct Turns {
    first: Mutex<()>,
    others: Vec<Mutex<()>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { first: Mutex::default(), others: (1..ROWS).map(|_| Mutex::default()).collect() }
    }
}

impl Turns {
    /// Waits for the key's turn, which lasts until the guard is dropped.
    pub(super) async fn take(&self, key: &impl Hash) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let row = usize::try_from(hasher.finish() % ROWS as u64).unwrap_or_default();
        row.checked_sub(1).and_then(|row| self.others.get(row)).unwrap_or(&self.first).lock().await
    }
}
