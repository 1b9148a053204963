use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[webhook]`: where the platform tells what somebody waits for: an order's term, an answer. SMS and mail are the
/// receiver's part.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where to, `https://…`; plain http to this machine alone. Nothing is told without it.
    pub url: Option<String>,
    /// The file with the secret that deliveries are signed with, at least 16 bytes.
    pub secret_file: Option<PathBuf>,
}
