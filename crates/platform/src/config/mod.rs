//! The configuration: one TOML file with a default for everything. `BOWEI_…` variables override the file, flags
//! override both. Unknown keys are errors, so that a misspelt setting is not silently the default.

mod accounts;
mod connection;
mod inspector;
mod limits;
mod lots;
mod map;
mod oidc;
mod open_data;
mod papers;
mod photos;
mod retention;
mod server;
mod standard;
mod store;
mod tls;
mod webhook;

pub use accounts::AccountsConfig;
pub use connection::{ConnectionConfig, DayKind};
pub use inspector::InspectorConfig;
pub use limits::LimitsConfig;
pub use lots::{LotsConfig, SelfDescribedLots};
pub use map::MapConfig;
pub(crate) use oidc::{CALLBACK_PATH, is_guarded};
pub use oidc::{OidcConfig, UnfitOidc};
pub use open_data::OpenDataConfig;
pub use papers::{PaperFonts, PapersConfig};
pub use photos::PhotosConfig;
pub use retention::RetentionConfig;
pub use server::{ServerConfig, listen_address};
pub use standard::StandardConfig;
pub use store::StoreConfig;
pub use tls::TlsConfig;
pub use webhook::WebhookConfig;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The whole configuration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where it listens and where it keeps its data.
    pub server: ServerConfig,
    /// Where records are kept.
    pub store: StoreConfig,
    /// HTTPS; absent: plain HTTP alone.
    pub tls: Option<TlsConfig>,
    /// Bounds on what is taken in at once.
    pub limits: LimitsConfig,
    /// People's accounts.
    pub accounts: AccountsConfig,
    /// Lots that describe themselves.
    pub lots: LotsConfig,
    /// `[connection]`.
    pub connection: ConnectionConfig,
    /// The message inspector.
    pub inspector: InspectorConfig,
    /// The office's papers.
    pub papers: PapersConfig,
    /// Who is told by webhook.
    pub webhook: WebhookConfig,
    /// Photos.
    pub photos: PhotosConfig,
    /// For how long plates are kept.
    pub retention: RetentionConfig,
    /// The map on the pages.
    pub map: MapConfig,
    /// What the open data say of themselves.
    pub open_data: OpenDataConfig,
    /// Settings by standard, such as `[standards.huzhou]`.
    pub standards: BTreeMap<String, StandardConfig>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "cannot read the configuration {path}: {source}. Name another with --config, or leave it out for the defaults"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not of the form.
    #[error("the configuration {path} does not fit: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What and where.
        problem: String,
    },
    /// A variable's value does not fit.
    #[error("{variable}={value} does not fit: {expected}")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What would fit.
        expected: &'static str,
    },
}

impl Config {
    /// Reads the file, if one is named, and then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config = match file {
            None => Self::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
                toml::from_str(&text).map_err(|error| ConfigError::Malformed {
                    path: path.to_owned(),
                    problem: error.to_string(),
                })?
            }
        };
        config.server.override_from_environment()?;
        config.store.override_from_environment();
        config.photos.override_from_environment();
        config.map.override_from_environment();
        if let Some(oidc) = &mut config.accounts.oidc {
            oidc.override_from_environment();
        }
        Ok(config)
    }

    /// Where the records are, for people: a database without the password that its address has, or the data folder.
    pub fn place(&self) -> String {
        let Some(url) = &self.store.database else { return self.server.data.display().to_string() };
        let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        format!("{scheme}://{}", place.split('?').next().unwrap_or_default())
    }

    /// The settings of a standard.
    pub fn standard(&self, name: &str) -> StandardConfig {
        self.standards.get(name).cloned().unwrap_or_default()
    }
}
