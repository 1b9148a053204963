//! The one HTTP client for what goes out: a platform asked by a lot, a lot's own system told by its gateway. TLS where
//! the address says so, connections that are kept, and a bound on every wait and on every answer.

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use std::error::Error;
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that nothing goes over are closed before the other side's or a router's own time-out ends (five minutes
/// and more): what is sent into a connection that the other side has given up is sent twice.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// What an [`HttpClient`] is bound by.
#[derive(Clone, Copy, Debug)]
pub struct ClientBounds {
    /// Connections that are kept while nothing goes over them.
    pub idle_connections: usize,
    /// How long a whole answer may take, the connection's coming about included.
    pub answer_timeout: Duration,
    /// The most bytes of an answer's body.
    pub answer_max_bytes: usize,
    /// Whether an address may be one of HTTPS.
    pub https: bool,
}

/// An address that nothing can be sent to.
#[derive(Debug, thiserror::Error)]
#[error(
    "{url:?} 不是可用的地址，应为 http://主机:端口 或 https://主机 is no address of a platform: http://HOST:PORT{} is expected, \
     with or without a path behind it",
    if_https(.https)
)]
pub struct BadAddress {
    /// The address.
    pub url: String,
    /// See [`ClientBounds::https`].
    pub https: bool,
}

fn if_https(https: &bool) -> &'static str {
    if *https { " or https://HOST" } else { "" }
}

/// No whole answer was received: whether the other side has taken the request is not known.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The request's path is none.
    #[error("{0}")]
    Path(http::uri::InvalidUri),
    /// There was no connection, so that nothing was sent: the error with what caused it.
    #[error("{0}")]
    NoConnection(String),
    /// No answer came over the connection: the error with what caused it.
    #[error("{0}")]
    Failed(String),
    /// The answer has more bytes than [`ClientBounds::answer_max_bytes`].
    #[error("the answer broke off: it has more than {max_bytes} bytes")]
    TooLarge {
        /// The bound.
        max_bytes: usize,
    },
    /// The answer ended before its end.
    #[error("the answer broke off: {0}")]
    BrokeOff(String),
    /// See [`ClientBounds::answer_timeout`].
    #[error("{secs} 秒内没有应答 no answer within {secs} s", secs = .0.as_secs())]
    TimedOut(Duration),
}

/// A client of one address, or of any.
pub struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: String,
    bounds: ClientBounds,
}

impl HttpClient {
    /// A client of `url`: `http://HOST:PORT` or `https://HOST`, with or without a path, which stands in front of every
    /// request's own. Certificates are held against the machine's own authorities.
    pub fn to(url: &str, bounds: ClientBounds) -> Result<Self, BadAddress> {
        let base = url.trim_end_matches('/').to_owned();
        let bad = || BadAddress { url: url.to_owned(), https: bounds.https };
        let parsed: Uri = base.parse().map_err(|_| bad())?;
        let is_spoken = match parsed.scheme_str() {
            Some("http") => true,
            Some("https") => bounds.https,
            _ => false,
        };
        if !is_spoken || parsed.host().is_none() {
            return Err(bad());
        }
        Self::with(base, roots(parsed.scheme_str()), bounds).ok_or_else(bad)
    }

    /// A client of whatever address a request's URI is of. Where one may be of HTTPS, the machine's own authorities are
    /// read here.
    pub fn to_any(bounds: ClientBounds) -> Result<Self, BadAddress> {
        let roots = roots(bounds.https.then_some("https"));
        let bad = || BadAddress { url: String::new(), https: bounds.https };
        Self::with(String::new(), roots, bounds).ok_or_else(bad)
    }

    /// `None` where there is no TLS.
    fn with(base: String, roots: RootCertStore, bounds: ClientBounds) -> Option<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Small messages that each wait for an answer must not wait for one another.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(bounds.idle_connections.max(1))
            .build(connector);
        Some(Self { client, base, bounds })
    }

    /// Sends a request, whose URI is a path behind the client's one address, and waits for the whole answer.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        let timeout = self.bounds.answer_timeout;
        tokio::time::timeout(timeout, self.exchange(request))
            .await
            .unwrap_or(Err(SendError::TimedOut(timeout)))
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        let (mut parts, body) = request.into_parts();
        if !self.base.is_empty() {
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            parts.uri = format!("{}{path}", self.base).parse().map_err(SendError::Path)?;
        }
        let is_plain = parts.uri.scheme_str() == Some("http");
        let answered = self.client.request(Request::from_parts(parts, Full::new(body)));
        let answer = answered.await.map_err(|error| {
            let words = in_words(&error, is_plain);
            if error.is_connect() { SendError::NoConnection(words) } else { SendError::Failed(words) }
        })?;
        let (parts, body) = answer.into_parts();
        let max_bytes = self.bounds.answer_max_bytes;
        let body = Limited::new(body, max_bytes).collect().await.map_err(|error| {
            match error.downcast_ref::<LengthLimitError>() {
                Some(_) => SendError::TooLarge { max_bytes },
                None => SendError::BrokeOff(error.to_string()),
            }
        })?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }
}

/// The machine's own certificates, which are megabytes where they are read: only for whom they are needed.
fn roots(scheme: Option<&str>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    if scheme == Some("https") {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    roots
}

/// What is wrong with a certificate, by how TLS says it.
const CERTIFICATES: [(&str, &str); 4] = [
    (
        "UnknownIssuer",
        "证书的签发机构不受本机信任：请安装平台的根证书 nobody whom this machine trusts has issued the certificate",
    ),
    (
        "not valid yet",
        "证书尚未生效，或本机时钟不准 the certificate is not valid yet, or this machine's clock is off",
    ),
    ("not valid for name", "证书不是此域名的，请核对 url 的域名 the certificate is of another name"),
    ("expired", "证书已过期，或本机时钟不准 the certificate has expired, or this machine's clock is off"),
];

/// Why there was no answer, for people: what a machine's network says in its own words only where it says something
/// that is none of the usual. Of a plain connection (`is_plain`) that was hung up, TLS may be what was expected.
fn in_words(error: &dyn Error, is_plain: bool) -> String {
    use std::io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable, TimedOut,
        UnexpectedEof,
    };
    let mut whole = error.to_string();
    let mut cause = error.source();
    let mut kind = None;
    while let Some(inner) = cause {
        whole = format!("{whole}: {inner}");
        kind = inner.downcast_ref::<std::io::Error>().map(std::io::Error::kind).or(kind);
        cause = inner.source();
    }
    let broke_off = if is_plain {
        "连接中断；若一再如此，此端口可能是 https，请核对 url the connection broke off: if it keeps doing so, the port may be one of https"
    } else {
        "连接中断 the connection broke off"
    };
    let words = match kind {
        Some(ConnectionRefused) => "连接被拒绝，对方没有程序在此端口监听 the connection is refused",
        Some(TimedOut) => "连接超时 the connection timed out",
        Some(HostUnreachable | NetworkUnreachable) => "网络不可达 the network cannot be reached",
        Some(ConnectionReset | ConnectionAborted | UnexpectedEof) => broke_off,
        _ if whole.contains("dns error") => "域名无法解析，请检查网络与 DNS the name cannot be resolved",
        _ if whole.contains("connection closed") => broke_off,
        _ if whole.contains("invalid peer certificate") => {
            let why = whole.rsplit("invalid peer certificate: ").next().unwrap_or_default();
            let words = CERTIFICATES.iter().find(|(begins, _)| why.contains(begins)).map(|(_, words)| *words);
            let words = words.unwrap_or("证书不被信任 the certificate is not trusted");
            return format!("{words} ({why})");
        }
        _ if whole.contains("corrupt message") || whole.contains("handshake eof") => {
            "此端口不是 https，请核对 url（http 还是 https、端口） the port speaks no https: look at the url"
        }
        _ if whole.contains("invalid HTTP version") => {
            "对方的应答不是 HTTP，此端口可能是 https，请核对 url the answer is no HTTP, the port may be one of https: look at the url"
        }
        _ => return whole,
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    const BOUNDS: ClientBounds = ClientBounds {
        idle_connections: 2,
        answer_timeout: Duration::from_secs(30),
        answer_max_bytes: 16,
        https: true,
    };

    /// Answers every connection's first request with `answer`, keeps it open, and gives back what was asked.
    async fn answering(answer: &'static str) -> (String, tokio::sync::mpsc::Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/base/", listener.local_addr().unwrap());
        let (asked, requests) = tokio::sync::mpsc::channel(8);
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = vec![0; 1_024];
                let read = stream.read(&mut bytes).await.unwrap();
                asked.send(String::from_utf8_lossy(&bytes[..read]).into_owned()).await.unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
                if !answer.ends_with("half") {
                    open.push(stream);
                }
            }
        });
        (url, requests)
    }

    fn get(path: &'static str) -> Request<Bytes> {
        Request::get(path).body(Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn an_answer_is_read_whole_and_the_address_stands_in_front_of_the_path() {
        let (url, mut requests) = answering("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone").await;
        let answer = HttpClient::to(&url, BOUNDS).unwrap().send(get("/v1?a=b")).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (404, &b"none"[..]));
        assert!(requests.recv().await.unwrap().starts_with("GET /base/v1?a=b HTTP/1.1\r\n"));
    }

    #[tokio::test]
    async fn an_answer_that_is_too_long_or_breaks_off_is_none() {
        let (url, _requests) =
            answering("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\nseventeen letters").await;
        let error = HttpClient::to(&url, BOUNDS).unwrap().send(get("/")).await.unwrap_err();
        assert!(matches!(error, SendError::TooLarge { max_bytes: 16 }), "{error}");
        let (url, _requests) = answering("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nhalf").await;
        let error = HttpClient::to(&url, BOUNDS).unwrap().send(get("/")).await.unwrap_err();
        assert!(matches!(error, SendError::BrokeOff(_)), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_answer_ends_the_wait() {
        let (url, mut requests) = answering("").await;
        let client = HttpClient::to(&url, BOUNDS).unwrap();
        let (answer, _asked) = tokio::join!(client.send(get("/")), requests.recv());
        let error = answer.unwrap_err();
        assert!(matches!(error, SendError::TimedOut(_)), "{error}");
        assert_eq!(error.to_string(), "30 秒内没有应答 no answer within 30 s");
    }

    #[tokio::test]
    async fn an_address_without_a_scheme_or_a_host_is_refused_and_nobody_there_is_told_with_its_cause() {
        for url in ["127.0.0.1:80", "ftp://city.example", "http://", "", "https:///path"] {
            assert!(HttpClient::to(url, BOUNDS).is_err(), "{url:?}");
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let error = HttpClient::to(&url, BOUNDS).unwrap().send(get("/")).await.unwrap_err();
        assert!(error.to_string().contains("refused"), "{error}");
        assert!(matches!(error, SendError::NoConnection(_)), "nothing was sent");
    }

    #[tokio::test]
    async fn a_port_that_hangs_up_may_be_one_of_the_other_scheme() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                assert!(stream.read(&mut [0; 1_024]).await.unwrap() > 0);
            }
        });
        for (scheme, words) in [("http://", "此端口可能是 https"), ("https://", "此端口不是 https")]
        {
            let client = HttpClient::to(&url.replace("http://", scheme), BOUNDS).unwrap();
            let error = client.send(get("/")).await.unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[tokio::test]
    async fn https_is_spoken_to_an_address_that_says_so() {
        let (url, mut requests) = answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        let client = HttpClient::to(&url.replace("http://", "https://"), BOUNDS).unwrap();
        let error = client.send(get("/")).await.unwrap_err();
        assert!(matches!(error, SendError::NoConnection(_)), "{error}");
        assert!(error.to_string().starts_with("此端口不是 https"), "{error}");
        // A TLS handshake, and nothing in the clear.
        assert!(requests.recv().await.unwrap().starts_with('\u{16}'));
    }
}
