//! A platform that is the real standard's own platform side, and answers as a test says.

use crate::gateway::time::Wall;
use bowei_edge::uplink::{Transport, TransportError};
use bowei_model::{Direction, LotCode, LotKind, Passage, Plate, ProviderCode, Report};
use bowei_standards::lot_side::{CannotSeal, Outgoing};
use bowei_standards::platform_side::{
    Account, Claim, Credential, Fields, Issued, LotAccess, LotLookup, Opened, Outcome,
};
use bowei_standards::{Fault, Refusal, Standard};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{DATE, HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

/// The lot, as itself calls it.
pub(crate) const LOT: &str = "L1";

/// What was issued, and the platform's own side of it.
type Kept = (Issued, Arc<dyn Credential>);

/// Accounts are issued once for all tests, and remember a password that was right: keys and slow hashes take their time.
static ISSUED: LazyLock<BTreeMap<&'static str, Kept>> = LazyLock::new(|| {
    let password = |field: &str| Fields::from([(field.to_owned(), "S3cret-0001".to_owned())]);
    let given = |name: &str| match name {
        "ningbo" => Fields::from([
            ("portname".to_owned(), "admin".to_owned()),
            ("portpwd".to_owned(), "123456".to_owned()),
        ]),
        "shenzhen" => password("password"),
        _ => Fields::new(),
    };
    let issued = bowei_standards::all().iter().map(|standard| {
        let name = standard.card().name;
        let issued = standard.issue(&given(name)).unwrap();
        let credential = standard.credential(&issued.kept).unwrap();
        (name, (issued, credential))
    });
    issued.collect()
});

/// The standards that have a message for a passage.
pub(crate) fn of_passages() -> impl Iterator<Item = &'static str> {
    let passage = Report::Passage(Passage::new(
        "330502-001".into(),
        "R1".into(),
        Direction::Entry,
        Timestamp::UNIX_EPOCH,
    ));
    let says = move |standard: &&&'static dyn Standard| {
        let own = standard.own_credential(&ISSUED[standard.card().name].0.handed_out).unwrap();
        let outgoing =
            Outgoing { report: &passage, lot_id: "1", lot_kind: LotKind::OffStreet, picture: None };
        let sealed = standard.seal(outgoing, &*own, Timestamp::UNIX_EPOCH);
        !matches!(sealed, Err(CannotSeal::NoMessage { .. }))
    };
    bowei_standards::all().iter().filter(says).map(|standard| standard.card().name)
}

/// The standards that have a login.
pub(crate) fn of_logins() -> impl Iterator<Item = &'static str> {
    bowei_standards::all().iter().filter(|it| it.login().is_some()).map(|it| it.card().name)
}

fn standard(name: &str) -> &'static dyn Standard {
    bowei_standards::by_name(name).unwrap()
}

/// What a message was.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Login,
    Reports(Vec<Report>),
    /// Which plates' records of a day are to be sent again.
    Replenishment(u32),
    /// The platform side itself refused it.
    Refused(String),
    /// Not looked at.
    Closed,
}

/// A message that has come.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// Virtual time since the platform was there.
    pub(crate) at: Duration,
    pub(crate) path: String,
    pub(crate) what: What,
    pub(crate) body: Bytes,
    /// The pictures in it.
    pub(crate) pictures: Vec<Bytes>,
    /// What the envelope says of when it was said, where the standard has that.
    pub(crate) sent_at: Option<Timestamp>,
    /// The platform took it.
    pub(crate) accepted: bool,
}

impl Arrived {
    pub(crate) fn reports(&self) -> &[Report] {
        match &self.what {
            What::Reports(reports) => reports,
            _ => &[],
        }
    }

    pub(crate) fn passage(&self) -> Option<&Passage> {
        self.reports().iter().find_map(|report| match report {
            Report::Passage(passage) => Some(passage),
            _ => None,
        })
    }
}

/// What a platform answers.
#[derive(Clone, Debug)]
pub(crate) enum Say {
    /// As the standard's platform side has it: taken, unless the message itself is wrong.
    Take,
    /// Refused for good, in words.
    Refuse(&'static str),
    /// Refused in this code, where the standard has codes, and these very words.
    Fail(i64, &'static str),
    /// 503, with or without the time to come back after.
    Later(Option<u32>),
    /// 413 of a proxy in front.
    TooLarge,
    /// The account is unknown, its password wrong.
    NoAccount,
    /// The token is dead.
    DeadToken,
    /// No answer at all.
    Silence,
    /// Taken, and then no answer.
    TakeInSilence,
    /// An answer that cannot be read.
    Garbage,
    /// This status and body, of no standard's.
    Plain(u16, &'static str),
    /// The answer takes so long.
    Slow(Duration),
}

type Script = Box<dyn FnMut(&Arrived) -> Say + Send>;

/// A platform.
pub(crate) struct Platform {
    pub(crate) standard: &'static dyn Standard,
    pub(crate) lot_id: &'static str,
    start: Instant,
    wall: Arc<Wall>,
    inner: Mutex<Inner>,
}

struct Inner {
    arrived: Vec<Arrived>,
    script: Script,
    latency: Duration,
    /// How far its clock is from the right time.
    off: SignedDuration,
    /// It says its time in HTTP's `Date`.
    says_date: bool,
    /// Messages are opened; a test of many has no time for that.
    opens: bool,
    token: Option<String>,
    missing: Vec<Plate>,
    /// What `expires_in` of a login's answer says in place of the standard's own.
    token_lives_s: Option<u32>,
}

impl Platform {
    pub(crate) fn new(name: &str, wall: &Arc<Wall>) -> Arc<Self> {
        let lot_id = match name {
            "shenzhen" => "9f3b6c1e4d2a48f7a0b5c6d7e8f90a1b",
            "ningbo" => "330212077102",
            "isp" => "ATXL/1",
            _ => "HZ330502001",
        };
        let inner = Inner {
            arrived: Vec::new(),
            script: Box::new(|_| Say::Take),
            latency: Duration::from_millis(30),
            off: SignedDuration::ZERO,
            says_date: false,
            opens: true,
            token: None,
            missing: Vec::new(),
            token_lives_s: None,
        };
        Arc::new(Self {
            standard: standard(name),
            lot_id,
            start: Instant::now(),
            wall: Arc::clone(wall),
            inner: Mutex::new(inner),
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.standard.card().name
    }

    /// What the lot was handed out.
    pub(crate) fn handed_out(&self) -> Fields {
        ISSUED[self.name()].0.handed_out.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// From now on it answers so.
    pub(crate) fn answers(&self, script: impl FnMut(&Arrived) -> Say + Send + 'static) {
        self.inner().script = Box::new(script);
    }

    /// From now on it takes everything.
    pub(crate) fn takes_all(&self) {
        self.answers(|_| Say::Take);
    }

    /// From now on nobody answers.
    pub(crate) fn goes_away(&self) {
        self.answers(|_| Say::Silence);
    }

    pub(crate) fn set_latency(&self, latency: Duration) {
        self.inner().latency = latency;
    }

    pub(crate) fn set_clock_off(&self, by: SignedDuration) {
        self.inner().off = by;
    }

    pub(crate) fn says_date(&self) {
        self.inner().says_date = true;
    }

    pub(crate) fn leaves_closed(&self) {
        self.inner().opens = false;
    }

    /// The plates whose records it will ask for again.
    pub(crate) fn misses(&self, plates: &[&str]) {
        self.inner().missing = plates.iter().map(|plate| Plate::read(plate).unwrap()).collect();
    }

    /// Tokens are good for so long from now on, as it says.
    pub(crate) fn set_token_life(&self, seconds: u32) {
        self.inner().token_lives_s = Some(seconds);
    }

    /// The token that the lot was given last.
    pub(crate) fn token(&self) -> Option<String> {
        self.inner().token.clone()
    }

    /// The token given last is worth nothing any more.
    pub(crate) fn forgets_token(&self) {
        self.inner().token = None;
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.wall.right().checked_add(self.inner().off).unwrap()
    }

    /// How long it has been there, as [`Arrived::at`] counts.
    pub(crate) fn age(&self) -> Duration {
        self.start.elapsed()
    }

    /// Everything that has come so far.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.inner().arrived.clone()
    }

    pub(crate) fn forget_arrived(&self) {
        self.inner().arrived.clear();
    }

    /// What it took, by the end of its path.
    pub(crate) fn taken(&self, path: &str) -> Vec<Arrived> {
        let all = self.arrived();
        all.into_iter().filter(|one| one.accepted && one.path.ends_with(path)).collect()
    }

    /// Whatever came, by the end of its path, taken or not.
    pub(crate) fn received(&self, path: &str) -> Vec<Arrived> {
        self.arrived().into_iter().filter(|one| one.path.ends_with(path)).collect()
    }

    /// The passages that it took, in order.
    pub(crate) fn passages(&self) -> Vec<Passage> {
        let all = self.arrived();
        all.iter().filter(|one| one.accepted).filter_map(|one| one.passage().cloned()).collect()
    }

    /// The plates of the passages that it took, in order.
    pub(crate) fn plates(&self) -> Vec<String> {
        self.passages()
            .iter()
            .map(|it| it.plate.as_ref().map_or(String::new(), |it| it.to_string()))
            .collect()
    }

    fn account(&self) -> Account {
        let (issued, credential) = &ISSUED[self.name()];
        let name = issued.kept[self.standard.card().account_field].clone();
        Account { provider: ProviderCode::from("demo"), name, credentials: vec![Arc::clone(credential)] }
    }

    fn open(&self, request: Request<Bytes>) -> Result<Opened, Refusal> {
        let now = self.now();
        let envelope = self.standard.read(request)?;
        let account = match envelope.claim() {
            Claim::Account(name) => Some(self.account()).filter(|account| account.name == *name),
            Claim::Token(token) => Some(self.account()).filter(|_| self.token().as_ref() == Some(token)),
        };
        envelope.authenticate(account.as_ref(), now)?;
        envelope.open(&account.unwrap(), &Here(self.lot_id), now)
    }

    /// The answer, and what it was that came.
    fn take(&self, request: Request<Bytes>) -> (Arrived, Result<Option<String>, Refusal>) {
        let path = request.uri().path().to_owned();
        let body = request.body().clone();
        let at = self.start.elapsed();
        let (what, pictures) = (What::Closed, Vec::new());
        let mut arrived = Arrived { at, path, body, pictures, what, sent_at: None, accepted: false };
        if !self.inner().opens && !arrived.path.ends_with("login") && !arrived.path.ends_with("heartBeats") {
            return (arrived, Ok(None));
        }
        let opened = self.open(request);
        let (what, outcome) = match opened {
            Err(refusal) => (What::Refused(refusal.fault.message()), Err(refusal)),
            Ok(Opened::Login(login)) => {
                let mut inner = self.inner();
                inner.token = Some(login.token);
                let receipt = match inner.token_lives_s {
                    None => login.receipt,
                    Some(seconds) => login.receipt.map(|receipt| {
                        let mut receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
                        receipt["expires_in"] = seconds.to_string().into();
                        receipt.to_string()
                    }),
                };
                (What::Login, Ok(receipt))
            }
            Ok(Opened::PlatesToReplenish(asked)) => {
                let missing = self.inner().missing.clone();
                (What::Replenishment(asked.day), (asked.answer)(missing).map(Some))
            }
            Ok(Opened::Delivery(delivery) | Opened::Conditional(delivery, _)) => {
                arrived.sent_at = delivery.sent_at;
                arrived.pictures = delivery.pictures.into_iter().map(|picture| picture.bytes).collect();
                let reports = delivery.reports.into_iter().map(|said| said.report).collect();
                (What::Reports(reports), Ok(delivery.receipt))
            }
        };
        arrived.what = what;
        (arrived, outcome)
    }

    async fn receive(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let latency = self.inner().latency;
        tokio::time::sleep(latency / 2).await;
        let (mut arrived, outcome) = self.take(request);
        let say = {
            let mut inner = self.inner();
            let say = (inner.script)(&arrived);
            arrived.accepted =
                matches!(say, Say::Take | Say::TakeInSilence | Say::Slow(_)) && outcome.is_ok();
            inner.arrived.push(arrived.clone());
            say
        };
        let now = self.now();
        let refusal = |code: &str, words: &str| {
            let fault = Fault::Unreadable { expected: "另一内容".to_owned(), received: words.to_owned() };
            let (code, steps) = (code.to_owned(), Vec::new());
            let refusal = Refusal { fault, code, lot_id: None, record_id: None, read_as: None, steps };
            self.standard.answer(&Outcome::Refused(&refusal), now)
        };
        let mut answer = match say {
            Say::Take | Say::Slow(_) => match &outcome {
                Ok(receipt) => self.standard.answer(&Outcome::Accepted { receipt: receipt.as_deref() }, now),
                Err(refusal) => self.standard.answer(&Outcome::Refused(refusal), now),
            },
            Say::Refuse(words) => {
                let code = if self.name() == "shenzhen" { "1007" } else { "1" };
                refusal(code, words)
            }
            Say::Fail(code, words) => {
                let body = match self.name() {
                    "ningbo" => json!({ "result": 1, "description": words }),
                    "shenzhen" => json!({ "code": code, "message": words, "timestamp": 1, "data": [] }),
                    _ => json!({ "code": code, "msg": words, "data": {} }),
                };
                Response::new(Bytes::from(body.to_string()))
            }
            Say::Later(None) => plain(StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Say::Later(Some(seconds)) => {
                let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, "busy");
                answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                answer
            }
            Say::TooLarge => {
                plain(StatusCode::PAYLOAD_TOO_LARGE, "<html>413 Request Entity Too Large</html>")
            }
            Say::NoAccount => {
                let code = if self.name() == "shenzhen" { "3001" } else { "401" };
                refusal(code, "账号或密码错误")
            }
            Say::DeadToken if self.name() == "isp" => plain(StatusCode::UNAUTHORIZED, ""),
            Say::DeadToken => refusal("5", "Token校验失败"),
            Say::Silence | Say::TakeInSilence => {
                tokio::time::sleep(Duration::from_secs(30)).await;
                return Err(TransportError("no answer within 30 s".to_owned()));
            }
            Say::Plain(status, body) => plain(StatusCode::from_u16(status).unwrap(), body),
            Say::Garbage => plain(StatusCode::OK, "<html>502 Bad Gateway</html>"),
        };
        if self.inner().says_date {
            let date = jiff::fmt::rfc2822::DateTimePrinter::new();
            let date = date.timestamp_to_rfc9110_string(&now).unwrap();
            answer.headers_mut().insert(DATE, HeaderValue::from_str(&date).unwrap());
        }
        let slow = if let Say::Slow(by) = say { by } else { Duration::ZERO };
        tokio::time::sleep(latency / 2 + slow).await;
        Ok(answer)
    }
}

fn plain(status: StatusCode, body: &'static str) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap()
}

/// The lot is the account's, and no other.
struct Here(&'static str);

impl LotLookup for Here {
    fn lot(&self, id: &str) -> LotAccess {
        if id == self.0 { LotAccess::Granted(LotCode::from(LOT)) } else { LotAccess::Unknown }
    }

    fn code_for_new_lot(&self, _id: &str) -> LotCode {
        LotCode::from(LOT)
    }
}

/// The way there, of one run of the gateway: when its power fails, nothing more gets through.
pub(crate) struct Wire {
    pub(crate) platform: Arc<Platform>,
    pub(crate) alive: Arc<AtomicBool>,
}

impl Transport for Wire {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        if !self.alive.load(Relaxed) {
            return std::future::pending().boxed();
        }
        self.platform.receive(request).boxed()
    }
}
