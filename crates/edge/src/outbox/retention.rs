//! What goes, and when.
//!
//! Ages are of whole segments and count from their newest record. A clock that leaps forward by more than an hour
//! between two looks ages nothing by the leap: the time it skips may never have been. One that was ahead counts what
//! it wrote as new.

use super::state::State;
use super::writer::Writer;
use std::collections::BTreeSet;
use std::time::Duration;

/// A step of the clock that is larger is a leap. The writer looks every second: so long a silence is a machine that
/// slept or a clock that was set, and an hour is less than any time that is kept.
const LEAP_MS: i64 = 3_600_000;

/// What may go is looked for so often.
const LOOK_EVERY_MS: i64 = 60_000;

impl Writer {
    /// Follows the clock, and looks for what may go when it is time, or `now`.
    pub(super) fn look(&mut self, now: bool) {
        let at = self.shared.now_ms();
        self.follow(at);
        if now || (at - self.tidied_ms).abs() >= LOOK_EVERY_MS {
            self.tidied_ms = at;
            self.drop_old_records(at);
            self.drop_old_pictures(at);
        }
    }

    fn follow(&mut self, at: i64) {
        let step = at - self.looked_ms;
        self.looked_ms = at;
        let leap = if step > LEAP_MS { step } else { 0 };
        let mut state = self.shared.state();
        let State { segments, pictures, .. } = &mut *state;
        for segment in segments.values_mut().chain(pictures.values_mut()) {
            segment.born_ms = segment.born_ms.saturating_add(leap).min(at);
        }
        if leap > 0 {
            tracing::warn!(leap_s = leap / 1000, "the clock leapt forward: nothing is older for it");
        }
    }

    /// Segments of records that every platform has, and that have been kept as long as they are kept. Never the
    /// newest, which knows the numbers that were given.
    fn drop_old_records(&mut self, at: i64) {
        let keep = millis(self.shared.limits.keep_delivered);
        let old: Vec<(u32, String)> = {
            let state = self.shared.state();
            let waiting: BTreeSet<u32> = (state.index.records.iter().enumerate())
                .filter(|(place, _)| !state.index.settled(*place))
                .map(|(_, record)| record.segment)
                .collect();
            let newest = state.segments.keys().next_back().copied();
            let old = state.segments.iter().filter(|(id, segment)| {
                Some(**id) != newest && !waiting.contains(id) && at - segment.born_ms >= keep
            });
            old.map(|(id, segment)| (*id, segment.path.clone())).collect()
        };
        for (id, path) in old {
            // A record of it may be wanted once more by now.
            let wanted = |state: &State| {
                let mut records = state.index.records.iter().enumerate();
                records.any(|(place, record)| record.segment == id && !state.index.settled(place))
            };
            {
                let mut state = self.shared.state();
                if wanted(&state) {
                    continue;
                }
                state.index.forget(id);
                state.segments.remove(&id);
            }
            let gone = self.shared.disk.remove(&path).and_then(|()| self.shared.disk.sync_dir("log"));
            if let Err(error) = gone {
                tracing::warn!(path, %error, "delivered records cannot be deleted: they are deleted after a restart");
            }
        }
    }

    /// Segments of pictures that every platform has, or that have waited as long as pictures wait.
    fn drop_old_pictures(&mut self, at: i64) {
        let limits = &self.shared.limits;
        let (delivered, waiting) = (millis(limits.keep_delivered_photos), millis(limits.photos_keep));
        let old: Vec<u32> = {
            let state = self.shared.state();
            let awaited = awaited(&state);
            let old = state.pictures.iter().filter(|(id, segment)| {
                at - segment.born_ms >= if awaited.contains(id) { waiting } else { delivered }
            });
            old.map(|(id, _)| *id).collect()
        };
        for id in old {
            self.drop_pictures(id);
        }
    }

    /// Drops pictures until so many bytes more are within bounds; false where there are too few to drop.
    pub(super) fn make_room(&mut self, bytes: u64) -> bool {
        loop {
            let used = self.shared.state().bytes();
            if used.saturating_add(bytes) <= self.shared.limits.max_bytes {
                return true;
            }
            if !self.drop_one_for_room() {
                return false;
            }
        }
    }

    /// Drops one segment of pictures: the oldest that nobody waits for, else the oldest.
    pub(super) fn drop_one_for_room(&mut self) -> bool {
        let (id, awaited) = {
            let state = self.shared.state();
            let awaited = awaited(&state);
            let filled = state.pictures.iter().filter(|(_, segment)| segment.bytes > 0);
            let mut ids = filled.map(|(id, _)| *id);
            let Some(id) = ids.clone().find(|id| !awaited.contains(id)).or_else(|| ids.next()) else {
                return false;
            };
            (id, awaited.contains(&id))
        };
        if awaited {
            self.shared.state().made_room_ms = Some(self.shared.now_ms());
            tracing::warn!("photos that are not delivered are dropped for room");
        }
        self.drop_pictures(id);
        true
    }

    pub(super) fn drop_pictures(&mut self, id: u32) {
        if self.pictures.as_ref().is_some_and(|tail| tail.id == id) {
            self.pictures = None;
        }
        let path = {
            let mut state = self.shared.state();
            let lost = state.index.records.iter().enumerate().filter(|(place, record)| {
                record.picture_bytes > 0 && record.picture_segment == id && !state.index.settled(*place)
            });
            let lost = lost.count() as u64;
            state.photos_dropped += lost;
            state.pictures.remove(&id).map(|segment| segment.path)
        };
        if let Some(path) = path
            && let Err(error) = self.shared.disk.remove(&path)
        {
            tracing::warn!(path, %error, "photos cannot be deleted: they are deleted after a restart");
        }
    }
}

/// Segments with a picture that an uplink waits for.
fn awaited(state: &State) -> BTreeSet<u32> {
    let records = state.index.records.iter().enumerate();
    let waiting = records.filter(|(place, record)| record.picture_bytes > 0 && !state.index.settled(*place));
    waiting.map(|(_, record)| record.picture_segment).collect()
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
