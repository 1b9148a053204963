//! Connections that ask and never read, that drip or say nothing: none holds up a neighbour's.
//!
//! Time is paused: it goes on by itself to the next moment that somebody waits for, once nobody has anything to do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use axum::Router;
use axum::routing::get;
use bowei_service::TrustedProxies;
use bowei_service::serve::{Server, ServerBounds};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

const HOUR: Duration = Duration::from_secs(3_600);

struct Running {
    server: Arc<Server>,
    address: SocketAddr,
    _stop: watch::Sender<bool>,
}

/// A server whose header time-out is out of the way.
async fn serve(connections_max: usize) -> Running {
    let large: &'static [u8] = vec![b'x'; 8 * 1024 * 1024].leak();
    let router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/large", get(move || async move { large }));
    let bounds = ServerBounds {
        connections_max,
        address_connections_max: connections_max,
        proxies: TrustedProxies::default(),
        header_timeout: HOUR,
    };
    let server = Arc::new(Server::new(router, bounds));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(Arc::clone(&server).run(listener, None, stopping, Duration::ZERO));
    Running { server, address, _stop: stop }
}

/// Connections that ask for something large and never read.
async fn unread(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
        held.push(stream);
    }
    held
}

/// Whether a neighbour's question on a connection of its own is answered.
async fn is_answered(address: SocketAddr) -> bool {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.is_ok() && answer.starts_with(b"HTTP/1.1 200")
}

#[tokio::test(start_paused = true)]
async fn who_asks_and_never_reads_is_let_go_within_seconds() {
    let running = serve(100).await;
    let begun = Instant::now();
    let _held = unread(running.address, 50).await;
    assert!(is_answered(running.address).await);
    while running.server.connections() > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(begun.elapsed() < Duration::from_secs(30), "{} are held", running.server.connections());
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_gets_all_of_its_answer() {
    let running = serve(100).await;
    let mut stream = unread(running.address, 1).await.remove(0);
    let (mut read, mut piece) = (0, vec![0; 256 * 1024]);
    while read < 8 * 1024 * 1024 {
        tokio::time::sleep(Duration::from_secs(4)).await;
        let some = stream.read(&mut piece).await.unwrap();
        assert!(some > 0, "cut off after {read} bytes");
        read += some;
    }
}

#[tokio::test(start_paused = true)]
async fn a_neighbour_is_answered_while_all_connections_are_taken() {
    let running = serve(16).await;
    let mut held = Vec::new();
    for round in 0..20 {
        held.extend(unread(running.address, 20).await);
        // Others drip their header, or say nothing at all.
        for begin in ["GET /healthz HTTP/1.1\r\nho", ""] {
            for _ in 0..10 {
                let mut stream = TcpStream::connect(running.address).await.unwrap();
                let _ = stream.write_all(begin.as_bytes()).await;
                held.push(stream);
            }
        }
        assert!(is_answered(running.address).await, "round {round}");
        assert!(running.server.connections() <= 16);
    }
}

#[tokio::test(start_paused = true)]
async fn http_2_is_not_spoken() {
    let running = serve(16).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
    assert!(is_answered(running.address).await);
}
