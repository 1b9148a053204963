//! The line to the platform: plain HTTP over connections that are kept.

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::time::Duration;

/// How long an answer may take before the message is sent again.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

pub(crate) struct Line {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
}

/// An address that nothing can be sent to.
#[derive(Debug, thiserror::Error)]
#[error(
    "{url:?} is no address of a platform: http://HOST:PORT is expected, with or without a path behind it"
)]
pub struct BadAddress {
    /// The address.
    pub url: String,
}

impl Line {
    pub(crate) fn to(url: &str, connections: usize) -> Result<Self, BadAddress> {
        let base = url.trim_end_matches('/').to_owned();
        let fits =
            base.parse::<Uri>().is_ok_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some());
        if !fits {
            return Err(BadAddress { url: url.to_owned() });
        }
        let mut connector = HttpConnector::new();
        // Small messages that each wait for an answer must not wait for one another.
        connector.set_nodelay(true);
        let client =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(connections.max(1)).build(connector);
        Ok(Self { client, base })
    }

    /// Sends a sealed request, whose URI is a path, and waits for the answer. The error is in words.
    pub(crate) async fn say(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        parts.uri = format!("{}{path}", self.base).parse().map_err(|error| format!("{error}"))?;
        let asked = self.client.request(Request::from_parts(parts, Full::new(body)));
        let answered = async {
            let (parts, body) = asked.await.map_err(|error| in_words(&error))?.into_parts();
            let body = body.collect().await.map_err(|error| in_words(&error))?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        };
        match tokio::time::timeout(ANSWER_WITHIN, answered).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} s", ANSWER_WITHIN.as_secs())),
        }
    }
}

/// An error with what caused it: a client's own first sentence never says which.
pub(crate) fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}
