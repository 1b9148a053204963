use super::ConfigError;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// `[server]`: where the platform listens and where it keeps its data.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port; port 0 is any free one. `BOWEI_LISTEN`. Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// The data folder. `BOWEI_DATA`. Default `bowei-data`.
    pub data: PathBuf,
    /// A file with the master key that seals secrets at rest; default `master.key` in the data folder, made at the
    /// first start. `BOWEI_MASTER_KEY_FILE`, or the key itself in `BOWEI_MASTER_KEY`.
    pub master_key_file: Option<PathBuf>,
    /// Networks of proxies in front, such as `10.0.0.0/8`: their `X-Forwarded-For` says for whom a request is, and the
    /// bounds for one address do not hold for their own. This machine is always among them. Default: no other.
    pub trusted_proxies: Vec<IpNet>,
    /// Serve `/metrics` here instead of on the main address.
    pub metrics_listen: Option<SocketAddr>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: PathBuf::from("bowei-data"),
            master_key_file: None,
            trusted_proxies: Vec::new(),
            metrics_listen: None,
        }
    }
}

impl ServerConfig {
    pub(super) fn override_from_environment(&mut self) -> Result<(), ConfigError> {
        if let Ok(value) = std::env::var("BOWEI_LISTEN") {
            self.listen = value.parse().map_err(|_| ConfigError::Variable {
                variable: "BOWEI_LISTEN",
                value,
                expected: "an address with a port, such as 127.0.0.1:8080",
            })?;
        }
        if let Ok(value) = std::env::var("BOWEI_DATA") {
            self.data = PathBuf::from(value);
        }
        if std::env::var_os("BOWEI_MASTER_KEY").is_some() {
            self.master_key_file = None;
        }
        if let Ok(value) = std::env::var("BOWEI_MASTER_KEY_FILE") {
            self.master_key_file = Some(PathBuf::from(value));
        }
        Ok(())
    }
}
