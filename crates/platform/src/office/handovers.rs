//! Keys that wait for the provider's own account to collect them: sealed, once, and gone.

use super::Document;
use bowei_model::ProviderCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Keys that wait.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Handover {
    /// Whose they are.
    pub(crate) provider: ProviderCode,
    /// For which standard.
    pub(crate) standard: String,
    /// The account in messages.
    pub(crate) account: String,
    /// The fields, sealed; base64.
    pub(crate) sealed: String,
    /// When they were issued.
    pub(crate) at: Timestamp,
}

impl Document for Handover {
    const KIND: &'static str = "handover";

    fn state(&self) -> String {
        "waiting".to_owned()
    }

    fn provider(&self) -> Option<ProviderCode> {
        Some(self.provider.clone())
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}
