//! What waits for the writer: deliveries, orders and refusals, each with its bound.
//!
//! Handing over never waits: what finds its queue full is turned away at once. Refusals have a queue of their own,
//! so that whoever sends rubbish fills that one alone.

use crate::{Committed, InspectorBounds, NewDelivery, QueueDepth, RefusedMessage, Result, StoreError};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Changes of the registry that may wait. They come by hand, or by lots that describe themselves.
pub(super) const CHANGES_MAX: usize = 64;

/// Probes, claims of jobs and trims that may wait. They come by the clock.
pub(super) const UPKEEP_MAX: usize = 64;

/// Logins that may wait: some seconds' work, each with a sync of the disk. After a restart all lots log in at once.
pub(super) const LOGINS_MAX: usize = 512;

/// Changes by people, and what they looked at, that may wait: a page of reveals by each of some officers, whose browsers ask
/// for all at once. At a sync of the disk each that is some seconds' work.
pub(super) const PEOPLE_MAX: usize = 256;

/// Orders done in one turn, for deliveries wait for them: a third of a second on a slow disk.
const ORDERS_AT_ONCE: usize = 32;

/// Of these, what the platform does by itself: the night's work writes for tens of milliseconds each time, and nobody waits
/// for it.
const UPKEEP_AT_ONCE: u64 = 1;

/// How long the writer waits for something else where nothing but upkeep waits that is held back.
const HELD_BACK_FOR: Duration = Duration::from_millis(20);

/// Refusals that may wait: a few seconds of a flood, and at most some megabytes.
pub(super) const REFUSALS_MAX: usize = 1_024;

/// Refusals written at once.
const REFUSALS_AT_ONCE: usize = 256;

/// A delivery and who waits for its answer.
pub(super) struct Waiting {
    pub(super) delivery: NewDelivery,
    pub(super) answer: oneshot::Sender<Result<Committed>>,
}

/// A refusal, with the bounds of what is kept of its like.
pub(super) type Noted = (RefusedMessage, InspectorBounds);

/// What an order is about. Each kind has places of its own: what fills those of one keeps nobody from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The registry.
    Registry,
    /// A login or its renewal.
    Login,
    /// Accounts, sessions, and what people did.
    People,
    /// What the platform does by itself.
    Upkeep,
}

impl About {
    fn waiting_max(self) -> usize {
        match self {
            Self::Registry => CHANGES_MAX,
            Self::Login => LOGINS_MAX,
            Self::People => PEOPLE_MAX,
            Self::Upkeep => UPKEEP_MAX,
        }
    }
}

/// Whether what the platform does by itself is done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upkeep {
    /// So much a turn.
    Admitted,
    /// Not before the disk has caught up.
    HeldBack,
}

/// Something else to do with the connection that writes.
pub(super) type WriteTask = Box<dyn FnOnce(&Connection) + Send>;

/// What the writer does next.
pub(super) struct Turn<'a> {
    pub(super) deliveries: Vec<Waiting>,
    pub(super) orders: Vec<WriteTask>,
    pub(super) refusals: Vec<Noted>,
    /// Held while the turn is worked on.
    pub(super) _answered: Answered<'a>,
}

/// Whatever becomes of a turn, whoever waits for it to be written is told once it is over: a turn whose writer
/// panicked has been answered too, with an error.
pub(super) struct Answered<'a> {
    queue: &'a Queue,
    counts: Counts,
}

impl Drop for Answered<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.written.deliveries += self.counts.deliveries;
        state.written.orders += self.counts.orders;
        state.written.upkeep += self.counts.upkeep;
        state.written.refusals += self.counts.refusals;
    }
}

/// Somebody who waits until so many have been written of each.
struct Flush {
    handed: Counts,
    done: oneshot::Sender<()>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    deliveries: u64,
    orders: u64,
    /// Orders of upkeep, which others overtake.
    upkeep: u64,
    refusals: u64,
}

#[derive(Default)]
struct State {
    deliveries: VecDeque<Waiting>,
    orders: VecDeque<(About, WriteTask)>,
    refusals: VecDeque<Noted>,
    flushes: Vec<Flush>,
    handed: Counts,
    written: Counts,
    closed: bool,
}

pub(super) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    deliveries_max: usize,
}

impl Queue {
    pub(super) fn new(deliveries_max: usize) -> Self {
        Self { state: Mutex::default(), arrived: Condvar::new(), deliveries_max }
    }

    /// Hands a delivery over.
    pub(super) fn deliver(&self, delivery: NewDelivery) -> Result<oneshot::Receiver<Result<Committed>>> {
        let mut state = self.open_state()?;
        if state.deliveries.len() >= self.deliveries_max {
            metrics::counter!("bowei_store_overloaded_total").increment(1);
            return Err(StoreError::Overloaded { waiting: state.deliveries.len() });
        }
        let (answer, answered) = oneshot::channel();
        state.deliveries.push_back(Waiting { delivery, answer });
        state.handed.deliveries += 1;
        self.arrived.notify_one();
        Ok(answered)
    }

    /// Hands an order over.
    pub(super) fn execute(&self, about: About, order: WriteTask) -> Result<()> {
        let mut state = self.open_state()?;
        let waiting = state.orders.iter().filter(|(other, _)| *other == about).count();
        if waiting >= about.waiting_max() {
            return Err(StoreError::Overloaded { waiting });
        }
        state.orders.push_back((about, order));
        match about {
            About::Upkeep => state.handed.upkeep += 1,
            _ => state.handed.orders += 1,
        }
        self.arrived.notify_one();
        Ok(())
    }

    /// Hands a refusal over, or drops and counts it.
    pub(super) fn refuse(&self, refused: Noted) {
        let mut state = self.lock();
        if state.closed || state.refusals.len() >= REFUSALS_MAX {
            metrics::counter!("bowei_refusals_dropped_total").increment(1);
            return;
        }
        state.refusals.push_back(refused);
        state.handed.refusals += 1;
        self.arrived.notify_one();
    }

    /// What waits.
    pub(super) fn depths(&self) -> Vec<QueueDepth> {
        let state = self.lock();
        vec![
            QueueDepth { name: "commit", waiting: state.deliveries.len(), max: self.deliveries_max },
            QueueDepth { name: "refusals", waiting: state.refusals.len(), max: REFUSALS_MAX },
        ]
    }

    /// Tells when everything handed over before this has been written.
    pub(super) fn flush(&self) -> Result<oneshot::Receiver<()>> {
        let mut state = self.open_state()?;
        let (done, flushed) = oneshot::channel();
        let handed = state.handed;
        state.flushes.push(Flush { handed, done });
        self.arrived.notify_one();
        Ok(flushed)
    }

    /// Takes nothing more in. What waits is still written.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Waits for something to do, and takes it: whatever deliveries have gathered (up to `batch_max`), orders (up
    /// to [`ORDERS_AT_ONCE`], of upkeep as far as it is [`Upkeep::Admitted`]), and, when no delivery is left waiting or
    /// when they are `due`, refusals. Nothing where all that waits is held back. `None` when the queue is closed and empty.
    pub(super) fn take(&self, batch_max: usize, refusals_due: bool, upkeep: Upkeep) -> Option<Turn<'_>> {
        let mut state = self.lock();
        loop {
            state.release_flushes();
            let empty = state.deliveries.is_empty() && state.orders.is_empty() && state.refusals.is_empty();
            if !empty {
                break;
            }
            if state.closed {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if upkeep == Upkeep::HeldBack && state.is_upkeep_alone() {
            let waited = self.arrived.wait_timeout(state, HELD_BACK_FOR);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let gathered = state.deliveries.len().min(batch_max);
        let deliveries: Vec<_> = state.deliveries.drain(..gathered).collect();
        let (orders, upkeep) = state.take_orders(upkeep);
        let refusals: Vec<_> = if state.deliveries.is_empty() || refusals_due {
            let gathered = state.refusals.len().min(REFUSALS_AT_ONCE);
            state.refusals.drain(..gathered).collect()
        } else {
            Vec::new()
        };
        let counts = Counts {
            deliveries: deliveries.len() as u64,
            orders: orders.len() as u64 - upkeep,
            upkeep,
            refusals: refusals.len() as u64,
        };
        let _answered = Answered { queue: self, counts };
        Some(Turn { deliveries, orders, refusals, _answered })
    }

    fn open_state(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.lock();
        if state.closed {
            return Err(StoreError::Unavailable("the store is closed: Bowei is stopping".to_owned()));
        }
        Ok(state)
    }

    /// Nothing under this lock can panic half-way, so that a poisoned lock guards a sound state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_upkeep_alone(&self) -> bool {
        let is_upkeep = |(about, _): &(About, _)| *about == About::Upkeep;
        self.deliveries.is_empty() && self.refusals.is_empty() && self.orders.iter().all(is_upkeep)
    }

    /// What was ordered first, but for upkeep beyond its share: that keeps its place. And how much of it is upkeep.
    fn take_orders(&mut self, admitted: Upkeep) -> (Vec<WriteTask>, u64) {
        let (mut taken, mut upkeep) = (Vec::new(), 0);
        let upkeep_max = if admitted == Upkeep::Admitted { UPKEEP_AT_ONCE } else { 0 };
        for (about, order) in std::mem::take(&mut self.orders) {
            let is_upkeep = about == About::Upkeep;
            if taken.len() == ORDERS_AT_ONCE || is_upkeep && upkeep == upkeep_max {
                self.orders.push_back((about, order));
                continue;
            }
            upkeep += u64::from(is_upkeep);
            taken.push(order);
        }
        (taken, upkeep)
    }

    fn release_flushes(&mut self) {
        let written = self.written;
        let (done, waiting): (Vec<_>, Vec<_>) =
            self.flushes.drain(..).partition(|flush| flush.handed.reached_by(written));
        self.flushes = waiting;
        for flush in done {
            // Whoever does not wait any more need not be told.
            let _ = flush.done.send(());
        }
    }
}

impl Counts {
    fn reached_by(self, written: Self) -> bool {
        self.deliveries <= written.deliveries
            && self.orders <= written.orders
            && self.upkeep <= written.upkeep
            && self.refusals <= written.refusals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> WriteTask {
        Box::new(|_| {})
    }

    #[test]
    fn what_fills_the_places_of_one_kind_keeps_nobody_from_the_others() {
        let kinds = [About::Registry, About::Login, About::People, About::Upkeep];
        for flood in kinds {
            let queue = Queue::new(10);
            for _ in 0..10_000 {
                let _ = queue.execute(flood, nothing());
            }
            assert!(matches!(queue.execute(flood, nothing()), Err(StoreError::Overloaded { .. })));
            for other in kinds.into_iter().filter(|other| *other != flood) {
                queue.execute(other, nothing()).unwrap();
            }
        }
    }

    #[test]
    fn upkeep_waits_for_everybody_else_and_keeps_its_order() {
        let (queue, done) = (Queue::new(10), std::sync::Arc::new(Mutex::new(Vec::new())));
        let order = |number: i32| -> WriteTask {
            let done = std::sync::Arc::clone(&done);
            Box::new(move |_| done.lock().unwrap().push(number))
        };
        for number in 0..3 {
            queue.execute(About::Upkeep, order(number)).unwrap();
        }
        queue.execute(About::People, order(10)).unwrap();
        let connection = Connection::open_in_memory().unwrap();
        for expected in [vec![0, 10], vec![1], vec![2]] {
            for order in queue.take(10, true, Upkeep::Admitted).unwrap().orders {
                order(&connection);
            }
            assert_eq!(std::mem::take(&mut *done.lock().unwrap()), expected);
        }
    }

    #[test]
    fn upkeep_that_is_held_back_lets_the_others_pass_and_is_not_lost() {
        let queue = Queue::new(10);
        queue.execute(About::Upkeep, nothing()).unwrap();
        assert!(queue.take(10, true, Upkeep::HeldBack).unwrap().orders.is_empty());
        queue.execute(About::People, nothing()).unwrap();
        assert_eq!(queue.take(10, true, Upkeep::HeldBack).unwrap().orders.len(), 1);
        queue.close();
        assert!(queue.take(10, true, Upkeep::HeldBack).unwrap().orders.is_empty());
        assert_eq!(queue.take(10, true, Upkeep::Admitted).unwrap().orders.len(), 1);
        assert!(queue.take(10, true, Upkeep::Admitted).is_none());
    }

    #[test]
    fn a_flush_waits_for_the_upkeep_that_others_overtake() {
        let queue = Queue::new(10);
        (0..2).for_each(|_| queue.execute(About::Upkeep, nothing()).unwrap());
        let mut flushed = queue.flush().unwrap();
        queue.execute(About::People, nothing()).unwrap();
        assert_eq!(queue.take(10, true, Upkeep::Admitted).unwrap().orders.len(), 2);
        assert_eq!(queue.take(10, true, Upkeep::Admitted).unwrap().orders.len(), 1);
        assert!(flushed.try_recv().is_err(), "one had not been done when the second turn began");
        queue.close();
        assert!(queue.take(10, true, Upkeep::Admitted).is_none());
        flushed.try_recv().unwrap();
    }

    #[test]
    fn deliveries_get_their_turn_between_many_orders() {
        let queue = Queue::new(10);
        for _ in 0..LOGINS_MAX {
            queue.execute(About::Login, nothing()).unwrap();
        }
        let mut orders = 0;
        while orders < LOGINS_MAX {
            let turn = queue.take(10, true, Upkeep::Admitted).unwrap();
            assert!(turn.orders.len() <= ORDERS_AT_ONCE);
            orders += turn.orders.len();
        }
    }
}
