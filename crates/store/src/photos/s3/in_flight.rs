//! How much may be on its way to S3, so that a server that has become slow does not fill the memory.

use crate::{Result, StoreError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of pictures that may be on their way or wait for it: what a flood may take of memory.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Pictures that may, for very small ones weigh more than their bytes.
const PICTURES_MAX: usize = 8_192;

/// What is on its way.
#[derive(Clone, Default)]
pub(super) struct InFlight(Arc<Mutex<Weight>>);

#[derive(Clone, Copy, Default)]
struct Weight {
    pictures: usize,
    bytes: usize,
}

impl InFlight {
    /// Makes room, or turns away at once. One put alone is never too much.
    pub(super) fn admit(&self, pictures: usize, bytes: usize) -> Result<Admitted> {
        let mut now = self.lock();
        let full = now.pictures + pictures > PICTURES_MAX || now.bytes + bytes > BYTES_MAX;
        if full && now.pictures > 0 {
            metrics::counter!("bowei_photos_overloaded_total").increment(1);
            return Err(StoreError::Overloaded { waiting: now.pictures });
        }
        now.pictures += pictures;
        now.bytes += bytes;
        Ok(Admitted { of: self.clone(), weight: Weight { pictures, bytes } })
    }

    fn lock(&self) -> MutexGuard<'_, Weight> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room taken; given back when dropped, also by a put that nobody waits for any more.
pub(super) struct Admitted {
    of: InFlight,
    weight: Weight,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut now = self.of.lock();
        now.pictures -= self.weight.pictures;
        now.bytes -= self.weight.bytes;
    }
}
