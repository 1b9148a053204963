//! HTTPS, with a certificate that is renewed while the platform runs.

use bowei_platform::accounts::Role;
use bowei_platform::accounts::user::{NewUser, password_digest};
use bowei_platform::config::TlsConfig;
use bowei_platform::{Clock as _, Config, Platform, Running, SystemClock};
use bowei_service::tls::Tls;
use bowei_store::Change;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

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

fn opened(folder: &Path) -> Tls {
    let TlsConfig { certificate, private_key, .. } = config(folder);
    Tls::open(certificate, private_key).unwrap()
}

/// A connection of a client that trusts `certificate` alone.
async fn connect(
    address: SocketAddr,
    certificate: CertificateDer<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
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
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}

/// Whether a client that trusts `certificate` alone gets a connection.
async fn trusted(tls: &Tls, certificate: CertificateDer<'static>) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = tls.acceptor();
    let serving =
        tokio::spawn(async move { acceptor.accept(listener.accept().await.unwrap().0).await.map(drop) });
    let connected = connect(address, certificate).await.is_ok();
    let _ = serving.await.unwrap();
    connected
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart_and_a_spoilt_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let first = certify(folder.path());
    let tls = opened(folder.path());
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

#[test]
fn a_metric_tells_when_the_certificate_in_use_ends() {
    let folder = tempfile::tempdir().unwrap();
    let certify_until = |year| {
        let mut asked = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        asked.not_after = rcgen::date_time_ymd(year, 1, 2);
        let key = rcgen::KeyPair::generate().unwrap();
        std::fs::write(folder.path().join("cert.pem"), asked.self_signed(&key).unwrap().pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    };
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let shown = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        certify_until(2027);
        let tls = opened(folder.path());
        let ends = |moment: &str| {
            let line = format!("bowei_tls_certificate_expiry_seconds {moment}\n");
            assert!(shown.render().contains(&line), "{}", shown.render());
        };
        ends("1798848000");
        // Past the years that the short form of a date has.
        certify_until(2051);
        touch(folder.path(), 10);
        assert!(tls.refresh().unwrap());
        ends("2556230400");
        std::fs::write(folder.path().join("cert.pem"), "spoilt").unwrap();
        touch(folder.path(), 20);
        tls.refresh().unwrap_err();
        ends("2556230400");
    });
}

/// A platform that speaks both, and the certificate that it shows.
async fn serving(folder: &Path) -> (Running, CertificateDer<'static>) {
    let certificate = certify(folder);
    let mut platform = Config::default();
    platform.server.data = folder.to_owned();
    platform.server.listen = "127.0.0.1:0".parse().unwrap();
    platform.tls = Some(config(folder));
    let running = Platform::open(platform, Arc::new(SystemClock)).await.unwrap().start().await.unwrap();
    (running, certificate)
}

#[tokio::test]
async fn a_platform_answers_over_https_as_over_http() {
    let folder = tempfile::tempdir().unwrap();
    let (running, certificate) = serving(folder.path()).await;
    let mut stream = connect(running.tls_address.unwrap(), certificate).await.unwrap();
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ready\n"), "{answer}");
    running.stop().await;
}

/// What a sign-in answers over a connection.
async fn signed_in(mut stream: impl AsyncRead + AsyncWrite + Unpin, more: &str) -> String {
    let body = r#"{"login":"li","password":"Harbour-Street-9"}"#;
    let head = format!("POST /api/v1/session HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{more}");
    let kind = format!("content-type: application/json\r\ncontent-length: {}", body.len());
    stream.write_all(format!("{head}{kind}\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("bowei_session="), "{answer}");
    answer
}

#[tokio::test]
async fn a_cookie_is_secure_where_its_own_request_came_by_https() {
    let folder = tempfile::tempdir().unwrap();
    let (running, certificate) = serving(folder.path()).await;
    let (login, name, role) = ("li".to_owned(), "李".to_owned(), Role::Viewer);
    let digest = password_digest("Harbour-Street-9").unwrap();
    let row = NewUser { login, name, role, district: None }.row(digest, false, SystemClock.now()).unwrap();
    running.app().store.administer(vec![Change::User(Box::new(row))], Vec::new()).await.unwrap();
    let secure = signed_in(connect(running.tls_address.unwrap(), certificate).await.unwrap(), "").await;
    assert!(secure.contains("; Secure"), "{secure}");
    let plain = || async { TcpStream::connect(running.address).await.unwrap() };
    let open = signed_in(plain().await, "").await;
    assert!(!open.contains("; Secure"), "{open}");
    // A proxy on this machine is trusted.
    let behind = signed_in(plain().await, "x-forwarded-proto: https\r\n").await;
    assert!(behind.contains("; Secure"), "{behind}");
    running.stop().await;
}

/// Sets the files' times apart, whatever the file system's resolution.
fn touch(folder: &Path, seconds: u64) {
    let later = SystemTime::now() + Duration::from_secs(seconds);
    for name in ["cert.pem", "key.pem"] {
        let file = std::fs::File::options().write(true).open(folder.join(name)).unwrap();
        file.set_modified(later).unwrap();
    }
}
