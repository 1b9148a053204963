//! The way of a report: authenticate, open, rule, keep, show, answer.
//!
//! Nothing is answered with success before the store says that it is on stable storage. Costly opening runs on
//! the [`decryption`] pool and waits there under a bound; everything else is done on the spot.

mod allowance;
pub mod decryption;
pub(crate) mod follow;
mod inspection;
pub(crate) mod live;
mod logins;
mod mending;
mod turns;

pub use live::{LiveEvent, LivePassage, LivePhoto, PhotoOf};

use crate::clock::Clock;
use crate::config::LimitsConfig;
use crate::registry::{AccountBook, Registry, may_say};
use crate::vacancy::Vacancy;
use allowance::Allowance;
use aws_lc_rs::digest::{SHA256, digest};
use bowei_model::{Effect, Report, Statement, moment, rules};
use bowei_standards::platform_side::{
    Account, Claim, Condition, Delivery, Envelope, Lane, Opened, Outcome, Said,
};
use bowei_standards::{Refusal, Standard};
use bowei_store::photos::NewPicture;
use bowei_store::{Committed, NewDelivery, NewStatement, PhotoStore, StoreError};
use bytes::Bytes;
use decryption::{Decryption, Full};
use http::{Method, Request, Response};
use jiff::Timestamp;
use logins::Logins;
use std::sync::Arc;
use std::time::Duration;
use turns::Turns;

/// Seconds after which a lot should try again when the platform is busy: long enough for a queue of a second or
/// two to empty.
const RETRY_AFTER_S: u32 = 5;
/// Takes messages in.
pub struct Intake {
    registry: Arc<Registry>,
    photos: Arc<dyn PhotoStore>,
    vacancy: Arc<Vacancy>,
    clock: Arc<dyn Clock>,
    decryption: Decryption,
    allowance: Allowance,
    logins: Logins,
    password_turns: Turns,
    live: live::Live,
    answer_timeout: Duration,
}

/// Why a message was not accepted.
#[derive(Debug)]
enum NotAccepted {
    Refused(Box<Refusal>),
    TooMany { retry_after_s: u32 },
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
}

impl Intake {
    /// An intake that keeps what it takes in `registry`'s store and in `photos`.
    pub fn new(
        registry: Arc<Registry>,
        photos: Arc<dyn PhotoStore>,
        vacancy: Arc<Vacancy>,
        clock: Arc<dyn Clock>,
        limits: &LimitsConfig,
    ) -> Result<Self, decryption::PoolError> {
        let logins = Logins::new(Arc::clone(&registry), Arc::clone(&clock));
        Ok(Self {
            registry,
            photos,
            vacancy,
            clock,
            decryption: Decryption::new(limits)?,
            allowance: Allowance::new(limits),
            logins,
            password_turns: Turns::default(),
            live: live::Live::default(),
            answer_timeout: Duration::from_secs(limits.answer_timeout_s),
        })
    }

    /// Passages and photos as they are kept, for those who watch.
    pub fn watch(&self) -> tokio::sync::broadcast::Receiver<LiveEvent> {
        self.live.watch()
    }

    /// Takes one whole message in and answers it.
    pub async fn receive(
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
    pub fn unserved(
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
        let noted = inspection::note(standard, path, seen, refusal, &self.registry.snapshot(), now);
        self.registry.store().note_refusal(noted);
        standard.answer(&Outcome::Refused(refusal), now)
    }

    /// The answer of a platform that cannot take a message now.
    pub fn unavailable(&self, standard: &dyn Standard) -> Response<Bytes> {
        standard.answer(&Outcome::Unavailable { retry_after_s: RETRY_AFTER_S }, self.clock.now())
    }

    /// The answer to a body that is over its route's limit.
    pub fn too_large(&self, standard: &dyn Standard, max_bytes: usize) -> Response<Bytes> {
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
        let envelope = self.authenticate(envelope, account.clone(), now).await?;
        let Some(account) = account else {
            // A standard that calls a message of nobody's authentic is wrong; nobody's reports are not kept.
            return Err(NotAccepted::Unavailable("authentic, and of no account".to_owned()));
        };
        self.allowance.take(name, &account.name).map_err(too_many)?;
        let lots = self.registry.book(&account.provider, standard);
        let authentic = self.open(envelope, lane, body, (account, token), lots, now).await?;
        self.act(standard, authentic, now).await
    }

    /// Whether a message is authentic, found out on threads of their own where that is costly.
    async fn authenticate(
        &self,
        envelope: Box<dyn Envelope>,
        account: Option<Arc<Account>>,
        now: Timestamp,
    ) -> Result<Box<dyn Envelope>, NotAccepted> {
        if envelope.cost_of_authentication(account.as_deref()) == 0 {
            envelope.authenticate(account.as_deref(), now)?;
            return Ok(envelope);
        }
        // One check of an account at a time: when a hundred lots of an account speak at once after a restart, the
        // first of them pays, and the others find the password known.
        let row = account.as_ref().map(|account| &account.name);
        let _turn = self.password_turns.take(&row).await;
        let cost = envelope.cost_of_authentication(account.as_deref());
        let checking = move || {
            let authentic = envelope.authenticate(account.as_deref(), now);
            authentic.map(|()| envelope)
        };
        let checked = if cost == 0 { checking() } else { self.decryption.check(cost, checking).await? };
        Ok(checked?)
    }

    /// Opens an authentic message, on the decryption pool where that is costly.
    async fn open(
        &self,
        envelope: Box<dyn Envelope>,
        lane: Lane,
        body: Bytes,
        (account, token): (Arc<Account>, Option<String>),
        lots: AccountBook,
        now: Timestamp,
    ) -> Result<Authentic, NotAccepted> {
        let (cost, order) = (envelope.cost(), envelope.charging_order());
        let opening_account = Arc::clone(&account);
        let opening = move || {
            let mut message_sha256 = [0u8; 32];
            message_sha256.copy_from_slice(digest(&SHA256, &body).as_ref());
            (envelope.open(&opening_account, &lots, now), message_sha256)
        };
        let opened = if cost == 0 { opening() } else { self.decryption.run(lane, cost, opening).await? };
        let (opened, message_sha256) = opened;
        let opened = match (opened, order) {
            // A repetition is a success whatever else it says, and has no effect.
            (Err(refusal), Some(order)) => {
                let known = self.registry.store().is_charged(&account.provider, &order).await?;
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
                let alive = delivery.reports.iter().any(|said| matches!(said.report, Report::Heartbeat(_)));
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
                if let Some(lives) = login.lives {
                    self.logins.keep(name, &account.name, &login.token, lives).await?;
                }
                Ok(login.receipt)
            }
            Opened::PlatesToMend(asked) => {
                let store = self.registry.store().as_ref();
                let plates = mending::plates_to_mend(store, &asked.lot, asked.day).await?;
                Ok(Some((asked.answer)(plates)?))
            }
        }
    }

    /// Puts a delivery on stable storage, pictures first, and then shows it.
    async fn keep(
        &self,
        standard: &'static dyn Standard,
        account: &Account,
        delivery: Delivery,
        message_sha256: [u8; 32],
        condition: Option<Condition>,
        now: Timestamp,
    ) -> Result<Option<String>, NotAccepted> {
        if delivery.reports.is_empty() {
            return Ok(delivery.receipt);
        }
        let (condition, otherwise) = match condition {
            None => (None, None),
            Some(Condition { photos, otherwise }) => {
                // Looked at before the picture is put away, which would be in vain; decided where the record is kept.
                let (lot, record_id) = (&photos.lot, photos.record_id.as_str());
                let session = self.registry.store().session(lot, record_id).await?;
                if !photos.holds(session.as_ref()) {
                    return Err(NotAccepted::Refused(otherwise));
                }
                (Some(photos), Some(otherwise))
            }
        };
        let snapshot = self.registry.snapshot();
        let unnamed = |said: &Said| match &said.report {
            Report::NamedPhoto(photo) => !snapshot.lots.contains_key(&photo.lot),
            _ => false,
        };
        if delivery.reports.iter().any(unnamed) {
            self.allowance.take_early_picture(standard.card().name, &account.name).map_err(too_many)?;
        }
        let said_at = delivery.said_at.unwrap_or(now);
        let state = |said: Said| {
            let mut doubts = said.doubts;
            if let Some(lot) = said.report.lot().and_then(|code| snapshot.lots.get(code)) {
                doubts.extend(rules::doubts(&said.report, lot, now));
            }
            let statement = Statement {
                standard: standard.card().name.to_owned(),
                provider: account.provider.clone(),
                said_at,
                received_at: now,
                report: said.report,
                doubts,
            };
            NewStatement { statement, unnamed_fields: said.unnamed_fields }
        };
        let statements: Vec<_> = delivery.reports.into_iter().map(state).collect();
        let watched: Vec<_> = statements.iter().map(|new| new.statement.clone()).collect();
        self.registry.admit(&watched).await?;
        // Once more, whatever the standard has let through: the registry may have changed since the message was read.
        let snapshot = self.registry.snapshot();
        let is_his = |said: &Statement| {
            let lot = said.report.lot().and_then(|code| snapshot.lots.get(code));
            lot.is_none_or(|lot| may_say(&account.provider, &said.report, lot))
        };
        if !watched.iter().all(is_his) {
            return Err(NotAccepted::Unavailable("the lot has become somebody else's".to_owned()));
        }
        let pictures: Vec<_> = delivery
            .pictures
            .into_iter()
            .map(|picture| NewPicture { sha256: picture.sha256, bytes: picture.bytes })
            .collect();
        if !pictures.is_empty() {
            self.photos.put(moment::day(now), pictures).await?;
        }
        let delivered = NewDelivery { message_sha256, statements, condition };
        let committed = self.registry.store().commit(delivered).await?;
        if let Some(otherwise) = otherwise.filter(|_| !committed.kept) {
            return Err(NotAccepted::Refused(otherwise));
        }
        // Said again after a failure here, it is known to the ledger and worked in all the same.
        self.registry.describe(&watched).await?;
        self.show(&watched, &committed);
        Ok(delivery.receipt)
    }

    fn show(&self, statements: &[Statement], committed: &Committed) {
        self.vacancy.apply(&committed.lots);
        let snapshot = self.registry.snapshot();
        for (statement, effect) in statements.iter().zip(&committed.effects) {
            self.vacancy.heard(statement);
            let outcome = match effect {
                Effect::New => "accepted",
                Effect::Repeated => "repeated",
                Effect::Amended => "amended",
            };
            metrics::counter!("bowei_reports_total", "kind" => statement.report.kind(), "outcome" => outcome)
                .increment(1);
            // Where nodes share a store, watchers are told from its ledger.
            if *effect != Effect::Repeated && !self.registry.store().is_shared() {
                self.live.tell(statement, &snapshot);
            }
        }
    }
}
