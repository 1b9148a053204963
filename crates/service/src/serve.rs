//! The server: an accept loop of our own around hyper, because every wait needs an end. A connection that drips
//! its header, its body or its TLS handshake is closed, and so is one that does not read what it asked for; the number
//! of connections is bounded, in all and for one address; a stop lets what is under way finish, for so long and no
//! longer. HTTP/1.1 alone: no stream of HTTP/2 can be opened, and TLS offers none.

use crate::client::TrustedProxies;
use crate::places::{Full, Place, Places};
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
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

/// The read buffer of a connection, which also bounds a request's header: eight times what any lot sends, and
/// large enough that a photo's body arrives in few pieces.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// Time for a TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of answers that wait in the machine for one slow reader (the kernel takes twice as much). Enough for a
/// megabyte a second over a round trip of a tenth of a second.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// How long an answer may wait for its reader. The kernel says that there is room again once a third of its buffer is
/// free, so that this is also a least rate: some 4 KB a second.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// So long the kernel keeps what its reader does not take, after a connection has been closed too.
const UNREAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Once all places are taken, a connection that has got no answer for so long makes room for the next.
const IDLE_AFTER: Duration = Duration::from_secs(1);
/// Where not even such a one is left, it is looked for again after so long.
const PLACE_PAUSE: Duration = Duration::from_millis(20);
/// How long to wait after the machine could not accept (no more file descriptors): long enough for some to close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// So many unused connections make room when the machine could not accept.
const ROOM_AT_ONCE: usize = 64;

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
    connections: Arc<Places>,
    proxies: TrustedProxies,
    header_timeout: Duration,
}

/// Bounds of a server.
#[derive(Clone, Debug)]
pub struct ServerBounds {
    /// Connections open at once.
    pub connections_max: usize,
    /// Of one address; not of a trusted proxy's.
    pub address_connections_max: usize,
    /// Who may say for whom a request is.
    pub proxies: TrustedProxies,
    /// Time for a header, and for an idle connection.
    pub header_timeout: Duration,
}

impl Server {
    /// A server of `router` within `bounds`.
    pub fn new(router: Router, bounds: ServerBounds) -> Self {
        let ServerBounds { connections_max, address_connections_max, proxies, header_timeout } = bounds;
        let router = router.layer(CatchPanicLayer::custom(broken));
        let connections = Places::renewed(connections_max, address_connections_max, IDLE_AFTER);
        Self { router, connections, proxies, header_timeout }
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.connections.taken()
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
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        bowei_watch::injection_point(ACCEPTING);
                        let Some(place) = self.place(peer.ip()).await else { continue };
                        let server = Arc::clone(self);
                        let connection =
                            server.connection(stream, peer, tls.cloned(), graceful.watcher(), place);
                        tokio::spawn(async move {
                            if let Err(panic) = AssertUnwindSafe(connection).catch_unwind().await {
                                bowei_watch::report("connection", &*panic);
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        self.connections.make_room(ROOM_AT_ONCE);
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                () = stopped(stopping.clone()) => return,
            }
        }
    }

    /// A place for a connection from `peer`; `None` where its address has too many that are in use. Where all others
    /// are in use it is waited for: after [`IDLE_AFTER`] there is one that is not.
    async fn place(&self, peer: IpAddr) -> Option<Place> {
        loop {
            match self.connections.take(self.proxies.peer(peer)) {
                Ok(place) => return Some(place),
                Err(Full::Address) => {
                    metrics::counter!("bowei_connections_refused_total").increment(1);
                    return None;
                }
                Err(Full::All) => tokio::time::sleep(PLACE_PAUSE).await,
            }
        }
    }

    async fn connection(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        tls: Option<Arc<Tls>>,
        watcher: Watcher,
        place: Place,
    ) {
        let _open = Open::count();
        bound(&stream);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIMEOUT));
        let (stream, place) = (Box::pin(stream), Arc::new(place));
        let serving = async {
            let Some(tls) = tls else { return self.http(stream, (peer, false), watcher, &place).await };
            match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.acceptor().accept(stream)).await {
                Ok(Ok(stream)) => self.http(stream, (peer, true), watcher, &place).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake did not finish in time"),
            }
        };
        tokio::select! {
            () = serving => {}
            () = place.taken_away() => {
                metrics::counter!("bowei_connections_evicted_total").increment(1);
            }
        }
    }

    /// Serves a connection. Each request has its peer's address as a [`ConnectInfo`] among its extensions, and as a
    /// [`Client`](crate::Client) for whom it is; its `X-Forwarded-Proto` is to be believed.
    async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        stream: S,
        (peer, is_tls): (SocketAddr, bool),
        watcher: Watcher,
        place: &Arc<Place>,
    ) {
        // Telling versions apart would wait for a first byte without end.
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_buf_size(READ_BUFFER_BYTES);
        let proxies = self.proxies.clone();
        let with_peer = move |mut request: http::Request<hyper::body::Incoming>| {
            let client = proxies.client(peer.ip(), request.headers());
            proxies.say_scheme(peer.ip(), is_tls, request.headers_mut());
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(client);
            request
        };
        let place = Arc::clone(place);
        let used = move |response: Response| {
            place.used();
            response
        };
        let router = self.router.clone().map_request(with_peer).map_response(used);
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended badly");
        }
    }
}

/// Bounds what the kernel keeps for a connection, and for how long.
fn bound(stream: &TcpStream) {
    // Answers are small: waiting to fill a packet only adds delay.
    let _ = stream.set_nodelay(true);
    // Where the system does not know one of these, the other walls stand all the same.
    let socket = socket2::SockRef::from(stream);
    let _ = socket.set_send_buffer_size(SEND_BUFFER_BYTES);
    let _ = socket.set_tcp_user_timeout(Some(UNREAD_TIMEOUT));
}
