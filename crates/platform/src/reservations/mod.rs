//! Reservations and their waitlist: the platform's part. What may become of an order is the model's ([`bowei_model::reservation`]);
//! here it is kept, lots are told, and drivers and the office are answered.
//!
//! All that competes for a lot's places is one book, and one [`desk`] a lot changes it. [`caller`] calls lots that are called,
//! [`gateway`] is for those that ask, [`passages`] brings in what lots report, [`clock`] what the time brings, [`proof`] whether a
//! car really did not come, [`drivers`] what is done with a private link and [`office`] what the office does.

mod admission;
mod answers;
mod ask;
mod breaker;
mod caller;
mod clock;
mod desk;
mod drivers;
mod gateway;
pub(crate) mod kept;
mod notices;
mod office_acts;
mod passages;
mod plate_records;
pub(crate) mod policy;
mod proof;
mod session;
pub(crate) mod settlement;
pub(crate) mod words;

pub(crate) use admission::{NotReservable, is_offered};
pub(crate) use answers::LotAnswers;
pub(crate) use clock::{PLATE_KEPT_DAYS, TICK_EVERY, jobs};
pub(crate) use drivers::{NewRequest, View, link_ends, phone};
pub(crate) use gateway::{CallOutcome, OpenCall};
pub(crate) use office_acts::OfficeAct;
pub(crate) use passages::Passages;

use crate::clock::Clock;
use crate::office::settings::SettingsBook;
use crate::office::{self, Kept};
use crate::registry::Registry;
use crate::retention::Plates;
use crate::seal::{MasterKey, SealError};
use ask::{Ask, Done};
use bowei_model::LotCode;
use bowei_model::reservation::{CallKind, Command, Declined, Effect, LotAnswer, Order, Policy};
use bowei_service::outgoing::BadAddress;
use bowei_store::{Store, StoreError};
use caller::{Caller, OutgoingCall};
use desk::Desk;
use kept::{KeptBook, LotTerms};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex as AsyncMutex, broadcast, watch};
use tokio::task::JoinHandle;

/// How long a book or a lot's terms, read at this node, are good for where a second does not matter.
const SEEN_TTL: Duration = Duration::from_secs(1);

/// A lot that grants nothing by its own word and has no orders is looked at again after so long: nearly all lots of a city, and
/// each of their passages would ask the store.
const QUIET_TTL: Duration = Duration::from_secs(15);

/// Books that have changed which a watcher may lag behind: it looks again then.
const LAG_MAX: usize = 1_024;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDone {
    /// The rules do not allow it.
    #[error("{0}")]
    Declined(Declined),
    /// The lot takes no such reservation.
    #[error("{}", .0.words())]
    NotReservable(NotReservable),
    /// An appeal is not taken.
    #[error("{0}")]
    Appeal(bowei_model::reservation::AppealRefused),
    /// Too much waits.
    #[error(
        "此停车场的预约请求过多，请稍后重试 too many reservations are asked for at this lot: try again in a moment"
    )]
    Busy,
    /// The store did not answer: whether it was done is not known.
    #[error("{0}")]
    Unavailable(String),
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// What every part needs.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The city's rules.
    pub(crate) policy: Arc<SettingsBook<Policy>>,
    /// What stands for plates.
    pub(crate) plates: Plates,
    /// Seals phone numbers.
    pub(crate) phones: MasterKey,
    /// Whether drivers are told anything.
    is_told: bool,
    node: String,
    caller: Caller,
    desks: Mutex<HashMap<LotCode, Arc<Desk>>>,
    seen: Recent<Arc<KeptBook>>,
    terms: Recent<LotTerms>,
    quiet: Mutex<HashMap<LotCode, Instant>>,
    changed: broadcast::Sender<LotCode>,
}

/// Why there are no reservations.
#[derive(Debug, thiserror::Error)]
pub enum ReservationsError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Lots cannot be called.
    #[error("lots cannot be called: {0}")]
    Client(#[from] BadAddress),
}

/// The label of the key that phone numbers are sealed with.
pub(crate) const PHONES: &str = "reservation phones";

/// Reservations.
#[derive(Clone)]
pub struct Reservations {
    pub(crate) parts: Arc<Parts>,
}

impl Reservations {
    pub(crate) async fn open(
        (store, registry, clock): (&Arc<dyn Store>, &Arc<Registry>, &Arc<dyn Clock>),
        plates: Plates,
        is_told: bool,
        node: String,
    ) -> Result<Self, ReservationsError> {
        let policy = Arc::new(SettingsBook::open(Arc::clone(store)).await?);
        let caller = Caller::new(Arc::clone(store), Arc::clone(registry), Arc::clone(clock))?;
        let parts = Parts {
            store: Arc::clone(store),
            registry: Arc::clone(registry),
            clock: Arc::clone(clock),
            policy,
            plates,
            phones: registry.key().derived(PHONES)?,
            is_told,
            node,
            caller,
            desks: Mutex::default(),
            seen: Recent::default(),
            terms: Recent::default(),
            quiet: Mutex::default(),
            changed: broadcast::Sender::new(LAG_MAX),
        };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// The lots whose books change, from now on.
    pub(crate) fn watch(&self) -> broadcast::Receiver<LotCode> {
        self.parts.changed.subscribe()
    }

    /// What lots answered at this node.
    pub(crate) fn answers(&self, lot: &LotCode) -> LotAnswers {
        self.parts.caller.answers(lot)
    }

    /// Waits until no call is on its way, and whatever came of the last one is kept: for tests.
    pub async fn calls_done(&self) {
        self.parts.caller.all_done().await;
    }

    /// Has everything done that is due: for tests, and for whoever turns the clock.
    pub async fn tick(&self) -> Result<(), StoreError> {
        clock::tick(&self.parts).await
    }
}

impl Parts {
    fn desk(&self, lot: &LotCode) -> Arc<Desk> {
        let mut desks = self.desks.lock();
        Arc::clone(desks.entry(lot.clone()).or_insert_with(|| Arc::new(Desk::new(lot.clone()))))
    }

    /// Has something done with a lot's book.
    async fn submit(self: &Arc<Self>, lot: &LotCode, ask: impl Into<Ask>) -> Result<Done, NotDone> {
        self.desk(lot).submit(self, ask.into()).await
    }

    /// A lot's book as it was a second ago at most.
    pub(crate) async fn seen(&self, lot: &LotCode) -> Result<Arc<KeptBook>, StoreError> {
        let book = desk::book(self.store.as_ref(), lot);
        self.seen.or_read(lot, async { book.await.map(|kept| Arc::new(kept.document)) }).await
    }

    /// Whether the lot had nothing to do with reservations when it was last looked at, a moment ago.
    fn is_quiet(&self, lot: &LotCode) -> bool {
        self.quiet.lock().get(lot).is_some_and(|at| at.elapsed() < QUIET_TTL)
    }

    fn note_quiet(&self, lot: &LotCode) {
        let offers = self.registry.snapshot().lots.get(lot).is_some_and(|lot| is_offered(lot));
        if !offers {
            self.quiet.lock().insert(lot.clone(), Instant::now());
        }
    }

    fn see(&self, lot: &LotCode, book: Arc<KeptBook>) {
        self.quiet.lock().remove(lot);
        self.seen.put(lot, book);
    }

    /// On which terms a lot is reserved, as they were a second ago at most.
    pub(crate) async fn terms(&self, lot: &LotCode) -> Result<LotTerms, StoreError> {
        self.terms.or_read(lot, async { self.kept_terms(lot).await.map(|kept| kept.document) }).await
    }

    async fn kept_terms(&self, lot: &LotCode) -> Result<Kept<LotTerms>, StoreError> {
        let found = office::one::<LotTerms>(self.store.as_ref(), lot.as_str()).await?;
        Ok(found.unwrap_or_else(|| Kept::new(lot.to_string(), LotTerms::default())))
    }

    fn forget_terms(&self, lot: &LotCode) {
        self.terms.forget(lot);
    }

    /// What follows once a batch is kept: who watches is told, and lots are called.
    fn committed(self: &Arc<Self>, lot: &LotCode, kept: &KeptBook, effects: &[Effect]) {
        self.see(lot, Arc::new(kept.clone()));
        let book = &kept.book;
        // Nobody watches: no fault.
        let _ = self.changed.send(lot.clone());
        let (let_go, is_let_go) = watch::channel(false);
        let mut cancellations = Vec::new();
        for effect in effects {
            match effect {
                Effect::Call { code, what, attempt } => {
                    let Some(order) = book.orders.get(code).cloned() else { continue };
                    // A lot that is to let a space go and to keep it for who waited hears them in this order.
                    let is_second = *what == CallKind::Reserve && order.is_promoted;
                    let after = is_second.then(|| is_let_go.clone());
                    let calling = self.call(order, *what, *attempt, after);
                    cancellations.extend(calling.filter(|_| *what == CallKind::Cancel));
                }
                Effect::NoShowRevoked { code } => {
                    if let Some(order) = book.orders.get(code) {
                        self.follow_suspension(order.plate.clone());
                    }
                }
                _ => {}
            }
        }
        tokio::spawn(async move {
            futures::future::join_all(cancellations).await;
            // Nobody waits for it: no fault.
            let _ = let_go.send(true);
        });
    }

    /// Calls the lot on a task of its own, where it is called at all, and brings its answer to the desk; `after` something, where
    /// that has to come first.
    fn call(
        self: &Arc<Self>,
        order: Order,
        what: CallKind,
        attempt: u32,
        after: Option<watch::Receiver<bool>>,
    ) -> Option<JoinHandle<()>> {
        let lot = self.registry.snapshot().lots.get(&order.lot).cloned()?;
        if !self.caller.is_called(&lot) || !self.caller.enter() {
            return None;
        }
        let parts = Arc::clone(self);
        Some(tokio::spawn(async move {
            // Given back however it ends.
            let _place = OnDrop(|| parts.caller.leave());
            if let Some(mut first) = after {
                // Whoever was to say so is gone: it need not be waited for.
                let _ = first.wait_for(|is_done| *is_done).await;
            }
            let code = order.code.clone();
            let call = OutgoingCall { lot, order, what };
            let within = Duration::from_secs(parts.policy.settings().answer_seconds.into());
            let reading = parts.caller.call(&call, within).await;
            parts.answered(&call.order.lot, Command::Answer { code, what, attempt, reading }).await;
        }))
    }

    /// Answers a call that is not made for a lot whose gateway asks, on a task of its own. Asked twice, the first counts.
    fn pretend(self: &Arc<Self>, order: Order) {
        let Some(call) = order.call.clone().filter(|_| self.caller.enter()) else { return };
        let parts = Arc::clone(self);
        tokio::spawn(async move {
            // Given back however it ends.
            let _place = OnDrop(|| parts.caller.leave());
            let passed = parts.clock.now().duration_since(call.since).try_into().unwrap_or_default();
            let within = Duration::from_secs(parts.policy.settings().answer_seconds.into());
            let reading = parts.caller.pretend(&order, passed, within).await;
            let (what, attempt) = (call.what, call.attempt);
            let answer = Command::Answer { code: order.code.clone(), what, attempt, reading };
            parts.answered(&order.lot, answer).await;
        });
    }

    /// Brings a lot's answer to the desk. Where that fails the book has the lot called again in its time.
    async fn answered(self: &Arc<Self>, lot: &LotCode, answer: Command) {
        if let Err(error) = self.submit(lot, answer).await {
            tracing::warn!(lot = lot.as_str(), %error, "a lot's answer was not kept: it is asked again");
        }
    }

    /// Notes what a gateway answered, beside what called lots do.
    fn note_answer(&self, lot: &LotCode, answer: &LotAnswer, after: Duration) {
        self.caller.note_asked(lot, answer, after);
    }
}

/// What was last read of a lot, and when: whoever holds the lock reads it for all who wait.
type LastRead<T> = Arc<AsyncMutex<Option<(Instant, T)>>>;

/// What was read of each lot a moment ago, and is read once however many want it at once.
struct Recent<T>(Mutex<HashMap<LotCode, LastRead<T>>>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Recent<T> {
    async fn or_read(
        &self,
        lot: &LotCode,
        read: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let place = Arc::clone(self.0.lock().entry(lot.clone()).or_default());
        let mut known = place.lock().await;
        match known.as_ref().filter(|(at, _)| at.elapsed() < SEEN_TTL) {
            Some((_, value)) => Ok(value.clone()),
            None => {
                let value = read.await?;
                *known = Some((Instant::now(), value.clone()));
                Ok(value)
            }
        }
    }

    fn put(&self, lot: &LotCode, value: T) {
        let known = Some((Instant::now(), value));
        self.0.lock().insert(lot.clone(), Arc::new(AsyncMutex::new(known)));
    }

    fn forget(&self, lot: &LotCode) {
        self.0.lock().remove(lot);
    }
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
