use serde::{Deserialize, Serialize};

/// `[photos]`: how long pictures are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhotosConfig {
    /// Days that pictures are kept; the records stay. Default 90. 0 keeps them for ever.
    pub days_max: u32,
}

impl Default for PhotosConfig {
    fn default() -> Self {
        Self { days_max: 90 }
    }
}
