//! TLS by rustls. The certificate files are looked at every few seconds and read again when they have changed, so
//! that a renewed certificate needs no restart; one that cannot be read leaves the old one in use. When the one in use ends
//! is a metric, so that somebody notices where nothing renews it.

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tokio_rustls::TlsAcceptor;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or does not hold what it should.
    #[error(
        "{path}: {problem}. PEM is expected: the certificate chain in one file, its private key in another"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Certificate and key do not go together.
    #[error("the certificate and its private key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// A certificate in use.
pub struct Tls {
    files: Files,
    acceptor: ArcSwap<(TlsAcceptor, Stamp)>,
}

/// Where the certificate chain and its private key lie.
struct Files {
    certificate: PathBuf,
    private_key: PathBuf,
}

/// When the two files were last changed.
type Stamp = [Option<SystemTime>; 2];

impl Tls {
    /// Reads the files.
    pub fn open(certificate: PathBuf, private_key: PathBuf) -> Result<Self, TlsError> {
        let files = Files { certificate, private_key };
        let stamp = stamp(&files);
        let acceptor = read(&files)?;
        Ok(Self { files, acceptor: ArcSwap::from_pointee((acceptor, stamp)) })
    }

    /// The acceptor to use for the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.load().0.clone()
    }

    /// Reads the files again if they have changed. Says whether a new certificate is in use.
    pub fn refresh(&self) -> Result<bool, TlsError> {
        let stamp = stamp(&self.files);
        if stamp == self.acceptor.load().1 {
            return Ok(false);
        }
        let acceptor = read(&self.files)?;
        self.acceptor.store(Arc::new((acceptor, stamp)));
        Ok(true)
    }
}

fn stamp(files: &Files) -> Stamp {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    [changed(&files.certificate), changed(&files.private_key)]
}

fn read(files: &Files) -> Result<TlsAcceptor, TlsError> {
    let failed = |path: &Path, problem: String| TlsError::File { path: path.to_owned(), problem };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| failed(&files.certificate, error.to_string()))?;
    let Some(own) = chain.first() else {
        return Err(failed(&files.certificate, "no certificate in it".to_owned()));
    };
    let ends = end_of(own);
    let key = PrivateKeyDer::from_pem_file(&files.private_key)
        .map_err(|error| failed(&files.private_key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // No time where it cannot be told: an alert on a moment would be about the certificate before.
    metrics::gauge!("bowei_tls_certificate_expiry_seconds").set(ends.unwrap_or(f64::NAN));
    Ok(TlsAcceptor::from(Arc::new(server)))
}

/// When a certificate ends, in seconds since 1970.
fn end_of(certificate: &CertificateDer<'_>) -> Option<f64> {
    let ends = Certificate::from_der(certificate).map(|read| read.tbs_certificate.validity.not_after);
    match ends {
        Ok(ends) => Some(ends.to_unix_duration().as_secs_f64()),
        Err(error) => {
            tracing::warn!(%error, "it cannot be told when the TLS certificate ends");
            None
        }
    }
}
