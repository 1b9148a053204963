use serde::{Deserialize, Serialize};

/// `[store]`: where records are kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// `postgres://user:password@host:port/name`: a PostgreSQL database, in front of which any number of nodes may
    /// stand. `BOWEI_DATABASE`. Without it the embedded store in the data folder, for one node.
    pub database: Option<String>,
}

impl StoreConfig {
    pub(super) fn override_from_environment(&mut self) {
        if let Ok(value) = std::env::var("BOWEI_DATABASE") {
            self.database = Some(value);
        }
    }
}
