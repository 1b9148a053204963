//! Reading a request's body: under a limit, within a time, and with a bound on how much of all bodies together is
//! in memory.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Of a body that is not taken, so much is read and thrown away: a few photos' worth.
const DRAIN_MAX_BYTES: usize = 32 * 1024 * 1024;
/// And for so long.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// How much of all bodies is in memory.
pub struct Admission {
    bytes: Arc<Semaphore>,
    timeout: Duration,
}

/// A whole body, holding its place until it is dropped.
pub struct Admitted {
    /// The body.
    pub bytes: Bytes,
    /// Its place.
    pub place: OwnedSemaphorePermit,
}

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is over the limit.
    TooLarge,
    /// Too much of other bodies is in memory.
    Busy,
    /// It did not arrive in time, or broke off.
    Incomplete,
    /// It is compressed, which no text provides for.
    Encoded,
}

impl Admission {
    /// An admission of so many bytes, each body within `timeout`.
    pub fn new(bytes_max: usize, timeout: Duration) -> Self {
        let bytes_max = bytes_max.min(Semaphore::MAX_PERMITS).min(u32::MAX as usize);
        Self { bytes: Arc::new(Semaphore::new(bytes_max)), timeout }
    }

    /// Reads a body of at most `max_bytes`. The rest of one that is not taken is read and thrown away, so far as
    /// that is bearable: a sender that is cut off while it sends never gets to read why.
    pub async fn read(
        &self,
        headers: &http::HeaderMap,
        mut body: Body,
        max_bytes: usize,
    ) -> Result<Admitted, Unread> {
        let read = self.take(headers, &mut body, max_bytes).await;
        if matches!(read, Err(Unread::TooLarge | Unread::Busy | Unread::Encoded)) {
            let _ = tokio::time::timeout(DRAIN_TIME, drain(&mut body)).await;
        }
        read
    }

    async fn take(
        &self,
        headers: &http::HeaderMap,
        body: &mut Body,
        max_bytes: usize,
    ) -> Result<Admitted, Unread> {
        let encoding = headers.get(http::header::CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| encoding != "identity") {
            return Err(Unread::Encoded);
        }
        let announced = http_body::Body::size_hint(&*body).exact();
        let expected = announced.map_or(max_bytes, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        if expected > max_bytes {
            return Err(Unread::TooLarge);
        }
        let permits = u32::try_from(expected).map_err(|_| Unread::TooLarge)?;
        let place = Arc::clone(&self.bytes).try_acquire_many_owned(permits).map_err(|_| Unread::Busy)?;
        match tokio::time::timeout(self.timeout, collect(body, announced.map_or(0, |_| expected), max_bytes))
            .await
        {
            Ok(read) => read.map(|bytes| Admitted { bytes, place }),
            Err(_) => Err(Unread::Incomplete),
        }
    }
}

async fn drain(body: &mut Body) {
    let mut thrown_away = 0;
    while let Some(Ok(frame)) = body.frame().await {
        thrown_away += frame.data_ref().map_or(0, Bytes::len);
        if thrown_away > DRAIN_MAX_BYTES {
            return;
        }
    }
}

async fn collect(body: &mut Body, expected: usize, max_bytes: usize) -> Result<Bytes, Unread> {
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Incomplete)?.into_data() else { continue };
        // Most records arrive in one piece, which is then the body as it is.
        let Some(head) = &first else {
            if data.len() > max_bytes {
                return Err(Unread::TooLarge);
            }
            first = Some(data);
            continue;
        };
        if rest.is_empty() {
            rest.reserve(expected.max(head.len() + data.len()));
            rest.extend_from_slice(head);
        }
        if rest.len() + data.len() > max_bytes {
            return Err(Unread::TooLarge);
        }
        rest.extend_from_slice(&data);
    }
    Ok(if rest.is_empty() { first.unwrap_or_default() } else { rest.freeze() })
}
