//! Pushes sealed messages through kept connections as fast as the platform answers.

use super::answers;
use bowei_standards::lot_side::{LotSide, Reading};
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How to push.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// Where the platform listens.
    pub address: SocketAddr,
    /// Connections at once. Default 32.
    pub connections: usize,
    /// Requests on a connection without waiting for their answers. Default 1: what real lots do.
    pub depth: usize,
}

impl LoadOptions {
    /// The defaults towards `address`.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, connections: 32, depth: 1 }
    }
}

/// How many times in a row a connection may break without one answer before its messages are lost.
const BREAKS_MAX: u32 = 5;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadResult {
    /// Messages accepted: HTTP 200, and the standard's own code for yes.
    pub accepted: u64,
    /// Answered with a refusal.
    pub refused: u64,
    /// Answered with "later": not sent again.
    pub later: u64,
    /// Never answered.
    pub lost: u64,
    /// Connections that broke and were made anew.
    pub broken: u64,
    /// From the first request to the last answer.
    pub took: Duration,
    /// Times from request to answer: half were shorter, 99 in 100 were shorter, the longest.
    pub waits: [Duration; 3],
    /// The first refusals, in the platform's words.
    pub words: Vec<String>,
}

impl LoadResult {
    /// Accepted messages a second.
    pub fn per_second(&self) -> f64 {
        self.accepted as f64 / self.took.as_secs_f64().max(1e-9)
    }
}

impl fmt::Display for LoadResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, slow, slowest] = self.waits.map(|wait| wait.as_secs_f64() * 1_000.0);
        write!(
            f,
            "已接收 {}，拒绝 {}，稍后 {}，丢失 {}，断线 {}；用时 {:.2} 秒，每秒 {:.0} 条；应答时间 中位 {median:.1} ms，\
             99% {slow:.1} ms，最长 {slowest:.1} ms",
            self.accepted,
            self.refused,
            self.later,
            self.lost,
            self.broken,
            self.took.as_secs_f64(),
            self.per_second()
        )
    }
}

/// Pushes every message once; one whose connection broke before its answer came is pushed again.
pub async fn push(messages: Vec<Bytes>, speaks: &'static dyn LotSide, options: &LoadOptions) -> LoadResult {
    let messages: Arc<[Bytes]> = messages.into();
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut connections = JoinSet::new();
    for _ in 0..options.connections.max(1) {
        let connection = Connection {
            messages: messages.clone(),
            next: next.clone(),
            speaks,
            address: options.address,
            depth: options.depth.max(1),
            again: VecDeque::new(),
            in_flight: VecDeque::new(),
            heard: Heard::default(),
        };
        connections.spawn(connection.run());
    }
    let mut all = Heard::default();
    while let Some(heard) = connections.join_next().await {
        if let Ok(heard) = heard {
            all.add(heard);
        }
    }
    all.into_result(started.elapsed())
}

struct Connection {
    messages: Arc<[Bytes]>,
    next: Arc<AtomicUsize>,
    speaks: &'static dyn LotSide,
    address: SocketAddr,
    depth: usize,
    /// Sent on a connection that broke.
    again: VecDeque<usize>,
    in_flight: VecDeque<(usize, Instant)>,
    heard: Heard,
}

#[derive(Default)]
struct Heard {
    result: LoadResult,
    waits: Vec<Duration>,
}

impl Connection {
    async fn run(mut self) -> Heard {
        let mut breaks = 0;
        loop {
            let before = self.heard.waits.len();
            if self.talk().await.is_ok() {
                return self.heard;
            }
            self.heard.result.broken += 1;
            breaks = if self.heard.waits.len() > before { 0 } else { breaks + 1 };
            let unanswered: Vec<usize> = self.in_flight.drain(..).map(|(i, _)| i).collect();
            self.again.extend(unanswered);
            if breaks >= BREAKS_MAX {
                self.heard.result.lost += self.again.len() as u64;
                return self.heard;
            }
            tokio::time::sleep(Duration::from_millis(20) * breaks).await;
        }
    }

    /// Talks until nothing is left to say and every answer has come.
    async fn talk(&mut self) -> Result<(), std::io::Error> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let mut read = BytesMut::with_capacity(16 * 1024);
        let mut write = Vec::with_capacity(16 * 1024);
        loop {
            write.clear();
            while self.in_flight.len() < self.depth
                && let Some(i) = self.take()
                && let Some(message) = self.messages.get(i)
            {
                write.extend_from_slice(message);
                self.in_flight.push_back((i, Instant::now()));
            }
            if self.in_flight.is_empty() {
                return Ok(());
            }
            stream.write_all(&write).await?;
            if stream.read_buf(&mut read).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            while let Some(answer) = answers::next(&mut read).map_err(std::io::Error::other)? {
                let Some((_, sent)) = self.in_flight.pop_front() else { break };
                self.heard.waits.push(sent.elapsed());
                self.heard.count(self.speaks.read_answer(&answer));
            }
        }
    }

    fn take(&mut self) -> Option<usize> {
        self.again.pop_front().or_else(|| {
            let i = self.next.fetch_add(1, Ordering::Relaxed);
            (i < self.messages.len()).then_some(i)
        })
    }
}

impl Heard {
    fn count(&mut self, reading: Reading) {
        /// Words beyond these say nothing new.
        const WORDS_MAX: usize = 5;
        match reading {
            Reading::Accepted => self.result.accepted += 1,
            Reading::Refused { code, why } => {
                self.result.refused += 1;
                if self.result.words.len() < WORDS_MAX {
                    self.result.words.push(format!("{code} {why}"));
                }
            }
            Reading::Held { why } | Reading::TryLater { why, .. } => {
                self.result.later += 1;
                if self.result.words.len() < WORDS_MAX {
                    self.result.words.push(why);
                }
            }
            Reading::LoginFirst => self.result.later += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.result.accepted += other.result.accepted;
        self.result.refused += other.result.refused;
        self.result.later += other.result.later;
        self.result.lost += other.result.lost;
        self.result.broken += other.result.broken;
        self.result.words.extend(other.result.words);
        self.waits.extend(other.waits);
    }

    fn into_result(mut self, took: Duration) -> LoadResult {
        self.waits.sort_unstable();
        let at = |share: f64| {
            let place = (self.waits.len() as f64 * share) as usize;
            self.waits.get(place.min(self.waits.len().saturating_sub(1))).copied().unwrap_or_default()
        };
        LoadResult { waits: [at(0.5), at(0.99), at(1.0)], took, ..self.result }
    }
}
