//! A lot's desk: whoever wants something of the lot's book puts it here, and one of them does all that waits, writes once, and
//! answers each (group commit). What is written is written whole: the book, the orders, what their plates have behind them,
//! the notices and the audit, under a compare-and-set on the book. Where another node was faster, all of it is done anew on
//! what that one left.

use super::ask::{Ask, Done};
use super::kept::KeptBook;
use super::plate_records::PlateRecords;
use super::session::Session;
use super::{NotDone, Parts};
use crate::office::{self, Kept};
use bowei_model::LotCode;
use bowei_model::reservation::{Command, Effect};
use bowei_store::{Change, StoreError};
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
        let changed = session.book != session.before || !session.effects.is_empty();
        let mut changes = Vec::new();
        if changed {
            changes = session.order_changes(lot.as_deref()).await?;
        }
        let Session { book, effects, plates, .. } = session;
        let KeptBook { due_at, provider, district, .. } = kept.document;
        let (provider, district) = match &lot {
            Some(lot) => (Some(lot.provider.clone()), lot.district.clone()),
            None => (provider, district),
        };
        let document = KeptBook { book, due_at, provider, district }.shortened(&policy);
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
