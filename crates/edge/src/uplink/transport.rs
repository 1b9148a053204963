//! The transport to a platform, as far as an uplink needs to know: over HTTP, or in tests over nothing.

use bowei_service::outgoing::{BadAddress, ClientBounds, HttpClient};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use std::time::Duration;

/// How long a whole answer may take. A platform that says nothing for longer has as good as not answered: the report
/// is sent again, which it takes as the same report.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Answers are a code and a few words; a page of plates is the largest.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

/// No answer that could be read came: whether the platform has taken the report is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TransportError(pub String);

/// Gets a sealed request, whose URI is a path, to a platform.
pub trait Transport: Send + Sync {
    /// Sends it and waits for the answer.
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;
}

/// A client of a platform, or of the lot's own system: with so many connections kept, and so long for an answer.
pub(crate) fn http_client(
    url: &str,
    idle_connections: usize,
    answer_timeout: Duration,
) -> Result<HttpClient, BadAddress> {
    HttpClient::to(
        url,
        ClientBounds { idle_connections, answer_timeout, answer_max_bytes: ANSWER_MAX_BYTES, https: true },
    )
}

impl Transport for HttpClient {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move { self.send(request).await.map_err(|error| TransportError(error.to_string())) })
    }
}
