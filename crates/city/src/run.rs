//! Runs of the simulated city: so many hours that end now, or some hours of history and then real time for ever.
//!
//! A run never says anything of the future: one of H hours starts H hours before now, and nothing is sent before
//! its simulated moment has come.

use crate::faults::{FaultOptions, Faulty};
use crate::message::Message;
use crate::plan::CityPlan;
use crate::simulation::{PhotoShare, Simulation, SimulationOptions};
use crate::truth::SharedTruth;
use jiff::{SignedDuration, Timestamp, Unit};

/// Passages a second below which a live city never falls, on average: one in a second and a half.
pub(crate) const LIVE_FLOOR_PASSAGES_PER_S: f64 = 0.65;
/// The share of cars without a plate: new ones, and those whose plate no camera can find.
const UNPLATED_SHARE: f64 = 0.015;
/// Of a past that is made up, so much has photos.
const PHOTOGRAPHED: SignedDuration = SignedDuration::from_hours(24);
/// How many parkings that are over a live run remembers.
pub(crate) const LIVE_GONE_KEPT: usize = 50_000;

/// Traffic in the order in which it falls due.
pub type Traffic = Box<dyn Iterator<Item = Message> + Send>;

/// Traffic ready to be sent.
pub struct Prepared {
    /// The messages.
    pub traffic: Traffic,
    /// What really happens as they come out: while a run goes on, up to the sender's queues ahead of what the
    /// platform has been told.
    pub truth: SharedTruth,
    /// The simulated moment at which it starts.
    pub start: Timestamp,
}

/// A run of some hours.
#[derive(Clone, Debug)]
pub struct HoursOptions {
    /// How many hours; they end now. Default 6.
    pub hours: f64,
    /// How many times the usual number of cars. Default 1.
    pub busyness: f64,
    /// See [`SimulationOptions::floor_passages_per_s`]. Default 0.
    pub floor_passages_per_s: f64,
    /// The share of parkings that are photographed. Default 0.1.
    pub photos: f64,
    /// What goes wrong. Default nothing.
    pub faults: Option<FaultOptions>,
}

impl Default for HoursOptions {
    fn default() -> Self {
        Self { hours: 6.0, busyness: 1.0, floor_passages_per_s: 0.0, photos: 0.1, faults: None }
    }
}

/// A run without end.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// When it starts: what lies before [`LiveOptions::live_from`] is history.
    pub start: Timestamp,
    /// From when on it is to look lively. A run that is begun anew from the same start goes the same way as long as this is
    /// the same too.
    pub live_from: Timestamp,
    /// How many times the usual number of cars. Default 1.
    pub busyness: f64,
    /// See [`SimulationOptions::floor_passages_per_s`]; it holds for the live part alone. Default
    /// [`LIVE_FLOOR_PASSAGES_PER_S`].
    pub floor_passages_per_s: f64,
    /// The share of parkings that are photographed before [`LiveOptions::live_from`]. Default 0.02.
    pub history_photos: f64,
    /// From when on they are. Default 24 hours before [`LiveOptions::live_from`]; `None`: from the start.
    pub photos_from: Option<Timestamp>,
    /// The same from then on. Default 1.
    pub live_photos: f64,
    /// What goes wrong. Default nothing.
    pub faults: Option<FaultOptions>,
}

impl LiveOptions {
    /// The defaults: live from `now` on, with so many hours of history before it.
    pub fn new(now: Timestamp, history_hours: f64) -> Self {
        Self {
            start: before(now, history_hours),
            live_from: now,
            busyness: 1.0,
            floor_passages_per_s: LIVE_FLOOR_PASSAGES_PER_S,
            history_photos: 0.02,
            photos_from: now.checked_sub(PHOTOGRAPHED).ok(),
            live_photos: 1.0,
            faults: None,
        }
    }
}

/// Hours of the city that end at `now`.
pub fn hours(plan: &CityPlan, options: &HoursOptions, now: Timestamp) -> Prepared {
    let (start, now) = (before(now, options.hours), whole_second(now));
    let simulation = SimulationOptions {
        busyness: options.busyness,
        floor_passages_per_s: options.floor_passages_per_s,
        photos: PhotoShare::always(options.photos),
        unplated_share: UNPLATED_SHARE,
        ..SimulationOptions::new(plan.seed, start, Some(now))
    };
    prepare(plan, simulation, options.faults.clone())
}

/// The city from its start on, without end.
pub fn live(plan: &CityPlan, options: &LiveOptions) -> Prepared {
    let simulation = SimulationOptions {
        busyness: options.busyness,
        floor_passages_per_s: options.floor_passages_per_s,
        floor_from: Some(options.live_from),
        photos: PhotoShare {
            from: options.photos_from,
            history: options.history_photos,
            live: options.live_photos,
            live_from: Some(options.live_from),
        },
        unplated_share: UNPLATED_SHARE,
        opening_on_time: true,
        gone_kept: Some(LIVE_GONE_KEPT),
        ..SimulationOptions::new(plan.seed, whole_second(options.start), None)
    };
    prepare(plan, simulation, options.faults.clone())
}

fn prepare(plan: &CityPlan, options: SimulationOptions, faults: Option<FaultOptions>) -> Prepared {
    let start = options.start;
    let simulation = Simulation::new(plan, options);
    let truth = simulation.truth();
    let traffic: Traffic = match faults {
        Some(faults) => Box::new(Faulty::new(simulation, truth.clone(), faults)),
        None => Box::new(simulation),
    };
    Prepared { traffic, truth, start }
}

fn before(now: Timestamp, hours: f64) -> Timestamp {
    let back = SignedDuration::try_from_secs_f64(hours.max(0.0) * 3_600.0).unwrap_or_default();
    whole_second(now.saturating_sub(back).unwrap_or(now))
}

/// The wall clocks of the texts know no fractions.
fn whole_second(at: Timestamp) -> Timestamp {
    at.round(jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Trunc)).unwrap_or(at)
}
