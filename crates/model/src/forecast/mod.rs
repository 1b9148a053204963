//! Will there be a space when I arrive? A lot's free spaces some time ahead, from its own past and nothing else: the usual course
//! of such a day, and how far today is from it, which decays.
//!
//! [`LotForecast`] takes one day after the other ([`LotForecast::absorb`]): each day is first forecast with what was known
//! before it, which judges the forecast, and then learned. What it knows has a bound of about 10 KB a lot, however long the past.
//! Figures and reasons: docs/forecast.md.

mod day_kind;
mod day_samples;
mod horizon;
mod judgement;
mod lot_forecast;
mod profile;
mod residuals;
mod summary;

pub use day_kind::DayKind;
pub use day_samples::DaySamples;
pub use judgement::{JUDGED_DAYS, Judgement, Reliability, Score};
pub use lot_forecast::{LotForecast, Outlook, Verdict, enough};
pub use summary::{Summary, SummaryRow};

/// Minutes ahead that are learned, judged and published, each for itself.
pub const HORIZONS: [u32; 4] = [15, 30, 60, 120];
