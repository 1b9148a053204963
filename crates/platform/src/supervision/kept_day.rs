//! What is kept of an evaluated day.

use bowei_model::supervision::{DayRates, Durations};
use serde::{Deserialize, Serialize};

/// What is kept of a day: all of it adds up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct KeptDay {
    /// Its rates.
    #[serde(flatten)]
    pub(crate) rates: DayRates,
    /// How long its stays were.
    #[serde(default)]
    pub(crate) stays: Durations,
}
