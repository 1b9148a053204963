//! A line that can be spoilt: HTTP/1.1 between the gateway and a platform, exchange by exchange, after a plan.
//!
//! It knows bodies of a stated length and connections that are kept, which is all that the two speak. To the platform
//! every exchange is a connection of its own, so that what is cut on one side leaves nothing behind on the other.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A request on its way.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: String,
    bytes: Vec<u8>,
}

/// What a platform answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    bytes: Vec<u8>,
}

/// What to do with a request.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// On to the platform.
    On,
    /// On to the platform, with another text in the place of one in its head.
    OnWith(String, String),
    /// Half of it to the platform, and then nothing, to either side.
    Half,
    /// These bytes for an answer: the platform hears nothing of it.
    Instead(Vec<u8>),
}

/// What to do with the platform's answer, once all of it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// Back to the gateway.
    Whole,
    /// Not a byte of it: the cut between commit and answer.
    Nothing,
    /// Half of it.
    Half,
    /// Nothing for so long, and the connection stays.
    Withheld(Duration),
}

type There = Arc<dyn Fn(&Asked) -> Way + Send + Sync>;
type AndBack = Arc<dyn Fn(&Asked, &Answer) -> Back + Send + Sync>;

/// What to do with each exchange.
#[derive(Clone)]
pub(crate) struct Plan {
    there: There,
    back: AndBack,
}

impl Plan {
    /// Everything passes.
    pub(crate) fn pass() -> Self {
        Self { there: Arc::new(|_| Way::On), back: Arc::new(|_, _| Back::Whole) }
    }

    /// Something happens to requests.
    pub(crate) fn there(there: impl Fn(&Asked) -> Way + Send + Sync + 'static) -> Self {
        Self { there: Arc::new(there), ..Self::pass() }
    }

    /// Something happens to answers.
    pub(crate) fn back(back: impl Fn(&Asked, &Answer) -> Back + Send + Sync + 'static) -> Self {
        Self { back: Arc::new(back), ..Self::pass() }
    }
}

/// An exchange as it went.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// When the request was here.
    pub(crate) at: Instant,
    pub(crate) asked: Asked,
    /// What the platform answered, where it was asked and did.
    pub(crate) answer: Option<Answer>,
    /// The gateway has been given the platform's whole answer.
    pub(crate) passed: bool,
}

struct Shared {
    to: SocketAddr,
    plan: Mutex<Plan>,
    log: Mutex<Vec<Exchange>>,
    /// Whether connections are taken.
    open: watch::Sender<bool>,
}

/// The line.
pub(crate) struct Proxy {
    pub(crate) url: String,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// A line on `port` to the platform at `to`, which need not be there.
    pub(crate) async fn start(port: u16, to: SocketAddr) -> Self {
        let shared = Arc::new(Shared {
            to,
            plan: Mutex::new(Plan::pass()),
            log: Mutex::default(),
            open: watch::channel(true).0,
        });
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { url, shared, accepting }
    }

    /// From now on.
    pub(crate) fn follow(&self, plan: Plan) {
        *self.shared.plan.lock().unwrap() = plan;
    }

    /// Whether connections are taken; where not, those that are there end too.
    pub(crate) fn open(&self, open: bool) {
        self.shared.open.send_replace(open);
    }

    /// What went over it so far.
    pub(crate) fn log(&self) -> Vec<Exchange> {
        self.shared.log.lock().unwrap().clone()
    }

    /// How many exchanges went over it so far.
    pub(crate) fn count(&self) -> usize {
        self.shared.log.lock().unwrap().len()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(first: TcpListener, shared: Arc<Shared>) {
    let address = first.local_addr().unwrap();
    let mut open = shared.open.subscribe();
    let mut listener = Some(first);
    loop {
        let Some(listening) = &listener else {
            open.wait_for(|open| *open).await.unwrap();
            listener = Some(TcpListener::bind(address).await.unwrap());
            continue;
        };
        tokio::select! {
            _ = open.wait_for(|open| !open) => listener = None,
            taken = listening.accept() => {
                let Ok((stream, _)) = taken else { continue };
                let (shared, mut open) = (Arc::clone(&shared), shared.open.subscribe());
                tokio::spawn(async move {
                    tokio::select! {
                        // However it ends, it ends.
                        _ = serve(stream, &shared) => {}
                        _ = open.wait_for(|open| !open) => {}
                    }
                });
            }
        }
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut left = Vec::new();
    loop {
        let (head, bytes) = read(&mut stream, &mut left).await?;
        let body = String::from_utf8_lossy(&bytes[head.len()..]).into_owned();
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let asked = Asked { path, head, body, bytes };
        let at = Instant::now();
        let plan = shared.plan.lock().unwrap().clone();
        let mut went = Exchange { at, asked: asked.clone(), answer: None, passed: false };
        let way = (plan.there)(&asked);
        let out = match way {
            Way::Instead(bytes) => {
                shared.log.lock().unwrap().push(went);
                stream.write_all(&bytes).await?;
                // Whatever these bytes were, nobody could say where the next answer begins.
                return stream.shutdown().await;
            }
            Way::Half => {
                shared.log.lock().unwrap().push(went);
                let mut platform = TcpStream::connect(shared.to).await?;
                return platform.write_all(&asked.bytes[..asked.bytes.len() / 2]).await;
            }
            Way::On => asked.bytes.clone(),
            Way::OnWith(from, to) => {
                let head = asked.head.replace(&from, &to);
                [head.as_bytes(), &asked.bytes[asked.head.len()..]].concat()
            }
        };
        let answer = ask(shared.to, &out).await;
        went.answer = answer.as_ref().ok().cloned();
        let back = answer.as_ref().map_or(Back::Nothing, |answer| (plan.back)(&asked, answer));
        went.passed = back == Back::Whole;
        shared.log.lock().unwrap().push(went);
        let answer = answer?;
        match back {
            Back::Whole => stream.write_all(&answer.bytes).await?,
            Back::Nothing => return Ok(()),
            Back::Half => return stream.write_all(&answer.bytes[..answer.bytes.len() / 2]).await,
            Back::Withheld(span) => tokio::time::sleep(span).await,
        }
    }
}

async fn ask(to: SocketAddr, request: &[u8]) -> io::Result<Answer> {
    let mut platform = TcpStream::connect(to).await?;
    platform.set_nodelay(true)?;
    platform.write_all(request).await?;
    let (head, bytes) = read(&mut platform, &mut Vec::new()).await?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    let body = String::from_utf8_lossy(&bytes[head.len()..]).into_owned();
    Ok(Answer { status, body, bytes })
}

/// One message: its head, and all of it. What came behind it stays in `left`.
async fn read(stream: &mut TcpStream, left: &mut Vec<u8>) -> io::Result<(String, Vec<u8>)> {
    let mut head = None;
    loop {
        if head.is_none() {
            let end = left.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
            head = end.map(|end| String::from_utf8_lossy(&left[..end]).into_owned());
        }
        if let Some(head) = &head {
            let whole = head.len() + length(head);
            if left.len() >= whole {
                let rest = left.split_off(whole);
                return Ok((head.clone(), std::mem::replace(left, rest)));
            }
        }
        if stream.read_buf(left).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn length(head: &str) -> usize {
    let of = |line: &str| {
        let (name, value) = line.split_once(':')?;
        assert!(!name.eq_ignore_ascii_case("transfer-encoding"), "bodies have their length in front: {line}");
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    head.lines().find_map(of).unwrap_or(0)
}

/// An answer with its body.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}
