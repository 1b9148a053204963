//! HTTPS, with a certificate that is renewed while the platform runs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use bowei_platform::config::TlsConfig;
use bowei_platform::http::tls::Tls;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

fn certify(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

fn config(folder: &Path) -> TlsConfig {
    TlsConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        certificate: folder.join("cert.pem"),
        private_key: folder.join("key.pem"),
    }
}

/// Whether a client that trusts `certificate` alone gets a connection.
async fn trusted(tls: &Tls, certificate: CertificateDer<'static>) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = tls.acceptor();
    let serving =
        tokio::spawn(async move { acceptor.accept(listener.accept().await.unwrap().0).await.map(drop) });
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connected = TlsConnector::from(Arc::new(client)).connect(name, stream).await.is_ok();
    let _ = serving.await.unwrap();
    connected
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart_and_a_spoilt_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let first = certify(folder.path());
    let tls = Tls::open(config(folder.path())).unwrap();
    assert!(trusted(&tls, first.clone()).await);
    assert!(!tls.refresh().unwrap(), "nothing has changed");

    let second = certify(folder.path());
    touch(folder.path(), 10);
    assert!(tls.refresh().unwrap());
    assert!(trusted(&tls, second.clone()).await);
    assert!(!trusted(&tls, first).await);

    std::fs::write(folder.path().join("cert.pem"), "spoilt").unwrap();
    touch(folder.path(), 20);
    let error = tls.refresh().unwrap_err().to_string();
    assert!(error.contains("cert.pem"), "{error}");
    assert!(trusted(&tls, second).await, "the old one stays in use");
}

/// Sets the files' times apart, whatever the file system's resolution.
fn touch(folder: &Path, seconds: u64) {
    let later = SystemTime::now() + Duration::from_secs(seconds);
    for name in ["cert.pem", "key.pem"] {
        let file = std::fs::File::options().write(true).open(folder.join(name)).unwrap();
        file.set_modified(later).unwrap();
    }
}
