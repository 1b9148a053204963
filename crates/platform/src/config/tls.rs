use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// `[tls]`: HTTPS beside plain HTTP. Two of the texts demand it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Address and port for HTTPS.
    pub listen: SocketAddr,
    /// The certificate chain, PEM. Read again when the file changes.
    pub certificate: PathBuf,
    /// Its private key, PEM. Read again when the file changes.
    pub private_key: PathBuf,
}
