//! Getting what is kept to one platform, in one standard's messages.
//!
//! Each uplink has a worker of its own ([`worker`]): it asks [`queue`] whose turn it is, has [`delivery`] read, seal
//! and send the report, and tells the outbox what became of it. What a platform's answer means is the standard's to
//! say; what follows from it is the same for all of them:
//!
//! - **accepted**: settled. Losing the note of it costs one more message, which the platform takes as the same report.
//! - **refused for what it says**: tried again; if it is refused once more, while a report that was sent after the
//!   first time has been accepted, into the dead letters with the platform's words. While nothing else is accepted it
//!   waits: it may be the platform that refuses everything.
//! - **held**: the platform blames the account, its keys, the signature, the clock or the lot. The whole uplink rests
//!   and says so, and one report at a time asks whether it is mended.
//! - **a setting of edge.toml** is wrong, the lot's id or the address: the same, and the setting is named.
//! - **not now**, or no answer: this session rests, for longer each time. When three different sessions fail with no
//!   success between them it is not the reports: the whole uplink rests, and comes back with one report at a time
//!   until one is taken ([`circuit_breaker`]). A `Retry-After` is kept to.
//! - **log in first**: once for all that wait for it, then again at once.
//! - **again and again not now while others are taken**: after [`worker::ASIDE_AFTER`] attempts it stands aside: its
//!   session goes on, and it is tried once an hour. No word that blames a report, no dead letter.
//!
//! Signs of life ([`heartbeat`]) go beside all this, on time, whatever waits. What else a text wants by the clock is
//! in [`crate::schedule`].

mod authenticator;
mod backoff;
mod circuit_breaker;
mod delivery;
mod exchange;
mod heartbeat;
mod pictures;
pub mod queue;
mod shrink;
mod state;
mod time;
mod transport;
mod worker;

pub use backoff::Backoff;
pub use state::{State, UplinkSnapshot};
pub(crate) use time::DRIFT;
pub use time::{Offset, PlatformClock};
pub(crate) use transport::{ANSWER_WITHIN, http_client};
pub use transport::{Transport, TransportError};
pub use worker::ASIDE_AFTER;

use crate::outbox::{Head, Outbox, Seq, Standing};
use authenticator::{Authenticator, NoLogin};
use bowei_model::{LotCode, LotKind};
use bowei_service::Clock;
use bowei_standards::Standard;
use bowei_standards::lot_side::{CannotSeal, Sealed};
use bowei_standards::platform_side::Credential;
use bytes::Bytes;
pub(crate) use exchange::own_setting;
use exchange::{LOGIN_AGAIN, Unanswered};
use http::Response;
use queue::Bounds;
use state::UplinkStatus;
use std::future::ready;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// How an uplink goes about it. The defaults suit a city platform across the country.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// How many messages may be on their way.
    pub bounds: Bounds,
    /// The rest of one session after its failures.
    pub session: Backoff,
    /// The rest of the whole uplink.
    pub uplink: Backoff,
    /// Where a message carries its picture: so long a record waits for it.
    pub picture_within: Duration,
    /// How long a whole answer may take.
    pub answer_within: Duration,
    /// Between looks whether a day is to be compared with the platform; all waits around it are some of these.
    pub reconciliation_look: Duration,
    /// How long a platform may wait before it answers that it asks nothing of the lot.
    pub directives_wait: Duration,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            // Eighteen of a backlog at once are five hundred a second and some where an answer takes thirty milliseconds;
            // as many again by a third are kept for live reports. A picture of half a megabyte is in memory four times
            // while it is sealed.
            bounds: Bounds { in_flight: 24, backlog: 18, heavy: 3 },
            session: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(600) },
            // A platform that comes back is found within half a minute.
            uplink: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) },
            picture_within: Duration::from_secs(10),
            answer_within: ANSWER_WITHIN,
            reconciliation_look: Duration::from_secs(15),
            // Under the minute after which a router in between drops a connection that says nothing.
            directives_wait: Duration::from_secs(50),
        }
    }
}

/// What an uplink is made of.
pub struct UplinkParts {
    /// Its name: what its place in the outbox is kept under.
    pub name: String,
    /// The platform's address, for people.
    pub url: String,
    /// The standard it speaks.
    pub standard: &'static dyn Standard,
    /// The lot, by its own code and by what the standard calls it.
    pub lot: LotCode,
    /// See `lot`.
    pub lot_id: String,
    /// Off-street or on-street.
    pub lot_kind: LotKind,
    /// What it speaks with.
    pub own: Arc<dyn Credential>,
    /// The transport to the platform.
    pub transport: Box<dyn Transport>,
    /// How it goes about it.
    pub tuning: Tuning,
}

/// One platform and the way there.
pub struct Uplink {
    /// Its name.
    pub name: String,
    /// The platform's address, for people.
    pub url: String,
    /// The standard it speaks.
    pub standard: &'static dyn Standard,
    /// The lot.
    pub lot: LotCode,
    /// What the standard calls the lot.
    pub lot_id: String,
    /// The platform's clock.
    pub clock: PlatformClock,
    lot_kind: LotKind,
    authenticator: Authenticator,
    transport: Box<dyn Transport>,
    outbox: Outbox,
    board: UplinkStatus,
    tuning: Tuning,
    /// The platform has taken something: its address is right.
    is_reached: AtomicBool,
    /// What is to be delivered once more, from whoever finds that out to the worker.
    to_worker: Mutex<mpsc::Sender<Vec<Head>>>,
}

/// Lists under way to the worker: it takes them at once, unless it is busy with one.
const ONCE_MORE_MAX: usize = 16;

/// Why a question was not answered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnswered {
    /// The standard cannot say it.
    #[error(transparent)]
    Cannot(CannotSeal),
    /// The platform did not answer it, or not yet.
    #[error("{0}")]
    Failed(String),
}

impl Uplink {
    /// An uplink that does nothing yet.
    pub fn new(parts: UplinkParts, outbox: Outbox, wall: Arc<dyn Clock>) -> Self {
        let UplinkParts { name, url, standard, lot, lot_id, lot_kind, own, transport, tuning } = parts;
        let (authenticator, board) =
            (Authenticator::new(own), UplinkStatus::new(name.clone(), Arc::clone(&wall)));
        let clock = PlatformClock::new(name.clone(), wall);
        // Nobody listens before the worker is started.
        let to_worker = Mutex::new(mpsc::channel(ONCE_MORE_MAX).0);
        Self {
            name,
            url,
            standard,
            lot,
            lot_id,
            clock,
            lot_kind,
            authenticator,
            transport,
            outbox,
            board,
            tuning,
            is_reached: AtomicBool::new(false),
            to_worker,
        }
    }

    /// Has reports delivered once more that were delivered before. Those that wait anyway go once.
    pub async fn resend(&self, seqs: &[Seq]) {
        let waits = |seq: &&Seq| self.outbox.how(&self.name, **seq) == Standing::Waiting;
        let seqs: Vec<Seq> = seqs.iter().filter(|seq| !waits(seq)).copied().collect();
        self.outbox.resend(&self.name, &seqs);
        let head = |seq: &Seq| self.outbox.pending(&self.name, seq.saturating_sub(1), 1).pop();
        let heads = seqs.iter().filter_map(head).filter(|head| seqs.contains(&head.seq)).collect();
        // A worker that has stopped finds them in the outbox when it starts again.
        let to_worker = self.to_worker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let _ = to_worker.send(heads).await;
    }

    /// The end of a worker that starts; the one before it has ended.
    fn once_more(&self) -> mpsc::Receiver<Vec<Head>> {
        let (to_worker, worker) = mpsc::channel(ONCE_MORE_MAX);
        *self.to_worker.lock().unwrap_or_else(PoisonError::into_inner) = to_worker;
        worker
    }

    /// Starts delivering and showing signs of life, until `stopping` turns true.
    pub fn start(self: &Arc<Self>, stopping: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
        let (uplink, stop) = (Arc::clone(self), stopping.clone());
        tasks.spawn(bowei_watch::task("uplink", move || worker::run(Arc::clone(&uplink), stop.clone())));
        let (uplink, stop) = (Arc::clone(self), stopping.clone());
        tasks
            .spawn(bowei_watch::task("heartbeat", move || heartbeat::run(Arc::clone(&uplink), stop.clone())));
    }

    /// How it goes.
    pub fn seen(&self) -> UplinkSnapshot {
        self.board.seen()
    }

    /// What the next message is sealed with.
    pub(crate) fn credential(&self) -> Arc<dyn Credential> {
        self.authenticator.credentials().0.own
    }

    /// The token that the platform gave out last, where the standard has a login.
    pub fn token(&self) -> Option<String> {
        let (credentials, _) = self.authenticator.credentials();
        self.standard.login()?.token(&*credentials.own).map(str::to_owned)
    }

    /// Asks the platform something that is no report; logs in where that is wanted.
    pub async fn ask(
        &self,
        seal: impl Fn(&dyn Credential) -> Result<Sealed, CannotSeal>,
    ) -> Result<Response<Bytes>, NotAnswered> {
        let sealed = |own: Arc<dyn Credential>| ready(seal(&*own).map(|sealed| sealed.request));
        let failed = |why: String| Err(NotAnswered::Failed(why));
        match self.exchange(sealed).await {
            Ok((answer, _)) => Ok(answer),
            Err(Unanswered::Cannot(cannot)) => Err(NotAnswered::Cannot(cannot)),
            Err(Unanswered::NoLogin(NoLogin::Refused(why))) => {
                self.board.refused(&why);
                failed(format!("the platform refuses the account: {why}"))
            }
            Err(Unanswered::NoLogin(NoLogin::Later { why, .. })) => failed(why),
            Err(Unanswered::Setting(why)) => {
                self.board.refused(&why);
                failed(why)
            }
            Err(Unanswered::Transport(error)) => failed(error.0),
            Err(Unanswered::LoginAgain) => failed(LOGIN_AGAIN.to_owned()),
        }
    }
}
