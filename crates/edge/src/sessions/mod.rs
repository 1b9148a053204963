//! Parkings kept at the lot itself. Where cameras are all there is, the keeper makes them: who came in and goes out
//! together, under which record id, and how many spaces that leaves. Where the lot's own system reports, the keeper
//! only follows.
//!
//! Pure: no clock and no disk. What it holds is bounded by the cars that can be inside and by the passages that a
//! camera may yet send again.

mod clocks;
mod from_cameras;
mod from_reports;
mod identity;
mod inside;
mod made;
mod plate_match;
mod readings;
mod recent;
mod snapshot;

use bowei_model::{Direction, LotCode, Report};
use bytes::Bytes;
use jiff::Timestamp;

pub use clocks::CameraClock;
pub use inside::Inside;
pub use snapshot::SnapshotFault;

use clocks::Clocks;
use inside::Cars;
use readings::Readings;
use recent::Recent;

/// A lane that a camera looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Whether cars come in or go out by it.
    pub direction: Direction,
    /// Its gate's code (通道编码).
    pub gate: Option<String>,
    /// Its gate's name (通道名称).
    pub gate_name: Option<String>,
}

/// A report that the keeper made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The report: a passage, or a photo of one.
    pub report: Report,
    /// The photo's bytes, as its report's digest says.
    pub picture: Option<Bytes>,
}

/// The cars of one lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OccupancyTracker {
    lot: LotCode,
    spaces_total: Option<u32>,
    /// Spaces free or taken by what we count, from the lot's own last count; goes before `spaces_total`.
    counted: Option<i64>,
    /// When the lot counted last, or a car passed whose record said a count.
    counted_at: Option<Timestamp>,
    /// The latest moment of which anything is known: a count or a passage.
    known_at: Option<Timestamp>,
    reserved: u32,
    cars: Cars,
    recent: Recent,
    readings: Readings,
    clocks: Clocks,
}

impl OccupancyTracker {
    /// An empty lot.
    pub fn new(lot: LotCode, spaces_total: Option<u32>) -> Self {
        Self {
            lot,
            spaces_total,
            counted: None,
            counted_at: None,
            known_at: None,
            reserved: 0,
            cars: Cars::default(),
            recent: Recent::default(),
            readings: Readings::default(),
            clocks: Clocks::default(),
        }
    }

    /// What is known of a camera's clock.
    pub fn clock(&self, device: &str) -> Option<&CameraClock> {
        self.clocks.of(device)
    }

    /// The cars inside, those longest there first.
    pub fn inside(&self) -> impl Iterator<Item = &Inside> {
        self.cars.iter()
    }

    /// Free spaces: all of them less the cars inside and the reserved ones, from the lot's own last count on where it
    /// counts. `None` where neither is known. Never below zero, and never more than there are: cars that were missed
    /// make a count drift, and a board at a gate shows neither.
    pub fn vacant(&self) -> Option<i64> {
        let all = self.counted.or(self.spaces_total.map(i64::from))?;
        let free = all.saturating_sub(self.cars.len()).saturating_sub(i64::from(self.reserved));
        Some(free.clamp(0, self.spaces_total.map_or(i64::MAX, i64::from)))
    }

    /// How many spaces are reserved now for cars that have not come yet.
    pub fn set_reserved(&mut self, spaces: u32) {
        self.reserved = spaces;
    }

    /// Stops counting cars that have been inside too long to be there; [`OccupancyTracker::see`] does so itself. For a lot that
    /// only follows: once an hour is often enough.
    pub fn forget_the_gone(&mut self, now: Timestamp) {
        self.cars.forget_the_gone(now);
    }

    /// The lot says how many spaces were free at `at`: from now on that is where counting begins, unless something is
    /// known of later than that. Cars that passed since are not in it.
    fn count_from(&mut self, vacant: i64, at: Timestamp) {
        if self.known_at.is_some_and(|known| at < known) {
            return;
        }
        self.known_at = Some(at);
        self.counted_at = Some(at);
        let taken = self.cars.len().saturating_add(i64::from(self.reserved));
        self.counted = Some(vacant.saturating_add(taken));
    }
}
