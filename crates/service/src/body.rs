//! Reading a request's body: under a limit, at a least rate, and with a bound on how much of all bodies together is in
//! memory.
//!
//! What a sender announces reserves nothing: room is taken as bytes arrive. Until the last has come nobody can know
//! whether a body is authentic. Such bodies have a part of the memory only, and make room for one another there: whose
//! address has most in it loses the oldest. So whoever sends slowly, or much, takes nothing from his neighbours.

use crate::client::Client;
pub use crate::memory::Room;
use crate::memory::{Memory, NoRoom};
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Of a body that is not taken, so much is read and thrown away: a few photos' worth.
const DRAIN_MAX_BYTES: usize = 32 * 1024 * 1024;
/// And for so long.
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// In each such stretch of time…
const RATE_WINDOW: Duration = Duration::from_secs(10);
/// … at least so much of a body must arrive, or its end: 1 KB a second, less than any line that gets a photo across
/// within a body's time, while a lost packet may still be sent again.
const RATE_WINDOW_BYTES: usize = 10 * 1024;
/// Room is taken in steps that double, from this one on: what one frame of a network brings.
const STEP_MIN_BYTES: usize = 4 * 1024;
/// Bodies that have not arrived yet have half of the memory…
const ARRIVING_SHARE: usize = 2;
/// … and at least so much: the largest body of any route.
const ARRIVING_MIN_BYTES: usize = 16 * 1024 * 1024;

/// How much of all bodies is in memory.
pub struct Admission {
    memory: Arc<Memory>,
    timeout: Duration,
}

/// A whole body, holding its room until it is dropped.
pub struct Admitted {
    /// The body.
    pub bytes: Bytes,
    /// Its room.
    pub room: Room,
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

impl From<NoRoom> for Unread {
    fn from(_: NoRoom) -> Self {
        Self::Busy
    }
}

impl Admission {
    /// An admission of so many bytes, each body within `timeout`.
    pub fn new(bytes_max: usize, timeout: Duration) -> Self {
        let arriving_max = (bytes_max / ARRIVING_SHARE).max(ARRIVING_MIN_BYTES).min(bytes_max);
        Self { memory: Arc::new(Memory::new(bytes_max, arriving_max)), timeout }
    }

    /// Reads a body of at most `max_bytes`. The rest of one that is not taken is read and thrown away, so far as
    /// that is bearable: a sender that is cut off while it sends never gets to read why.
    pub async fn read(
        &self,
        head: &http::request::Parts,
        mut body: Body,
        max_bytes: usize,
    ) -> Result<Admitted, Unread> {
        let read = self.take(head, &mut body, max_bytes).await;
        if matches!(read, Err(Unread::TooLarge | Unread::Busy | Unread::Encoded)) {
            let _ = tokio::time::timeout(DRAIN_TIME, drain(&mut body)).await;
        }
        read
    }

    async fn take(
        &self,
        head: &http::request::Parts,
        body: &mut Body,
        max_bytes: usize,
    ) -> Result<Admitted, Unread> {
        let encoding = head.headers.get(http::header::CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| encoding != "identity") {
            return Err(Unread::Encoded);
        }
        let announced = http_body::Body::size_hint(&*body).exact();
        let expected = announced.map_or(max_bytes, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        if expected > max_bytes {
            return Err(Unread::TooLarge);
        }
        let client = head.extensions.get::<Client>().copied().unwrap_or_default();
        let (mut room, taken_away) = self.memory.open(client.address);
        let bytes = tokio::select! {
            read = tokio::time::timeout(self.timeout, collect(body, &mut room, expected, max_bytes)) => {
                read.map_err(|_| Unread::Incomplete)??
            }
            () = taken_away.notified() => return Err(Unread::Busy),
        };
        room.keep()?;
        Ok(Admitted { bytes, room })
    }

    /// Bytes of bodies in memory.
    pub fn bytes(&self) -> usize {
        self.memory.bytes()
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

async fn collect(
    body: &mut Body,
    room: &mut Room,
    expected: usize,
    max_bytes: usize,
) -> Result<Bytes, Unread> {
    let mut first: Option<Bytes> = None;
    let mut whole = Vec::new();
    let (mut window, mut in_window) = (Instant::now() + RATE_WINDOW, 0);
    loop {
        let frame = match tokio::time::timeout_at(window, body.frame()).await {
            Ok(Some(frame)) => frame.map_err(|_| Unread::Incomplete)?,
            Ok(None) => break,
            Err(_) if in_window < RATE_WINDOW_BYTES => return Err(Unread::Incomplete),
            Err(_) => {
                (window, in_window) = (Instant::now() + RATE_WINDOW, 0);
                continue;
            }
        };
        let Ok(data) = frame.into_data() else { continue };
        in_window += data.len();
        let before = if whole.is_empty() { first.as_ref().map_or(0, Bytes::len) } else { whole.len() };
        let needed = before + data.len();
        if needed > max_bytes {
            return Err(Unread::TooLarge);
        }
        // Most records arrive in one piece, which is then the body as it is.
        let Some(head) = &first else {
            room.grow(needed)?;
            first = Some(data);
            continue;
        };
        if needed > whole.capacity() {
            let step = (whole.capacity() * 2).max(STEP_MIN_BYTES).min(expected).max(needed);
            room.grow(step)?;
            whole.reserve_exact(step - whole.len());
        }
        if whole.is_empty() {
            whole.extend_from_slice(head);
        }
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first.unwrap_or_default() } else { whole.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream::{self, StreamExt as _};
    use std::convert::Infallible;
    use std::net::Ipv4Addr;

    const MIB: usize = 1024 * 1024;

    fn from(last: u8) -> http::request::Parts {
        let client = Client { address: Ipv4Addr::new(192, 0, 2, last).into(), is_proxy: false };
        http::Request::builder().extension(client).body(()).unwrap().into_parts().0
    }

    /// A body that begins with so many bytes and then brings one byte a second.
    fn trickle(bytes: usize) -> Body {
        let first = stream::once(async move { Ok::<_, Infallible>(Bytes::from(vec![b'x'; bytes])) });
        let rest = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok(Bytes::from_static(b"x")), ()))
        });
        Body::from_stream(first.chain(rest))
    }

    /// A body that is announced and never sent.
    struct Announced(u64);

    impl http_body::Body for Announced {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            std::task::Poll::Pending
        }

        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(self.0)
        }
    }

    fn admission() -> Arc<Admission> {
        Arc::new(Admission::new(64 * MIB, Duration::from_secs(30)))
    }

    type Reading = tokio::task::JoinHandle<Result<Admitted, Unread>>;

    async fn start(
        admission: &Arc<Admission>,
        last: u8,
        count: usize,
        body: impl Fn() -> Body,
    ) -> Vec<Reading> {
        let mut reading = Vec::new();
        for _ in 0..count {
            let (admission, body) = (Arc::clone(admission), body());
            reading.push(tokio::spawn(async move { admission.read(&from(last), body, 8 * MIB).await }));
        }
        tokio::task::yield_now().await;
        reading
    }

    /// As many bodies of a neighbour, none of which may be refused.
    async fn neighbour(admission: &Admission, last: u8) {
        for bytes in [0, 700, 20_000, 4 * MIB] {
            let body = Body::from(vec![b'x'; bytes]);
            assert_eq!(admission.read(&from(last), body, 8 * MIB).await.unwrap().bytes.len(), bytes);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_announced_and_never_sent_takes_no_room_and_ends_within_seconds() {
        let admission = admission();
        let attack = start(&admission, 1, 4_000, || Body::new(Announced(8 * MIB as u64))).await;
        neighbour(&admission, 1).await;
        neighbour(&admission, 2).await;
        assert_eq!(admission.bytes(), 0);
        tokio::time::advance(RATE_WINDOW).await;
        for reading in attack {
            assert_eq!(reading.await.unwrap().err(), Some(Unread::Incomplete));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn trickling_bodies_hold_what_they_have_sent_and_end_within_seconds() {
        let admission = admission();
        let attack = start(&admission, 1, 4_000, || trickle(100)).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(admission.bytes() <= 4_000 * STEP_MIN_BYTES, "{}", admission.bytes());
        neighbour(&admission, 1).await;
        neighbour(&admission, 2).await;
        let begun = Instant::now();
        for reading in attack {
            assert_eq!(reading.await.unwrap().err(), Some(Unread::Incomplete));
        }
        assert!(begun.elapsed() <= RATE_WINDOW);
        assert_eq!(admission.bytes(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_fills_the_room_of_what_arrives_loses_it_to_a_neighbour() {
        let admission = admission();
        for _ in 0..3 {
            // Of one and the same address and of another; each wave fills the room by itself.
            let attack = start(&admission, 1, 40, || trickle(MIB)).await;
            neighbour(&admission, 1).await;
            neighbour(&admission, 2).await;
            assert!(admission.bytes() <= 32 * MIB, "bodies that are whole keep the other half");
            for reading in attack {
                assert!(reading.await.unwrap().is_err());
            }
        }
        assert_eq!(admission.bytes(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_neighbours_slow_upload_outlives_a_flood_from_elsewhere() {
        let admission = admission();
        // A megabyte at 40 KB a second, on a poor line.
        let upload = stream::unfold(26, |left| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            (left > 0).then(|| (Ok::<_, Infallible>(Bytes::from(vec![b'x'; 40_000])), left - 1))
        });
        let (of_neighbour, upload) = (Arc::clone(&admission), Body::from_stream(upload));
        let reading = tokio::spawn(async move { of_neighbour.read(&from(2), upload, 8 * MIB).await });
        for _ in 0..13 {
            let _attack = start(&admission, 1, 40, || trickle(MIB)).await;
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        assert_eq!(reading.await.unwrap().unwrap().bytes.len(), 26 * 40_000);
    }

    #[tokio::test]
    async fn a_body_in_many_pieces_is_the_same_body() {
        let admission = admission();
        let pieces: Vec<Bytes> = (0..=255u8).map(|i| Bytes::from(vec![i; usize::from(i) * 7 + 1])).collect();
        let whole = pieces.concat();
        let body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)));
        let admitted = admission.read(&from(1), body, 8 * MIB).await.unwrap();
        assert_eq!(admitted.bytes, whole);
        assert!(admission.bytes() >= whole.len());
        drop(admitted);
        assert_eq!(admission.bytes(), 0);
    }
}
