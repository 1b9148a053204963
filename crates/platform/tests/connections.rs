//! Connections that drip, and a platform that stops.

use bowei_platform::{Config, Platform, Running, SystemClock};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn serve(limits: impl FnOnce(&mut Config)) -> (Running, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.server.data = folder.path().to_owned();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    limits(&mut config);
    let platform = Platform::open(config, Arc::new(SystemClock)).await.unwrap();
    (platform.start().await.unwrap(), folder)
}

/// What comes until the other side closes; fails if it does not within ten seconds.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes))
        .await
        .expect("the connection is still open")
        .unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_connection_that_drips_its_header_is_closed() {
    let (running, _folder) = serve(|config| config.limits.header_timeout_s = 1).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"POST /api/heartbeat HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    rest(&mut stream).await;
    running.stop().await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let (running, _folder) = serve(|config| config.limits.header_timeout_s = 1).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    rest(&mut stream).await;
    running.stop().await;
}

#[tokio::test]
async fn a_connection_that_drips_its_body_is_told_408_and_closed() {
    let (running, _folder) = serve(|config| config.limits.body_timeout_s = 1).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let head = "POST /api/heartbeat HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_told_so_even_while_it_is_still_being_sent() {
    let (running, _folder) = serve(|_| {}).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let bytes = 8 * 1024 * 1024;
    let head = format!(
        "POST /api/parking/in HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {bytes}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'x'; bytes]).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn a_stop_ends_streams_and_closes_idle_connections() {
    let (running, _folder) = serve(|_| {}).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"GET /open/v1/stream HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    idle.read_exact(&mut first).await.unwrap();
    tokio::time::timeout(Duration::from_secs(10), running.stop())
        .await
        .expect("a stop takes ten seconds at most");
    rest(&mut stream).await;
    rest(&mut idle).await;
}
