//! The line to a platform: HTTP over connections that are kept, with a bound on every wait and on every answer.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use std::error::Error;
use std::time::Duration;

/// How long a whole answer may take. A platform that says nothing for longer has as good as not answered: the report
/// is sent again, which it takes as the same report.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Connections that nothing goes over are closed before a platform's or a router's own patience ends (five minutes
/// and more): what is sent into a connection that the other side has given up is sent twice.
const IDLE: Duration = Duration::from_secs(60);
/// Answers are a code and a few words; a page of plates is the largest.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

/// No answer that could be read came: whether the platform has taken the report is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// Gets a sealed request, whose URI is a path, to a platform.
pub trait Line: Send + Sync {
    /// Sends it and waits for the answer.
    fn say(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoAnswer>>;
}

/// An address that nothing can be sent to.
#[derive(Debug, thiserror::Error)]
#[error(
    "{url:?} is no address of a platform: http://HOST:PORT or https://HOST is expected, with or without a path behind it"
)]
pub struct BadAddress {
    /// The address.
    pub url: String,
}

/// The real one.
pub struct HttpLine {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: String,
    answer_within: Duration,
}

impl HttpLine {
    /// A line to a platform, with at most so many connections at once.
    pub fn to(url: &str, connections: usize) -> Result<Self, BadAddress> {
        let base = url.trim_end_matches('/').to_owned();
        let bad = || BadAddress { url: url.to_owned() };
        let parsed: Uri = base.parse().map_err(|_| bad())?;
        if !matches!(parsed.scheme_str(), Some("http" | "https")) || parsed.host().is_none() {
            return Err(bad());
        }
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Small messages that each wait for an answer must not wait for one another.
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_WITHIN));
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(|_| bad())?
            .with_root_certificates(roots(parsed.scheme_str()))
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(connections.max(1))
            .build(connector);
        Ok(Self { client, base, answer_within: ANSWER_WITHIN })
    }

    /// The same, with less patience or more for a whole answer.
    #[must_use]
    pub fn answered_within(self, answer_within: Duration) -> Self {
        Self { answer_within, ..self }
    }

    async fn ask(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        parts.uri = format!("{}{path}", self.base).parse().map_err(|error| NoAnswer(format!("{error}")))?;
        let asked = self.client.request(Request::from_parts(parts, Full::new(body)));
        let (parts, body) = asked.await.map_err(|error| NoAnswer(in_words(&error)))?.into_parts();
        let body = Limited::new(body, ANSWER_MAX_BYTES).collect().await;
        let body = body.map_err(|error| NoAnswer(format!("the answer broke off: {error}")))?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }
}

impl Line for HttpLine {
    fn say(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, NoAnswer>> {
        Box::pin(async move {
            match tokio::time::timeout(self.answer_within, self.ask(request)).await {
                Ok(answer) => answer,
                Err(_) => Err(NoAnswer(format!("no answer within {} s", self.answer_within.as_secs()))),
            }
        })
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

/// An error with what caused it: a client's own first sentence never says which.
fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}
