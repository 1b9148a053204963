//! The server: an accept loop of our own around hyper, because every wait needs an end. A connection that drips
//! its header, its body or its TLS handshake is closed; the number of connections is bounded; a stop lets what is
//! under way finish, for so long and no longer.

use crate::stopping::stopped;
use crate::tls::Tls;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::any::Any;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

/// The read buffer of a connection, which also bounds a request's header: eight times what any lot sends, and
/// large enough that a photo's body arrives in few pieces.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// Time for a TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after the machine could not accept (no more file descriptors): long enough for some to close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The answer where a handler has panicked.
fn broken(panic: Box<dyn Any + Send>) -> Response {
    bowei_watch::report("handler", &*panic);
    let problem = r#"{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"a fault of Bowei's, which its log names: please report it"}"#;
    let kind = (CONTENT_TYPE, "application/problem+json");
    (StatusCode::INTERNAL_SERVER_ERROR, [kind], problem).into_response()
}

/// The accept loop's name among the parts that are watched.
const ACCEPTING: &str = "accept";

/// Counts a connection for as long as it is open, however it ends.
struct Open(metrics::Gauge);

impl Open {
    fn count() -> Self {
        let gauge = metrics::gauge!("bowei_connections");
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// What all listeners of a service share.
pub struct Server {
    /// Every path.
    pub router: Router,
    /// Connections open at once.
    pub connections: Arc<Semaphore>,
    /// Time for a header, and for an idle connection.
    pub header_timeout: Duration,
}

impl Server {
    /// A server of `router` with at most so many connections at once, each with so long for a header.
    pub fn new(router: Router, connections_max: usize, header_timeout: Duration) -> Self {
        let router = router.layer(CatchPanicLayer::custom(broken));
        let connections = Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS)));
        Self { router, connections, header_timeout }
    }

    /// Serves a listener until `stopping` turns true, then lets open connections finish for `grace`.
    pub async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Option<Arc<Tls>>,
        stopping: watch::Receiver<bool>,
        grace: Duration,
    ) {
        let graceful = GracefulShutdown::new();
        bowei_watch::task(ACCEPTING, || self.accept(&listener, tls.as_ref(), &graceful, &stopping)).await;
        drop(listener);
        if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("connections still open after {grace:?} are closed");
        }
    }

    async fn accept(
        self: &Arc<Self>,
        listener: &TcpListener,
        tls: Option<&Arc<Tls>>,
        graceful: &GracefulShutdown,
        stopping: &watch::Receiver<bool>,
    ) {
        loop {
            let Ok(permit) = Arc::clone(&self.connections).acquire_owned().await else { return };
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        bowei_watch::injection_point(ACCEPTING);
                        let server = Arc::clone(self);
                        let connection =
                            server.connection(stream, tls.cloned(), graceful.watcher(), permit);
                        tokio::spawn(async move {
                            if let Err(panic) = AssertUnwindSafe(connection).catch_unwind().await {
                                bowei_watch::report("connection", &*panic);
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                () = stopped(stopping.clone()) => return,
            }
        }
    }

    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        tls: Option<Arc<Tls>>,
        watcher: Watcher,
        permit: OwnedSemaphorePermit,
    ) {
        // Answers are small: waiting to fill a packet only adds delay.
        let _ = stream.set_nodelay(true);
        let _open = Open::count();
        let peer = stream.peer_addr().ok();
        match tls {
            None => self.http(stream, peer, watcher).await,
            Some(tls) => match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.acceptor().accept(stream)).await {
                Ok(Ok(stream)) => self.http(stream, peer, watcher).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake did not finish in time"),
            },
        }
        drop(permit);
    }

    /// Serves a connection. Each request has its peer's address as a [`ConnectInfo`] among its extensions.
    async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        stream: S,
        peer: Option<SocketAddr>,
        watcher: Watcher,
    ) {
        // HTTP/1.1 alone: no text asks for more, and telling versions apart would wait for a first byte without end.
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_buf_size(READ_BUFFER_BYTES);
        let with_peer = move |mut request: http::Request<hyper::body::Incoming>| {
            if let Some(peer) = peer {
                request.extensions_mut().insert(ConnectInfo(peer));
            }
            request
        };
        let service = TowerToHyperService::new(self.router.clone().map_request(with_peer));
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended badly");
        }
    }
}
