//! Who publishes the data.

use crate::config::{Config, OpenDataConfig};

/// Who publishes the data, and what it says of them.
pub(crate) struct Publisher {
    pub(super) name: String,
    pub(super) city: String,
    pub(super) told: OpenDataConfig,
}

impl Publisher {
    pub(super) fn of(config: &Config) -> Self {
        let (city, told) = (config.map.city.clone(), config.open_data.clone());
        Self { name: told.publisher.clone().unwrap_or_else(|| city.clone()), city, told }
    }
}
