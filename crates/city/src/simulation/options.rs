//! How a simulation goes: from when to when, how busy, what is photographed.

use super::Life;
use jiff::Timestamp;

/// How to simulate.
#[derive(Clone, Debug)]
pub struct SimulationOptions {
    /// The seed of the traffic; usually the plan's.
    pub seed: u64,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends; `None`: never.
    pub until: Option<Timestamp>,
    /// How many times the usual number of cars. Default 1.
    pub busyness: f64,
    /// Passages a second, over the whole city and on average, below which it never falls: at quiet hours cars that
    /// stop for some minutes are added wherever there is space. Default 0: nights are as quiet as nights are.
    pub floor_passages_per_s: f64,
    /// From when on that holds. Default from the start.
    pub floor_from: Option<Timestamp>,
    /// Which passages are photographed.
    pub photos: PhotoShare,
    /// The share of cars without a plate. Default 0.
    pub unplated_share: f64,
    /// Whether who is inside at the start is reported as it came, before the start, and not when the run starts. Default
    /// no: a platform that listens is told of the past late.
    pub opening_on_time: bool,
    /// How many parkings that are over the truth remembers. Default all.
    pub gone_kept: Option<usize>,
    /// What goes on in the city. Default nothing: one week is as the other.
    pub life: Life,
}

impl SimulationOptions {
    /// The usual traffic of a city between two moments.
    pub fn new(seed: u64, start: Timestamp, until: Option<Timestamp>) -> Self {
        Self {
            seed,
            start,
            until,
            busyness: 1.0,
            floor_passages_per_s: 0.0,
            floor_from: None,
            photos: PhotoShare::default(),
            unplated_share: 0.0,
            opening_on_time: false,
            gone_kept: None,
            life: Life::default(),
        }
    }
}

/// The share of parkings that are photographed, going in and going out. Opening a picture costs a platform some
/// dozen private-key operations, so that hours made up for quickly should have few.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhotoShare {
    /// Before [`PhotoShare::live_from`]. Default 1.
    pub history: f64,
    /// From then on. Default 1.
    pub live: f64,
    /// When the second share begins to count; `None`: never.
    pub live_from: Option<Timestamp>,
    /// Before this nothing is photographed; `None`: from the start on.
    pub from: Option<Timestamp>,
}

impl Default for PhotoShare {
    fn default() -> Self {
        Self { history: 1.0, live: 1.0, live_from: None, from: None }
    }
}

impl PhotoShare {
    /// The same share all the time.
    pub fn always(share: f64) -> Self {
        Self { history: share, ..Self::default() }
    }

    pub(super) fn at(self, at: Timestamp) -> f64 {
        if self.from.is_some_and(|from| at < from) {
            return 0.0;
        }
        if self.live_from.is_some_and(|from| at >= from) { self.live } else { self.history }
    }
}
