//! One who watches every passage as it is kept.

use crate::Failure;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Read at once, and thrown away.
const BUFFER_BYTES: usize = 64 * 1024;

/// Watches until it is dropped.
pub(crate) struct Watcher(JoinHandle<()>);

impl Watcher {
    pub(crate) async fn start(address: SocketAddr, token: &str) -> Result<Self, Failure> {
        let mut stream = TcpStream::connect(address).await?;
        let head =
            format!("GET /api/v1/stream HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        let mut buffer = vec![0; BUFFER_BYTES];
        let read = stream.read(&mut buffer).await?;
        if !buffer.get(..read).is_some_and(|head| head.starts_with(b"HTTP/1.1 200")) {
            return Err("the stream of passages was not opened".into());
        }
        Ok(Self(tokio::spawn(
            async move { while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {} },
        )))
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.abort();
    }
}
