use serde::{Deserialize, Serialize};

/// `[standards.NAME]`: settings of one standard.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StandardConfig {
    /// Whether it is served. Default true.
    pub enabled: bool,
    /// A path in front of the standard's own, such as `/huzhou`, for a city behind a reverse proxy. Default none.
    pub prefix: String,
}

impl Default for StandardConfig {
    fn default() -> Self {
        Self { enabled: true, prefix: String::new() }
    }
}
