use bowei_store::InspectorBounds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `[inspector]`: how much of what was refused is kept for the message inspector.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InspectorConfig {
    /// Days that a refused message is kept. Default 30: the time a provider has from notice to registration.
    pub days_max: u32,
    /// Refused messages kept at most. Default 100,000, about 100 MB.
    pub rows_max: u64,
}

impl Default for InspectorConfig {
    fn default() -> Self {
        Self { days_max: 30, rows_max: 100_000 }
    }
}

impl InspectorConfig {
    /// The bounds as the store takes them.
    pub fn bounds(&self) -> InspectorBounds {
        let age_max = Duration::from_secs(u64::from(self.days_max) * 24 * 60 * 60);
        InspectorBounds { age_max, rows_max: self.rows_max }
    }
}
