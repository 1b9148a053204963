use bowei_store::InspectorBounds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The part of all that one provider's refused messages may be: ten providers whose every message is refused fill it.
const PROVIDER_PART: u64 = 10;

/// Refused messages that anybody may have sent, in all and of those that claim to be from one provider: what its engineer
/// needs who looks for the fault in his signature, and not so much that it could fill a disk.
const CLAIMED_ROWS_MAX: u64 = 2_000;
const CLAIMED_PROVIDER_ROWS_MAX: u64 = 200;

/// `[inspector]`: how much of what was refused is kept for the message inspector.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InspectorConfig {
    /// Days that a refused message is kept. Default 30: the time a provider has from notice to registration.
    pub days_max: u32,
    /// Refused messages kept at most, a tenth of them of one provider. Default 100,000, as a rule about 100 MB, and 16 KiB
    /// each at most. Of what nothing proves to be from the account that it names 2,000 are kept besides.
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
        InspectorBounds {
            age_max,
            rows_max: self.rows_max,
            provider_rows_max: self.rows_max.div_ceil(PROVIDER_PART),
            claimed_rows_max: CLAIMED_ROWS_MAX,
            claimed_provider_rows_max: CLAIMED_PROVIDER_ROWS_MAX,
        }
    }
}
