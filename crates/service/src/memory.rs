//! How much of all bodies is in memory, and who makes room for whom among those that still arrive.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What all bodies together take up.
pub(crate) struct Memory {
    bytes_max: usize,
    arriving_max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bytes: usize,
    arriving_bytes: usize,
    next: u64,
    /// By their numbers: the oldest first.
    arriving: BTreeMap<u64, Arriving>,
}

struct Arriving {
    from: IpAddr,
    bytes: usize,
    taken_away: Arc<Notify>,
}

/// There is no room, or it was taken away.
#[derive(Debug)]
pub(crate) struct NoRoom;

/// A body's room in memory, held until it is dropped.
pub struct Room {
    memory: Arc<Memory>,
    number: u64,
    /// Once the body is whole.
    kept_bytes: usize,
}

impl Memory {
    pub(crate) fn new(bytes_max: usize, arriving_max: usize) -> Self {
        Self { bytes_max, arriving_max, state: Mutex::default() }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// No room yet for a body from an address, and what tells when it is taken away.
    pub(crate) fn open(self: &Arc<Self>, from: IpAddr) -> (Room, Arc<Notify>) {
        let taken_away = Arc::new(Notify::new());
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.arriving.insert(number, Arriving { from, bytes: 0, taken_away: Arc::clone(&taken_away) });
        (Room { memory: Arc::clone(self), number, kept_bytes: 0 }, taken_away)
    }

    /// Nothing under this lock can panic half-way, so that a poisoned lock guards a sound state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Of the address that has most arriving the oldest body that has taken room.
    fn victim(&self) -> Option<u64> {
        let mut by_address: HashMap<IpAddr, usize> = HashMap::new();
        for body in self.arriving.values() {
            *by_address.entry(body.from).or_default() += body.bytes;
        }
        let (heaviest, _) = by_address.into_iter().max_by_key(|(_, bytes)| *bytes)?;
        let mut of_it = self.arriving.iter().filter(|(_, body)| body.from == heaviest && body.bytes > 0);
        of_it.next().map(|(number, _)| *number)
    }

    /// Takes a body out of those that arrive. Its bytes are no one's then.
    fn remove(&mut self, number: u64) -> Option<Arriving> {
        let body = self.arriving.remove(&number)?;
        self.bytes -= body.bytes;
        self.arriving_bytes -= body.bytes;
        Some(body)
    }
}

impl Room {
    /// Takes room for so many bytes in all.
    pub(crate) fn grow(&mut self, to_bytes: usize) -> Result<(), NoRoom> {
        let mut state = self.memory.lock();
        loop {
            let has = state.arriving.get(&self.number).ok_or(NoRoom)?.bytes;
            let more = to_bytes.saturating_sub(has);
            let has_room = state.bytes + more <= self.memory.bytes_max
                && state.arriving_bytes + more <= self.memory.arriving_max;
            if has_room {
                let body = state.arriving.get_mut(&self.number).ok_or(NoRoom)?;
                body.bytes += more;
                state.bytes += more;
                state.arriving_bytes += more;
                return Ok(());
            }
            let victim = state.victim().filter(|victim| *victim != self.number).ok_or(NoRoom)?;
            if let Some(body) = state.remove(victim) {
                metrics::counter!("bowei_bodies_evicted_total").increment(1);
                body.taken_away.notify_one();
            }
        }
    }

    /// The body is whole: nobody takes its room away any more.
    pub(crate) fn keep(&mut self) -> Result<(), NoRoom> {
        let mut state = self.memory.lock();
        let body = state.remove(self.number).ok_or(NoRoom)?;
        self.kept_bytes = body.bytes;
        state.bytes += body.bytes;
        Ok(())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut state = self.memory.lock();
        state.remove(self.number);
        state.bytes -= self.kept_bytes;
    }
}
