//! HTTP as lots speak it, with what became of every try.

use crate::journal::{Heard, Journal, Try, What};
use crate::scenario::Errand;
use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long silence is listened to: twice what an answer may take, so that one that comes too late is told from none.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// How long connecting may take. No network between lots and nodes is ever cut, so that this means a node's host.
const CONNECTING_MAX: Duration = Duration::from_secs(3);

/// How long a connection that nothing goes over is kept: less than nodes keep it, so that nothing is said on one that
/// is just being closed.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// StandardProfile to both nodes and notes what it hears.
#[derive(Clone)]
pub(crate) struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    errand: Arc<Errand>,
    journal: Option<Arc<Journal>>,
}

impl Client {
    pub(crate) fn new(errand: &Arc<Errand>, journal: Option<&Arc<Journal>>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECTING_MAX));
        connector.set_nodelay(true);
        let http = Http::builder(TokioExecutor::new()).pool_idle_timeout(IDLE_MAX).build(connector);
        Self { http, errand: Arc::clone(errand), journal: journal.cloned() }
    }

    /// Sends a request, whose address is a path, to a node; `read` says what an answer of status 200 means.
    pub(crate) async fn send(
        &self,
        (node, lot, what): (usize, &str, &What),
        request: Request<Bytes>,
        read: impl FnOnce(Response<Bytes>) -> Heard,
    ) -> Heard {
        let (mut parts, body) = request.into_parts();
        parts.uri = format!("{}{}", self.errand.nodes[node], parts.uri).parse().unwrap();
        let asking = self.ask(Request::from_parts(parts, Full::new(body)));
        let (sent_at, begun) = (Timestamp::now().as_millisecond(), Instant::now());
        let heard = match tokio::time::timeout(SILENCE_MAX, asking).await {
            Ok(Ok(response)) if response.status() == 200 => read(response),
            Ok(Ok(response)) => Heard::NotNow {
                status: response.status().as_u16(),
                retry_after_s: response
                    .headers()
                    .get(RETRY_AFTER)
                    .and_then(|value| value.to_str().ok()?.parse().ok()),
            },
            Ok(Err(why)) => Heard::Gone(why),
            Err(_) => Heard::Nothing,
        };
        if let Some(journal) = &self.journal {
            let took_ms = begun.elapsed().as_millis() as i64;
            let (lot, what, heard) = (lot.to_owned(), what.clone(), heard.clone());
            journal.note(&Try { sent_at, took_ms, node, lot, what, heard });
        }
        heard
    }

    /// `GET` with the token: the status and what came.
    pub(crate) async fn get(&self, node: usize, path: &str) -> Result<(u16, Bytes), String> {
        let mut request = self.question(path);
        *request.uri_mut() = format!("{}{path}", self.errand.nodes[node]).parse().unwrap();
        let response = self.ask(request.map(Full::new)).await?;
        Ok((response.status().as_u16(), response.into_body()))
    }

    /// A question with the token, whose address is a path.
    pub(crate) fn question(&self, path: &str) -> Request<Bytes> {
        let token = format!("Bearer {}", self.errand.token);
        Request::get(path).header("authorization", token).body(Bytes::new()).unwrap()
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, String> {
        let response = self.http.request(request).await.map_err(|error| in_full(&error))?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| in_full(&error))?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }
}

fn in_full(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(why) = cause {
        words = format!("{words}: {why}");
        cause = why.source();
    }
    words
}
