use super::ConfigError;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs as _};
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
            self.listen = listen_address(&value).map_err(|_| ConfigError::Variable {
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

/// An address and a port: `127.0.0.1:8080`, `localhost:8080`, or `:8080` for every address of this machine.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let wrong = || {
        format!(
            "应为“地址:端口”，如 127.0.0.1:8080、localhost:8080 或 :8080（所有地址） ADDRESS:PORT is expected, such as \
             127.0.0.1:8080, localhost:8080 or :8080 for every address, not {text:?}"
        )
    };
    if let Some(port) = text.strip_prefix(':') {
        return Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port.parse::<u16>().map_err(|_| wrong())?)));
    }
    let mut all = text.to_socket_addrs().map_err(|_| wrong())?.collect::<Vec<_>>();
    all.sort_by_key(|address| !address.is_ipv4());
    all.first().copied().ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_a_name_or_left_out() {
        for (text, read) in [
            (":8080", "0.0.0.0:8080"),
            ("localhost:8080", "127.0.0.1:8080"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("[::1]:8080", "[::1]:8080"),
        ] {
            assert_eq!(listen_address(text), Ok(read.parse().unwrap()), "{text}");
        }
        for text in ["", ":", "8080", "127.0.0.1", ":80800", "localhost"] {
            assert!(listen_address(text).is_err(), "{text}");
        }
    }
}
