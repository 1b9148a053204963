use serde::{Deserialize, Serialize};

/// `[retention]`: for how long plates are kept. Photos and refused messages have settings of their own (`photos.days_max`,
/// `inspector.days_max`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionConfig {
    /// Days that plates are kept from when they were received; then pseudonyms take their place. Default 365. 0 keeps them
    /// for ever.
    pub plates_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self { plates_days: 365 }
    }
}
