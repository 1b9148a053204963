//! A lot's desk: whoever wants something of the lot's book puts it here, and one of them does all that waits, writes once, and
//! answers each (group commit). What is written is written whole: the book, the orders, what their plates have behind them,
//! the notices and the audit, under a compare-and-set on the book. Where another node was faster, all of it is done anew on
//! what that one left.

use super::kept::{KeptBook, KeptOrder, LotTerms, NoShow, Pretence, with_pretended};
use super::notices::OfficeEvent;
use super::plate_records::PlateRecords;
use super::{NotDone, Parts, notices};
use crate::office::{self, Kept};
use bowei_model::reservation::{
    Applied, Book, Command, Declined, Effect, Grant, Granted, NewOrder, Order, OrderCode, OrderState, Policy,
    Reason, STEPS_MAX, Step,
};
use bowei_model::{Lot, LotCode, Plate, SpaceKind};
use bowei_store::{Change, NewAuditEntry, StoreError};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Commands that wait at a lot's desk: beyond it a driver is asked to try again.
const WAITING_MAX: usize = 4_096;
/// Commands in a transaction: the next one takes the others.
const BATCH_MAX: usize = 256;
/// How often a batch is done anew for another node's sake.
const TRIES_MAX: u32 = 16;
/// The wait before that, at most: so many nodes do not meet again.
const RETRY_AFTER_MAX: Duration = Duration::from_millis(40);
/// Documents read at once for one batch.
const READ_AT_ONCE: usize = 8;

/// For how long at least a stranger is shown what would have become of an order whose plate has a limit: a lot takes so long.
const PRETENCE: SignedDuration = SignedDuration::from_millis(300);
/// And up to so much longer.
const PRETENCE_SPREAD_MS: u32 = 2_000;

/// Something that is wanted of a book.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) command: Command,
    /// The phone number of a new order, sealed.
    pub(super) phone: Option<String>,
    /// What the audit says of it, where somebody is answerable.
    pub(super) audited: Option<NewAuditEntry>,
    /// What is done with an order that only pretends to wait; the command is [`Command::Tick`].
    pub(super) pretended: Option<(OrderCode, PretendedAct)>,
}

impl From<Command> for Ask {
    fn from(command: Command) -> Self {
        Self { command, phone: None, audited: None, pretended: None }
    }
}

/// What is done with an order that only pretends to wait.
#[derive(Clone, Debug)]
pub(super) enum PretendedAct {
    /// It does so no longer.
    End,
    /// It is for another time or kind of space.
    Change(Option<Timestamp>, Option<SpaceKind>),
}

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Done {
    /// Of an order that pretends to wait: as it is now.
    pub(super) pretended: Option<Order>,
    /// What is shown of the order that it was about.
    pub(super) state: Option<OrderState>,
    /// Its place in the queue, from 1.
    pub(super) place: Option<usize>,
}

struct Pending {
    ask: Ask,
    answer: oneshot::Sender<Result<Done, NotDone>>,
}

/// What a batch does, worked out and not yet written.
struct Worked {
    book: Kept<KeptBook>,
    changes: Vec<Change>,
    outcomes: Vec<Result<Done, NotDone>>,
    effects: Vec<Effect>,
    changed: bool,
}

/// One lot's desk at this node.
pub(super) struct Desk {
    lot: LotCode,
    waiting: Mutex<VecDeque<Pending>>,
    /// The book as it was last kept here, and the turn to work on it.
    known: tokio::sync::Mutex<Option<Kept<KeptBook>>>,
}

impl Desk {
    pub(super) fn new(lot: LotCode) -> Self {
        Self { lot, waiting: Mutex::default(), known: tokio::sync::Mutex::default() }
    }

    /// Has something done. Whoever does not wait for the answer any more has it done all the same.
    pub(super) async fn submit(self: &Arc<Self>, parts: &Arc<Parts>, ask: Ask) -> Result<Done, NotDone> {
        let (answer, answered) = oneshot::channel();
        {
            let mut waiting = self.waiting.lock();
            if waiting.len() >= WAITING_MAX {
                return Err(NotDone::Busy);
            }
            waiting.push_back(Pending { ask, answer });
        }
        // On a task of its own: whoever goes away must not take along what others have put here.
        let (desk, parts) = (Arc::clone(self), Arc::clone(parts));
        tokio::spawn(async move { desk.work(&parts).await });
        answered.await.unwrap_or(Err(NotDone::Busy))
    }

    async fn work(&self, parts: &Arc<Parts>) {
        let mut known = self.known.lock().await;
        loop {
            let batch: Vec<_> = {
                let mut waiting = self.waiting.lock();
                let count = waiting.len().min(BATCH_MAX);
                waiting.drain(..count).collect()
            };
            if batch.is_empty() {
                return;
            }
            let (asks, answers): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|pending| (pending.ask, pending.answer)).unzip();
            let outcomes = self.commit(parts, &mut known, &asks).await;
            for (answer, outcome) in answers.into_iter().zip(outcomes) {
                // Whoever does not wait any more reads it later.
                let _ = answer.send(outcome);
            }
        }
    }

    async fn commit(
        &self,
        parts: &Arc<Parts>,
        known: &mut Option<Kept<KeptBook>>,
        asks: &[Ask],
    ) -> Vec<Result<Done, NotDone>> {
        let fail = |error: &StoreError| {
            let failed = |_: &Ask| Err(NotDone::Unavailable(error.to_string()));
            asks.iter().map(failed).collect()
        };
        let mut last = StoreError::Contended("a lot's reservations".to_owned());
        for turn in 1..=TRIES_MAX {
            // What is written is held against what is kept; what changes nothing has to be looked at as it is kept, for
            // another node may have written since.
            let is_as_kept = known.is_none() || !parts.store.is_shared();
            let mut worked = match self.work_out(parts, known.take(), asks).await {
                Ok(worked) => worked,
                Err(error) => return fail(&error),
            };
            if !worked.changed && !is_as_kept {
                worked = match self.work_out(parts, None, asks).await {
                    Ok(worked) => worked,
                    Err(error) => return fail(&error),
                };
            }
            if !worked.changed {
                *known = Some(worked.book);
                return worked.outcomes;
            }
            let audited = |(ask, outcome): (&Ask, &Result<Done, NotDone>)| {
                ask.audited.clone().filter(|_| outcome.is_ok())
            };
            let entries: Vec<_> = asks.iter().zip(&worked.outcomes).filter_map(audited).collect();
            match parts.store.administer(worked.changes, entries).await {
                Ok(()) => {
                    let revision = worked.book.revision + 1;
                    parts.committed(&self.lot, &worked.book.document, &worked.effects);
                    *known = Some(Kept { revision, ..worked.book });
                    return worked.outcomes;
                }
                // Another node was first, with the book, an order or a plate's record.
                Err(
                    error
                    @ (StoreError::Outdated { .. } | StoreError::Contended(_) | StoreError::Conflict(_)),
                ) => last = error,
                Err(error) => return fail(&error),
            }
            metrics::counter!("bowei_reservation_retries_total").increment(1);
            tokio::time::sleep(jitter(&self.lot, parts, turn)).await;
        }
        fail(&last)
    }

    /// Works a batch out on the book as it is kept.
    async fn work_out(
        &self,
        parts: &Parts,
        known: Option<Kept<KeptBook>>,
        asks: &[Ask],
    ) -> Result<Worked, StoreError> {
        let store = parts.store.as_ref();
        let kept = match known {
            Some(kept) => kept,
            None => book(store, &self.lot).await?,
        };
        let (policy, now) = (parts.policy.settings(), parts.clock.now());
        let lot = parts.registry.snapshot().lots.get(&self.lot).cloned();
        let terms = parts.terms(&self.lot).await?;
        let mut session = Session {
            parts,
            now,
            policy: &policy,
            before: kept.document.book.clone(),
            book: kept.document.book.clone(),
            pretended: kept.document.still_pretended(now, &policy),
            over: BTreeMap::new(),
            new_steps: BTreeMap::new(),
            fresh: BTreeMap::new(),
            plates: PlateRecords::default(),
            effects: Vec::new(),
        };
        let plates = asks.iter().filter_map(|ask| match &ask.command {
            Command::Request(new) => Some(new.plate.clone()),
            _ => None,
        });
        session.plates.load(parts, plates).await?;
        session.take_grants(lot.as_deref(), &terms);
        let outcomes = asks.iter().map(|ask| session.execute(ask)).collect();
        session.settle_plates().await?;
        let changed = session.book != session.before
            || session.pretended != kept.document.pretended
            || !session.effects.is_empty();
        let mut changes = Vec::new();
        if changed {
            changes = session.order_changes(lot.as_deref()).await?;
        }
        let Session { book, pretended, effects, plates, .. } = session;
        let KeptBook { due_at, provider, district, .. } = kept.document;
        let (provider, district) = match &lot {
            Some(lot) => (Some(lot.provider.clone()), lot.district.clone()),
            None => (provider, district),
        };
        let document = KeptBook { book, due_at, provider, district, pretended }.shortened(&policy);
        let book = Kept { document, id: kept.id, revision: kept.revision };
        if changed {
            changes.push(book.change()?);
            changes.extend(plates.changes(now, &policy)?);
        }
        Ok(Worked { book, changes, outcomes, effects, changed })
    }
}

/// The book of a lot as the store has it, or an empty one.
pub(super) async fn book(
    store: &dyn bowei_store::Store,
    lot: &LotCode,
) -> Result<Kept<KeptBook>, StoreError> {
    let found = office::one::<KeptBook>(store, lot.as_str()).await?;
    Ok(found.unwrap_or_else(|| Kept::new(lot.to_string(), KeptBook::new(lot.clone()))))
}

/// Nodes that meet at a book go on at different moments.
fn jitter(lot: &LotCode, parts: &Parts, turn: u32) -> Duration {
    let seed = format!("{lot}/{}/{turn}", parts.node);
    let spread = seed.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let max = u32::try_from(RETRY_AFTER_MAX.as_micros()).unwrap_or(u32::MAX);
    Duration::from_micros(u64::from(spread % max))
}

/// One batch at work on a book.
struct Session<'a> {
    parts: &'a Parts,
    now: Timestamp,
    policy: &'a Policy,
    before: Book,
    book: Book,
    /// See [`KeptBook::pretended`].
    pretended: BTreeMap<OrderCode, Order>,
    /// Orders that the book forgot within the batch.
    over: BTreeMap<OrderCode, Order>,
    /// What was added to the history of each order that has changed.
    new_steps: BTreeMap<OrderCode, Vec<Step>>,
    /// Orders that came into being, with what is kept beside them.
    fresh: BTreeMap<OrderCode, (Option<String>, Option<Pretence>)>,
    plates: PlateRecords,
    effects: Vec<Effect>,
}

impl Session<'_> {
    /// What the lot grants may have changed since its book was last written.
    fn take_grants(&mut self, lot: Option<&Lot>, terms: &LotTerms) {
        let Some(lot) = lot else { return };
        let spaces = super::admission::granted(lot, terms);
        let known: BTreeMap<_, _> =
            self.book.granted.by_space.iter().map(|(space, grant)| (*space, grant.reservable)).collect();
        if spaces == known {
            return;
        }
        let mut granted = Granted::default();
        for (space, reservable) in spaces {
            let before = self.book.granted.by_space.get(&space).copied().unwrap_or_default();
            granted.by_space.insert(space, Grant { reservable, ..before });
        }
        // A grant is never declined.
        let _ = self.apply(Command::Granted(granted));
    }

    fn execute(&mut self, ask: &Ask) -> Result<Done, NotDone> {
        match &ask.pretended {
            Some((code, PretendedAct::End)) => _ = self.pretended.remove(code),
            Some((code, PretendedAct::Change(enter_at, space))) => {
                let order = self.change_pretended(code, (*enter_at, *space)).map_err(NotDone::Declined)?;
                return Ok(Done { pretended: Some(order), state: None, place: None });
            }
            None => {}
        }
        let command = match &ask.command {
            Command::Request(new) => return self.request(new, ask.phone.clone()),
            // Only what was counted of the kinds that are granted is news.
            Command::Granted(counted) => Command::Granted(self.with_counts(counted)),
            other => other.clone(),
        };
        let code = code_of(&command).cloned();
        self.apply(command).map_err(NotDone::Declined)?;
        Ok(self.done(code.as_ref(), None))
    }

    fn with_counts(&self, counted: &Granted) -> Granted {
        let mut granted = self.book.granted.clone();
        for (space, grant) in &mut granted.by_space {
            let said = counted.by_space.get(space).and_then(|counted| counted.unused);
            let is_later = said.is_some_and(|(_, at)| grant.unused.is_none_or(|(_, before)| before < at));
            if is_later {
                grant.unused = said;
            }
        }
        granted
    }

    fn request(&mut self, new: &NewOrder, phone: Option<String>) -> Result<Done, NotDone> {
        let unlimited = self.book.clone();
        let limit = self.plates.limit(&new.plate, self.now, self.policy).or_else(|| {
            // Only who would really wait is held against what it waits for elsewhere.
            let why = self.plates.wait_limit(&new.plate, self.policy)?;
            let would_be = self.would_be(unlimited.clone(), new)?;
            (would_be.state == OrderState::Waiting).then_some(why)
        });
        let known = self.book.orders.contains_key(&new.code);
        self.apply(Command::Request(NewOrder { limit, ..new.clone() })).map_err(NotDone::Declined)?;
        let order = self.order(&new.code).cloned();
        let is_limited = order
            .as_ref()
            .and_then(|order| order.steps.last())
            .is_some_and(|step| matches!(step.reason, Reason::Limited { .. }));
        let pretence = if is_limited && !known { self.pretend(self.would_be(unlimited, new)) } else { None };
        if !known && let Some(order) = order {
            if order.state.is_open() {
                self.plates.booked(&order, self.now);
            }
            self.fresh.insert(new.code.clone(), (phone, pretence.clone()));
        }
        Ok(self.done(Some(&new.code), pretence.as_ref()))
    }

    /// What would have become of an order, were there no limit: of a plate that nobody has.
    fn would_be(&self, mut book: Book, new: &NewOrder) -> Option<Order> {
        let plate = Plate::pseudonym(&[0; 32]);
        let new = NewOrder { plate, limit: None, ..new.clone() };
        book.apply(Command::Request(new.clone()), self.now, self.policy).ok()?;
        book.orders.remove(&new.code)
    }

    /// What a stranger is shown of an order that a limit of its plate refused. `None`: refused, as it is.
    fn pretend(&mut self, would_be: Option<Order>) -> Option<Pretence> {
        let order = would_be.filter(|order| order.state.is_open())?;
        let closes_at = order.waitlist_closes_at(self.policy);
        let is_full = self.pretended.len() >= self.policy.waiting_max as usize;
        let waits = order.wait && self.now < closes_at && !is_full;
        let is_held = order.state != OrderState::Waiting;
        // As long as a lot may take, and no two alike.
        let held_until = self.now.checked_add(PRETENCE + spread(&order.code)).ok().filter(|_| is_held);
        // When the time is up is seen at the next look at the clock, not to the millisecond.
        let waits_until = closes_at.checked_add(spread(&order.code) / 2).ok().filter(|_| waits);
        if !is_held && !waits {
            return None;
        }
        if waits {
            let order = Order { state: OrderState::Waiting, call: None, steps: Vec::new(), ..order };
            self.pretended.insert(order.code.clone(), order);
        }
        Some(Pretence { held_until, waits_until, changed: Vec::new(), cancelled_at: None })
    }

    /// Changes what an order pretends to wait for, as it would be changed.
    fn change_pretended(
        &mut self,
        code: &OrderCode,
        (enter_at, space): (Option<Timestamp>, Option<SpaceKind>),
    ) -> Result<Order, Declined> {
        let mut book = self.book.clone();
        let order = self.pretended.get(code).ok_or(Declined::State)?;
        let version = order.version;
        book.orders.insert(code.clone(), order.clone());
        book.apply(Command::Change { code: code.clone(), enter_at, space, version }, self.now, self.policy)?;
        let order = book.orders.remove(code).ok_or(Declined::State)?;
        let order = Order { state: OrderState::Waiting, call: None, steps: Vec::new(), ..order };
        self.pretended.insert(code.clone(), order.clone());
        Ok(order)
    }

    fn apply(&mut self, command: Command) -> Result<(), Declined> {
        let histories: BTreeMap<_, _> =
            self.book.orders.values().map(|order| (order.code.clone(), order.steps.len())).collect();
        let Applied { effects, changed } = self.book.apply(command, self.now, self.policy)?;
        for code in &changed {
            let Some(order) = self.book.orders.get(code) else { continue };
            let known = histories.get(code).copied().unwrap_or_default();
            let added = order.steps.get(known..).unwrap_or_default();
            self.new_steps.entry(code.clone()).or_default().extend_from_slice(added);
        }
        self.effects.extend(effects);
        for order in self.book.forget(self.now, self.policy) {
            if self.new_steps.contains_key(&order.code) {
                self.over.insert(order.code.clone(), order);
            }
        }
        Ok(())
    }

    fn order(&self, code: &OrderCode) -> Option<&Order> {
        self.book.orders.get(code).or_else(|| self.over.get(code))
    }

    fn done(&self, code: Option<&OrderCode>, pretence: Option<&Pretence>) -> Done {
        let order = code.and_then(|code| self.order(code));
        let pretended = pretence.map(|pretence| pretence.state(self.now));
        let state = pretended.or(order.map(|order| order.state));
        let shown = with_pretended(&self.book, &self.pretended);
        let place = code.and_then(|code| shown.place_in_queue(code));
        let place = place.filter(|_| state == Some(OrderState::Waiting));
        Done { pretended: None, state, place }
    }

    /// What follows for the plates of what has happened to their orders.
    async fn settle_plates(&mut self) -> Result<(), StoreError> {
        let changed: Vec<_> = self.new_steps.keys().cloned().collect();
        let orders: Vec<_> = changed.iter().filter_map(|code| self.order(code).cloned()).collect();
        let with_record = orders.iter().filter(|order| !self.fresh.contains_key(&order.code));
        self.plates.load(self.parts, with_record.map(|order| order.plate.clone())).await?;
        for effect in self.effects.clone() {
            let (Effect::LateCancel { code } | Effect::NoShowRevoked { code }) = &effect else { continue };
            let Some(order) = orders.iter().find(|order| order.code == *code) else { continue };
            match effect {
                Effect::LateCancel { .. } => self.plates.late_cancelled(order, self.now),
                _ => self.plates.revoke(order),
            }
        }
        orders.iter().for_each(|order| self.plates.follow(order));
        Ok(())
    }

    /// The orders that have changed, whole, and who is told of it.
    async fn order_changes(&mut self, lot: Option<&Lot>) -> Result<Vec<Change>, StoreError> {
        let codes: Vec<_> = self.new_steps.keys().cloned().collect();
        let old: Vec<_> = codes.iter().filter(|code| !self.fresh.contains_key(*code)).cloned().collect();
        let store = self.parts.store.as_ref();
        let kept: BTreeMap<_, _> = stream::iter(old)
            .map(|code| async move {
                let kept = office::one::<KeptOrder>(store, code.as_str()).await?;
                Ok::<_, StoreError>(kept.map(|kept| (code, kept)))
            })
            .buffer_unordered(READ_AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?
            .into_iter()
            .flatten()
            .collect();
        let mut changes = Vec::new();
        let mut whole = BTreeMap::new();
        for code in codes {
            let Some(order) = self.order(&code).cloned() else { continue };
            let added = self.new_steps.remove(&code).unwrap_or_default();
            let mut kept = match kept.get(&code) {
                Some(kept) => kept.clone(),
                None => {
                    let (phone, pretence) = self.fresh.get(&code).cloned().unwrap_or_default();
                    let (provider, district) = lot
                        .map(|lot| (lot.provider.clone(), lot.district.clone()))
                        .unwrap_or_else(|| ("".into(), String::new()));
                    let order = Order { steps: Vec::new(), ..order.clone() };
                    let document = KeptOrder {
                        order,
                        provider,
                        district,
                        phone,
                        pretence,
                        no_show: None,
                        erased_at: None,
                    };
                    Kept::new(code.to_string(), document)
                }
            };
            let document = &mut kept.document;
            let mut steps = std::mem::take(&mut document.order.steps);
            for step in added {
                if steps.len() >= STEPS_MAX {
                    // The first ones stay: how it began is asked for most.
                    steps.remove(STEPS_MAX / 2);
                }
                steps.push(step);
            }
            let plate =
                if document.erased_at.is_some() { document.order.plate.clone() } else { order.plate.clone() };
            document.order = Order { steps, plate, ..order };
            for effect in &self.effects {
                match effect {
                    Effect::NoShowSuspected { code: of } if *of == code => {
                        document.no_show = Some(NoShow {
                            suspected_at: self.now,
                            counted_at: None,
                            revoked_at: None,
                            dropped_at: None,
                            proof: None,
                        });
                    }
                    Effect::NoShowRevoked { code: of } if *of == code => {
                        if let Some(no_show) = &mut document.no_show {
                            no_show.revoked_at = Some(self.now);
                        }
                    }
                    _ => {}
                }
            }
            changes.push(kept.change()?);
            whole.insert(code, kept);
        }
        if self.parts.is_told {
            for effect in &self.effects {
                let (Effect::Notice { code, .. } | Effect::NoShowRevoked { code }) = effect else { continue };
                let Some(kept) = whole.get(code).map(|kept| &kept.document) else { continue };
                changes.extend(match effect {
                    // A stranger is told what he is shown, when he is.
                    Effect::Notice { event, .. } => match &kept.pretence {
                        None => notices::told(kept, *event, lot, self.now)?,
                        Some(pretence) => {
                            let at = pretence.held_until.unwrap_or(self.now);
                            notices::as_if(kept, pretence.first_notice(), lot, at)?
                        }
                    },
                    Effect::NoShowRevoked { .. } if was_counted(kept) => {
                        notices::told_by_office(kept, OfficeEvent::NoShowRevoked, lot, self.now)?
                    }
                    _ => None,
                });
            }
        }
        Ok(changes)
    }
}

fn was_counted(kept: &KeptOrder) -> bool {
    kept.no_show.as_ref().is_some_and(|no_show| no_show.counted_at.is_some())
}

/// Something up to [`PRETENCE_SPREAD_MS`] that nobody can tell from the code, which is a digest itself.
fn spread(code: &OrderCode) -> SignedDuration {
    let sum = code.as_str().bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    SignedDuration::from_millis((sum % PRETENCE_SPREAD_MS).into())
}

/// Which order a command is about.
fn code_of(command: &Command) -> Option<&OrderCode> {
    match command {
        Command::Request(new) => Some(&new.code),
        Command::Change { code, .. }
        | Command::Cancel { code, .. }
        | Command::Sent { code, .. }
        | Command::Answer { code, .. } => Some(code),
        Command::Granted(_) | Command::Passage(_) | Command::Suspend { .. } | Command::Tick => None,
    }
}
