//! What waits for the writers: deliveries and refusals, each with its bound.
//!
//! Handing over never waits: what finds its queue full is turned away at once. Refusals have a queue of their own,
//! so that whoever sends rubbish fills that one alone.

use crate::{Committed, InspectorBounds, NewDelivery, QueueDepth, RefusedMessage, Result, StoreError};
use std::sync::Mutex;
use std::sync::PoisonError;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Refusals that may wait: a few seconds of a flood, and at most some megabytes.
pub(super) const REFUSALS_MAX: usize = 1_024;

/// Whoever waits for all that was handed over before: as many as may ask at once.
const FLUSHES_MAX: usize = 64;

/// A delivery and who waits for its answer.
pub(super) struct Waiting {
    pub(super) delivery: NewDelivery,
    pub(super) since: Instant,
    pub(super) answer: oneshot::Sender<Result<Committed>>,
}

/// A refusal, with the bounds of what is kept of its like.
pub(super) type Noted = (RefusedMessage, InspectorBounds);

/// What a writer takes: its own things, or the wish to be told once all before are written.
pub(super) enum Handed<T> {
    Thing(T),
    Flush(oneshot::Sender<()>),
}

/// One writer's queue, from the outside.
pub(super) struct Queue<T> {
    things_max: usize,
    sender: Mutex<Option<mpsc::Sender<Handed<T>>>>,
}

impl<T> Queue<T> {
    /// A queue of at most `things_max`, and the writer's own end of it.
    pub(super) fn new(things_max: usize) -> (Self, mpsc::Receiver<Handed<T>>) {
        let (sender, receiver) = mpsc::channel(things_max + FLUSHES_MAX);
        (Self { things_max, sender: Mutex::new(Some(sender)) }, receiver)
    }

    /// Hands a thing over.
    pub(super) fn hand_over(&self, thing: T) -> Result<()> {
        let sender = self.sender()?;
        let waiting = sender.max_capacity() - sender.capacity();
        if waiting >= self.things_max {
            return Err(StoreError::Overloaded { waiting });
        }
        sender.try_send(Handed::Thing(thing)).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Overloaded { waiting },
            TrySendError::Closed(_) => closed(),
        })
    }

    /// How much waits, under that name; nothing more is taken in once it is closed.
    pub(super) fn depth(&self, name: &'static str) -> QueueDepth {
        let waiting = self.sender().map_or(0, |sender| sender.max_capacity() - sender.capacity());
        QueueDepth { name, waiting, max: self.things_max }
    }

    /// Waits until everything handed over before this is written.
    pub(super) async fn flush(&self) -> Result<()> {
        let (done, flushed) = oneshot::channel();
        self.sender()?
            .try_send(Handed::Flush(done))
            .map_err(|_| StoreError::Overloaded { waiting: FLUSHES_MAX })?;
        flushed.await.map_err(|_| closed())
    }

    /// Takes nothing more in. What waits is still written.
    pub(super) fn close(&self) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn sender(&self) -> Result<mpsc::Sender<Handed<T>>> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)
    }
}

/// Hands a refusal over, or drops and counts it.
pub(super) fn refuse(queue: &Queue<Noted>, refused: Noted) {
    if queue.hand_over(refused).is_err() {
        metrics::counter!("bowei_refusals_dropped_total").increment(1);
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed: Bowei is stopping".to_owned())
}

/// Parts what was taken into things and those who wait for them to be written.
pub(super) fn parted<T>(taken: Vec<Handed<T>>) -> (Vec<T>, Vec<oneshot::Sender<()>>) {
    let (mut things, mut flushes) = (Vec::with_capacity(taken.len()), Vec::new());
    for handed in taken {
        match handed {
            Handed::Thing(thing) => things.push(thing),
            Handed::Flush(done) => flushes.push(done),
        }
    }
    (things, flushes)
}
