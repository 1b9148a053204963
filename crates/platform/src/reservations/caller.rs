//! Calls to lots that are called: the platform's own requests to a lot's system, in its standard. Each is bounded in time and
//! size, each lot has few at once and a circuit breaker, and nobody waits for any: what comes of a call is a command of its
//! own to the lot's book.

use super::answers::{AnswerTimes, LotAnswers};
use super::breaker::Breaker;
use crate::clock::Clock;
use crate::registry::{Registry, secrets};
use bowei_model::reservation::{CallKind, LotAnswer, Order};
use bowei_model::{Lot, LotCode};
use bowei_service::outgoing::{BadAddress, ClientBounds, HttpClient, SendError};
use bowei_standards::downlink::{Downlink, DownlinkReading, DownlinkRefusal};
use bowei_standards::{Standard, by_name};
use bowei_store::{Store, StoreError};
use bytes::Bytes;
use http::{Request, Uri};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};

/// Addresses are as the provider's callback says. How long a lot has is a setting of the city, a minute at most.
const BOUNDS: ClientBounds = ClientBounds {
    idle_connections: 4,
    answer_timeout: Duration::from_secs(60),
    answer_max_bytes: 64 * 1024,
    https: true,
};

/// Calls on their way at once: each holds a connection.
const AT_ONCE: usize = 256;
/// And to one lot: its system is a small machine, and a slow one must not take all.
const LOT_AT_ONCE: usize = 8;
/// Calls that wait for their turn: beyond it one is left to the book, which has it called again.
pub(super) const WAITING_MAX: usize = 4_096;

/// A call to one lot.
pub(super) struct OutgoingCall {
    pub(super) lot: Arc<Lot>,
    pub(super) order: Order,
    pub(super) what: CallKind,
}

/// How a lot is called.
struct Way {
    standard: &'static dyn Standard,
    account: String,
    callback: String,
    lot_id: String,
}

/// What is known of one lot's calls at this node.
#[derive(Default)]
struct Line {
    breaker: Mutex<Breaker>,
    turn: OnceTurn,
    answers: Mutex<AnswerTimes>,
}

struct OnceTurn(Arc<Semaphore>);

impl Default for OnceTurn {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LOT_AT_ONCE)))
    }
}

/// Who calls.
pub(super) struct Caller {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    client: HttpClient,
    turn: Arc<Semaphore>,
    lines: Mutex<HashMap<LotCode, Arc<Line>>>,
    waiting: AtomicUsize,
    idle: Notify,
}

impl Caller {
    pub(super) fn new(
        store: Arc<dyn Store>,
        registry: Arc<Registry>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BadAddress> {
        Ok(Self {
            store,
            registry,
            clock,
            client: HttpClient::to_any(BOUNDS)?,
            turn: Arc::new(Semaphore::new(AT_ONCE)),
            lines: Mutex::default(),
            waiting: AtomicUsize::new(0),
            idle: Notify::new(),
        })
    }

    /// Whether the lot is called, by a standard that has a way down and an account that has a callback.
    pub(super) fn is_called(&self, lot: &Lot) -> bool {
        self.way(lot).is_some()
    }

    fn way(&self, lot: &Lot) -> Option<Way> {
        let snapshot = self.registry.snapshot();
        lot.ids.iter().find_map(|(name, lot_id)| {
            let standard = by_name(name)?;
            let downlink = standard.downlink()?;
            let accounts = snapshot
                .credentials
                .iter()
                .filter(|row| row.provider == lot.provider && row.standard == *name);
            accounts.filter_map(|row| snapshot.account(name, &row.account)).find_map(|account| {
                let mut credentials = account.credentials.iter();
                credentials.find_map(|credential| {
                    let callback = downlink.callback(credential.as_ref())?.to_owned();
                    let account = account.name.clone();
                    Some(Way { standard, account, callback, lot_id: lot_id.clone() })
                })
            })
        })
    }

    /// Makes a call, once it is its turn, on a task of its own. `None`: it was not made, for too many wait.
    pub(super) fn enter(&self) -> bool {
        let waiting = self.waiting.fetch_add(1, Ordering::SeqCst);
        if waiting < WAITING_MAX {
            return true;
        }
        self.leave();
        metrics::counter!("bowei_reservation_calls_dropped_total").increment(1);
        false
    }

    pub(super) fn leave(&self) {
        if self.waiting.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.idle.notify_waiters();
        }
    }

    /// Calls that wait or are on their way.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Waits until none is on its way.
    pub(super) async fn all_done(&self) {
        loop {
            let idle = self.idle.notified();
            if self.waiting() == 0 {
                return;
            }
            idle.await;
        }
    }

    fn line(&self, lot: &LotCode) -> Arc<Line> {
        Arc::clone(self.lines.lock().entry(lot.clone()).or_default())
    }

    /// Calls the lot, and says what it answered `within` so long. A call that is pretended goes the same way to the lot's door.
    pub(super) async fn call(&self, call: &OutgoingCall, within: Duration) -> LotAnswer {
        let line = self.line(&call.lot.code);
        let Some(way) = self.way(&call.lot) else { return LotAnswer::NotReachable };
        let turn = async { (line.turn.0.acquire().await, self.turn.acquire().await) };
        // Who has not had his turn by then is called again in his time. Neither is ever closed.
        let Ok((Ok(_own), Ok(_turn))) = tokio::time::timeout(within, turn).await else {
            return LotAnswer::NotReachable;
        };
        let (is_pretended, now) = (call.order.is_pretended(), self.clock.now());
        let is_open = match is_pretended {
            true => line.breaker.lock().opens_until(now).is_some(),
            false => !line.breaker.lock().lets_through(now),
        };
        if is_open {
            return LotAnswer::NotReachable;
        }
        let began = Instant::now();
        let answer = match self.seal(&way, call).await {
            Ok(Some(_)) if is_pretended => {
                return self.pretend(&call.order, Duration::ZERO, within).await;
            }
            Ok(Some(request)) => {
                let sent = self.send(way.standard.downlink(), request, call);
                // It may have the call, whatever it does after that.
                tokio::time::timeout(within, sent).await.unwrap_or(LotAnswer::Silent)
            }
            // Nobody is logged in: the lot has no token that it would know the platform by.
            Ok(None) => LotAnswer::NotReachable,
            Err(answer) => answer,
        };
        let is_heard = !matches!(answer, LotAnswer::Silent | LotAnswer::NotReachable);
        line.breaker.lock().note(is_heard, self.clock.now());
        line.answers.lock().note(&answer, began.elapsed());
        let outcome = super::answers::word(&answer);
        metrics::counter!("bowei_reservation_calls_total", "outcome" => outcome).increment(1);
        answer
    }

    /// Says what the lot would, when it would, where so much of that time has `passed` already; `within` so long.
    pub(super) async fn pretend(&self, order: &Order, passed: Duration, within: Duration) -> LotAnswer {
        let (answer, after) = self.line(&order.lot).answers.lock().pretended(&order.code);
        tokio::time::sleep(after.saturating_sub(passed).min(within)).await;
        answer
    }

    /// Notes what a lot's gateway answered, and after how long.
    pub(super) fn note_asked(&self, lot: &LotCode, answer: &LotAnswer, after: Duration) {
        self.line(lot).answers.lock().note(answer, after);
    }

    /// What lots answered at this node, and how their breakers stand.
    pub(super) fn answers(&self, lot: &LotCode) -> LotAnswers {
        let line = self.lines.lock().get(lot).cloned();
        let Some(line) = line else { return LotAnswers::default() };
        let breaker = line.breaker.lock().opens_until(self.clock.now());
        line.answers.lock().shown(breaker)
    }

    /// The request; `Ok(None)` where the account is not logged in.
    async fn seal(&self, way: &Way, call: &OutgoingCall) -> Result<Option<Request<Bytes>>, LotAnswer> {
        let Some(downlink) = way.standard.downlink() else { return Ok(None) };
        let token = match self.token(way).await {
            Ok(Some(token)) => token,
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::warn!(%error, "a lot's login cannot be read");
                return Err(LotAnswer::NotReachable);
            }
        };
        let now = self.clock.now();
        let sealed = match call.what {
            CallKind::Cancel => {
                downlink.seal_cancellation(&call.order.cancellation(), &way.lot_id, &token, now)
            }
            what => downlink.seal_reservation(&call.order.reservation(what), &way.lot_id, &token, now),
        };
        // What the standard cannot say, no later attempt can.
        let sealed = sealed.map_err(|error| LotAnswer::Refused { code: 0, why: error.to_string() })?;
        let (mut parts, body) = sealed.request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri: Result<Uri, _> = format!("{}{path}", way.callback).parse();
        parts.uri = uri.map_err(|error| {
            tracing::warn!(account = way.account, %error, "the callback is no address");
            LotAnswer::NotReachable
        })?;
        Ok(Some(Request::from_parts(parts, body)))
    }

    async fn token(&self, way: &Way) -> Result<Option<String>, StoreError> {
        let name = way.standard.card().name;
        let Some(login) = self.store.login_by_account(name, &way.account).await? else { return Ok(None) };
        let opened = self.registry.key().open(&secrets::login_label(name, &way.account), &login.token_sealed);
        let token = opened.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        token.map(Some).ok_or_else(|| StoreError::Unreadable(format!("the login of {}", way.account)))
    }

    async fn send(
        &self,
        downlink: Option<&dyn Downlink>,
        request: Request<Bytes>,
        call: &OutgoingCall,
    ) -> LotAnswer {
        let Some(downlink) = downlink else { return LotAnswer::NotReachable };
        match self.client.send(request).await {
            Ok(answer) => read(downlink, downlink.read_answer(&answer), call),
            // There was no connection: it certainly has not reached the lot.
            Err(SendError::Path(_) | SendError::NoConnection(_)) => LotAnswer::NotReachable,
            Err(_) => LotAnswer::Silent,
        }
    }
}

/// What a lot's answer comes to for a call.
fn read(downlink: &dyn Downlink, reading: DownlinkReading, call: &OutgoingCall) -> LotAnswer {
    let what = call.what;
    match reading {
        // It speaks of another: what it makes of this one is not known.
        DownlinkReading::Taken { reservation_code: Some(other) } if other != call.order.code.as_str() => {
            LotAnswer::Silent
        }
        DownlinkReading::Taken { .. } => LotAnswer::Taken,
        DownlinkReading::NoSpace if what == CallKind::Cancel => LotAnswer::Silent,
        DownlinkReading::NoSpace => LotAnswer::NoSpace,
        DownlinkReading::TryLater { .. } => LotAnswer::Silent,
        DownlinkReading::Refused { code, why } => match (what, downlink.refusal(&code)) {
            // It took an attempt whose answer was lost.
            (CallKind::Reserve, Some(DownlinkRefusal::BookingExists)) => LotAnswer::Taken,
            // It keeps nothing, which is what was wanted.
            (
                CallKind::Cancel,
                Some(DownlinkRefusal::NoSuchBooking | DownlinkRefusal::Cancelled | DownlinkRefusal::Expired),
            ) => LotAnswer::Taken,
            _ => LotAnswer::Refused { code: code.parse().unwrap_or_default(), why },
        },
    }
}
