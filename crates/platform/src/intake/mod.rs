//! The way of a report: authenticate, open, rule, keep, do what follows, answer.
//!
//! Nothing is answered with success before the store says that it is on stable storage. Costly opening runs on
//! the [`decryption`] pool and waits there under a bound; everything else is done on the spot.

mod allowance;
mod decryption;
mod fair_queue;
mod inspection;
pub(crate) mod inspector_expiry;
mod keeping;
mod logins;
mod off_peak;
pub(crate) mod past;
mod quota;
mod replenishment;

pub(crate) use decryption::PoolError;
pub(crate) use off_peak::NotReported;

use crate::after_commit::AfterCommit;
use crate::clock::Clock;
use crate::config::Config;
use crate::registry::{AccountBook, Registry};
use crate::retention::Plates;
use allowance::{Allowance, ClaimedNotes};
use aws_lc_rs::digest::{SHA256, digest};
use bowei_model::Report;
use bowei_standards::platform_side::{Account, Claim, Delivery, Envelope, Lane, Opened, Outcome};
use bowei_standards::{Fault, Refusal, Standard};
use bowei_store::{InspectorBounds, PhotoStore, QueueDepth, Store, StoreError};
use bytes::Bytes;
use decryption::{Decryption, Full};
use http::{Method, Request, Response};
use jiff::Timestamp;
use logins::Logins;
use quota::{Quotas, UsedUp};
use std::sync::Arc;
use std::time::Duration;

/// Seconds after which a lot should try again when the platform is busy: long enough for a queue of a second or
/// two to empty.
const RETRY_AFTER_S: u32 = 5;

/// Takes messages in.
pub(crate) struct Intake {
    registry: Arc<Registry>,
    plates: Plates,
    store: Arc<dyn Store>,
    photos: Arc<dyn PhotoStore>,
    after_commit: Vec<Arc<dyn AfterCommit>>,
    clock: Arc<dyn Clock>,
    decryption: Decryption,
    allowance: Allowance,
    quotas: Quotas,
    claimed_notes: ClaimedNotes,
    logins: Logins,
    answer_timeout: Duration,
    inspector: InspectorBounds,
    /// Held while an off-peak service's word is held against whose it was before, and kept.
    off_peak_turn: tokio::sync::Mutex<()>,
}

/// Why a message was not accepted.
#[derive(Debug)]
enum NotAccepted {
    Refused(Box<Refusal>),
    TooMany { retry_after_s: u32 },
    OverQuota(UsedUp),
    Unavailable(String),
}

fn too_many(retry_after_s: u32) -> NotAccepted {
    NotAccepted::TooMany { retry_after_s }
}

impl From<Refusal> for NotAccepted {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<UsedUp> for NotAccepted {
    fn from(used_up: UsedUp) -> Self {
        Self::OverQuota(used_up)
    }
}

impl From<Full> for NotAccepted {
    fn from(full: Full) -> Self {
        Self::Unavailable(full.to_string())
    }
}

impl From<StoreError> for NotAccepted {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// A message that is authentic and opened.
struct Authentic {
    account: Arc<Account>,
    /// The token under which it came, in standards that have them.
    token: Option<String>,
    opened: Opened,
    message_sha256: [u8; 32],
}

/// What was learnt of a message before it was refused, for the inspector.
#[derive(Default)]
struct Seen {
    claim: Option<Claim>,
    account: Option<Arc<Account>>,
    /// Whether it was found to be from that account.
    is_authentic: bool,
}

impl Intake {
    /// An intake that keeps what it takes in `store` and in `photos`, and then has the steps of `after_commit` done in
    /// their order.
    pub(crate) fn new(
        (registry, plates): (Arc<Registry>, Plates),
        store: Arc<dyn Store>,
        photos: Arc<dyn PhotoStore>,
        after_commit: Vec<Arc<dyn AfterCommit>>,
        clock: Arc<dyn Clock>,
        config: &Config,
    ) -> Result<Self, PoolError> {
        let limits = &config.limits;
        let logins = Logins::new(Arc::clone(&store), registry.key().clone(), Arc::clone(&clock));
        Ok(Self {
            registry,
            plates,
            store,
            photos,
            after_commit,
            decryption: Decryption::new(limits)?,
            allowance: Allowance::new(limits, Arc::clone(&clock)),
            quotas: Quotas::new(Arc::clone(&clock), limits.daily_quota_factor),
            claimed_notes: ClaimedNotes::new(Arc::clone(&clock)),
            clock,
            logins,
            answer_timeout: Duration::from_secs(limits.answer_timeout_s),
            inspector: config.inspector.bounds(),
            off_peak_turn: tokio::sync::Mutex::default(),
        })
    }

    /// What waits to be opened, in RSA blocks.
    pub(crate) fn queues(&self) -> [QueueDepth; 3] {
        self.decryption.queues()
    }

    /// Takes one whole message in and answers it.
    pub(crate) async fn receive(
        &self,
        standard: &'static dyn Standard,
        lane: Lane,
        request: Request<Bytes>,
    ) -> Response<Bytes> {
        let path = request.uri().path().to_owned();
        let mut seen = Seen::default();
        let taken = self.take(standard, lane, request, &mut seen);
        let outcome = match tokio::time::timeout(self.answer_timeout, taken).await {
            Ok(outcome) => outcome,
            Err(_) => Err(NotAccepted::Unavailable("not finished within the time for an answer".to_owned())),
        };
        let now = self.clock.now();
        let name = standard.card().name;
        match outcome {
            Ok(receipt) => standard.answer(&Outcome::Accepted { receipt: receipt.as_deref() }, now),
            Err(NotAccepted::Refused(refusal)) => self.refuse(standard, &path, &seen, &refusal),
            Err(NotAccepted::TooMany { retry_after_s }) => {
                metrics::counter!("bowei_messages_deferred_total", "standard" => name, "why" => "too_many")
                    .increment(1);
                standard.answer(&Outcome::TooMany { retry_after_s }, now)
            }
            Err(NotAccepted::OverQuota(UsedUp { words, retry_after_s })) => {
                metrics::counter!("bowei_messages_deferred_total", "standard" => name, "why" => "over_quota")
                    .increment(1);
                standard.answer(&Outcome::OverQuota { quota: &words, retry_after_s }, now)
            }
            Err(NotAccepted::Unavailable(why)) => {
                metrics::counter!("bowei_messages_deferred_total", "standard" => name, "why" => "unavailable")
                    .increment(1);
                tracing::warn!(standard = name, why, "a message was put off");
                self.unavailable(standard)
            }
        }
    }

    /// The answer to a request for an interface that the standard has not, `path` as requested and `below` as the
    /// standard sees it.
    pub(crate) fn unserved(
        &self,
        standard: &'static dyn Standard,
        method: &Method,
        path: &str,
        below: &str,
    ) -> Response<Bytes> {
        self.refuse(standard, path, &Seen::default(), &standard.unserved(method, below))
    }

    /// Notes a refusal for the inspector, and answers it.
    fn refuse(
        &self,
        standard: &'static dyn Standard,
        path: &str,
        seen: &Seen,
        refusal: &Refusal,
    ) -> Response<Bytes> {
        let (name, code, now) = (standard.card().name, refusal.code.clone(), self.clock.now());
        metrics::counter!("bowei_messages_refused_total", "standard" => name, "code" => code).increment(1);
        let (noted, bytes) = inspection::note(standard, path, seen, refusal, &self.registry.snapshot(), now);
        if noted.claimed && !self.claimed_notes.take(&noted.provider, bytes) {
            metrics::counter!("bowei_refusals_dropped_total").increment(1);
        } else {
            self.store.note_refusal(noted, self.inspector);
        }
        standard.answer(&Outcome::Refused(refusal), now)
    }

    /// The answer of a platform that cannot take a message now.
    pub(crate) fn unavailable(&self, standard: &dyn Standard) -> Response<Bytes> {
        standard.answer(&Outcome::Unavailable { retry_after_s: RETRY_AFTER_S }, self.clock.now())
    }

    /// The answer to a body that is over its route's limit.
    pub(crate) fn too_large(&self, standard: &dyn Standard, max_bytes: usize) -> Response<Bytes> {
        metrics::counter!("bowei_messages_refused_total", "standard" => standard.card().name, "code" => "413").increment(1);
        standard.answer(&Outcome::TooLarge { max_bytes }, self.clock.now())
    }

    async fn take(
        &self,
        standard: &'static dyn Standard,
        lane: Lane,
        request: Request<Bytes>,
        seen: &mut Seen,
    ) -> Result<Option<String>, NotAccepted> {
        let body = request.body().clone();
        let envelope = standard.read(request)?;
        let name = standard.card().name;
        seen.claim = Some(envelope.claim().clone());
        let snapshot = self.registry.snapshot();
        let (account, token) = match envelope.claim() {
            Claim::Account(account) => (snapshot.account(name, account), None),
            Claim::Token(token) => {
                let holder = self.logins.holder(name, token).await?;
                // A login ends with the credential that it was made with.
                let holder = holder.filter(|holder| {
                    snapshot.valid_since(name, &holder.account).is_some_and(|since| since <= holder.since)
                });
                (holder.and_then(|holder| snapshot.account(name, &holder.account)), Some(token.clone()))
            }
        };
        seen.account.clone_from(&account);
        let now = self.clock.now();
        let envelope = self.authenticate(name, envelope, account.clone(), now).await?;
        let Some(account) = account else {
            // A standard that calls a message of nobody's authentic is wrong; nobody's reports are not kept.
            return Err(NotAccepted::Unavailable("authentic, and of no account".to_owned()));
        };
        seen.is_authentic = true;
        let key = (name, account.name.clone());
        self.allowance.take(&key, envelope.cost(), body.len()).map_err(too_many)?;
        let lots = self.registry.book(&account.provider, standard);
        let authentic = self.open(key, envelope, lane, body, (account, token), lots, now).await?;
        self.act(standard, authentic, now).await
    }

    /// Whether a message is authentic, found out on a thread of its own where that is costly.
    async fn authenticate(
        &self,
        standard: &'static str,
        envelope: Box<dyn Envelope>,
        account: Option<Arc<Account>>,
        now: Timestamp,
    ) -> Result<Box<dyn Envelope>, NotAccepted> {
        let cost = envelope.cost_of_authentication(account.as_deref());
        if cost == 0 {
            envelope.authenticate(account.as_deref(), now)?;
            return Ok(envelope);
        }
        // When a hundred lots of an account speak at once after a restart, the first of them pays, and the others find the
        // password known when it is their turn.
        let speaker = account.as_ref().map(|account| (standard, account.name.clone()));
        let checking = move || {
            let authentic = envelope.authenticate(account.as_deref(), now);
            authentic.map(|()| envelope)
        };
        Ok(self.decryption.check(speaker, cost, checking).await??)
    }

    /// Opens an authentic message, on the decryption pool where that is costly.
    #[allow(
        clippy::too_many_arguments,
        reason = "a step of one way, with all that the steps before have found"
    )]
    async fn open(
        &self,
        key: allowance::Key,
        envelope: Box<dyn Envelope>,
        lane: Lane,
        body: Bytes,
        (account, token): (Arc<Account>, Option<String>),
        lots: AccountBook,
        now: Timestamp,
    ) -> Result<Authentic, NotAccepted> {
        let (cost, order) = (envelope.cost(), envelope.charging_order());
        let opening_account = Arc::clone(&account);
        let mut left = Some(envelope);
        let mut opening = move |blocks| {
            let mut envelope = left.take()?;
            if envelope.work_ahead(&opening_account, blocks) {
                left = Some(envelope);
                return None;
            }
            let mut message_sha256 = [0u8; 32];
            message_sha256.copy_from_slice(digest(&SHA256, &body).as_ref());
            Some((envelope.open(&opening_account, &lots, now), message_sha256))
        };
        let at_once = if cost == 0 { opening(0) } else { None };
        let (opened, message_sha256) = match at_once {
            Some(opened) => opened,
            None => self.decryption.run(lane, Some(key.clone()), cost, opening).await?,
        };
        if let Err(Refusal { fault: Fault::CannotOpen { .. }, .. }) = &opened {
            self.allowance.unopened(&key, cost);
        }
        let opened = match (opened, order) {
            // A repetition is a success whatever else it says, and has no effect.
            (Err(refusal), Some(order)) => {
                let known = self.store.is_charged(&account.provider, &order).await?;
                if known { Opened::Delivery(Delivery::default()) } else { return Err(refusal.into()) }
            }
            (opened, _) => opened?,
        };
        Ok(Authentic { account, token, opened, message_sha256 })
    }

    /// Does what the message asks for; gives what the answer says.
    async fn act(
        &self,
        standard: &'static dyn Standard,
        authentic: Authentic,
        now: Timestamp,
    ) -> Result<Option<String>, NotAccepted> {
        let Authentic { account, token, opened, message_sha256 } = authentic;
        let name = standard.card().name;
        match opened {
            Opened::Delivery(delivery) => {
                let alive =
                    delivery.reports.iter().any(|reported| matches!(reported.report, Report::Heartbeat(_)));
                let receipt = self.keep(standard, &account, delivery, message_sha256, None, now).await?;
                if let Some(token) = token.filter(|_| alive) {
                    self.logins.renew(name, &token).await?;
                }
                Ok(receipt)
            }
            Opened::Conditional(delivery, condition) => {
                self.keep(standard, &account, delivery, message_sha256, Some(condition), now).await
            }
            Opened::Login(login) => {
                if let Some(ttl) = login.ttl {
                    self.logins.keep(name, &account.name, &login.token, ttl).await?;
                }
                Ok(login.receipt)
            }
            Opened::PlatesToReplenish(asked) => {
                let plates =
                    replenishment::plates_to_mend(self.store.as_ref(), &asked.lot, asked.day, now).await?;
                Ok(Some((asked.answer)(plates)?))
            }
        }
    }
}
