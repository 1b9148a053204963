//! Places that strangers share, such as connections and event streams: so many in all and so many for one address. Who
//! fills them all makes room for others: a newcomer takes a place from the address that has most.

use crate::client::Client;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Places with a bound.
pub struct Places {
    all_max: usize,
    address_max: usize,
    /// Whether, and after how long, an address's own newcomers take the place of what it holds longest.
    renewed_after: Option<Duration>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    taken: usize,
    next: u64,
    by_address: HashMap<IpAddr, BTreeMap<u64, Arc<Held>>>,
}

struct Held {
    /// Since when it has held the place, or has last shown that it uses it.
    since: Mutex<Instant>,
    taken_away: Notify,
}

/// A place, held until it is dropped.
pub struct Place {
    places: Arc<Places>,
    address: IpAddr,
    number: u64,
    held: Arc<Held>,
}

/// All places are taken, and none of them is to be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The address has as many as it may.
    Address,
    /// There are no more, for whoever asks.
    All,
}

impl Places {
    /// So many places in all, and so many for one address. What an address has more than others is taken from it for
    /// a newcomer from elsewhere; its own newcomers are turned away.
    pub fn new(all_max: usize, address_max: usize) -> Arc<Self> {
        Arc::new(Self { all_max, address_max, renewed_after: None, state: Mutex::default() })
    }

    /// The same, where a newcomer takes the place that has been held for longest without being used, if that is for
    /// `after`: of its own address where that has too many, and of the address that has most where all are taken.
    pub fn renewed(all_max: usize, address_max: usize, after: Duration) -> Arc<Self> {
        Arc::new(Self { all_max, address_max, renewed_after: Some(after), state: Mutex::default() })
    }

    /// Takes a place. Never waits.
    pub fn take(self: &Arc<Self>, client: Client) -> Result<Place, Full> {
        let mut state = self.lock();
        let has = state.by_address.get(&client.address).map_or(0, BTreeMap::len);
        if !client.is_proxy && has >= self.address_max {
            let after = self.renewed_after.ok_or(Full::Address)?;
            state.take_away(client.address, after).ok_or(Full::Address)?;
        }
        if state.taken >= self.all_max {
            let (heaviest, most) = state.heaviest().ok_or(Full::All)?;
            let is_fair = self.renewed_after.is_some() || most > has + 1;
            let after = self.renewed_after.unwrap_or(Duration::ZERO);
            is_fair.then(|| state.take_away(heaviest, after)).flatten().ok_or(Full::All)?;
        }
        let number = state.next;
        let held = Arc::new(Held { since: Mutex::new(Instant::now()), taken_away: Notify::new() });
        state.next += 1;
        state.taken += 1;
        state.by_address.entry(client.address).or_default().insert(number, Arc::clone(&held));
        Ok(Place { places: Arc::clone(self), address: client.address, number, held })
    }

    /// Takes up to `count` places away from those who have most, though there are others left: what stands behind the
    /// places has run out. None where they are never taken from an address's own.
    pub fn make_room(&self, count: usize) {
        let Some(after) = self.renewed_after else { return };
        let mut state = self.lock();
        for _ in 0..count {
            let Some((heaviest, _)) = state.heaviest() else { return };
            if state.take_away(heaviest, after).is_none() {
                return;
            }
        }
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.lock().taken
    }

    /// Nothing under this lock can panic half-way, so that a poisoned lock guards a sound state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The address that has most, and how many; of equals the one with the place unused for longest.
    fn heaviest(&self) -> Option<(IpAddr, usize)> {
        let oldest = |places: &BTreeMap<u64, Arc<Held>>| places.values().map(|held| held.since()).min();
        let counted = self.by_address.iter().map(|(address, held)| (*address, held));
        let heaviest = counted.max_by_key(|(_, held)| (held.len(), Reverse(oldest(held))));
        heaviest.map(|(address, held)| (address, held.len()))
    }

    /// Takes the place of an address away that has not been used for longest, if that is for `after`.
    fn take_away(&mut self, address: IpAddr, after: Duration) -> Option<()> {
        let places = self.by_address.get(&address)?;
        let (number, held) = places.iter().min_by_key(|(_, held)| held.since())?;
        if held.since().elapsed() < after {
            return None;
        }
        let (number, held) = (*number, Arc::clone(held));
        self.release(address, number);
        held.taken_away.notify_one();
        Some(())
    }

    fn release(&mut self, address: IpAddr, number: u64) {
        let Some(places) = self.by_address.get_mut(&address) else { return };
        if places.remove(&number).is_some() {
            self.taken -= 1;
        }
        if places.is_empty() {
            self.by_address.remove(&address);
        }
    }
}

impl Held {
    fn since(&self) -> Instant {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Notes that it is being used.
    pub fn used(&self) {
        *self.held.since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Returns once another has been given the place.
    pub async fn taken_away(&self) {
        self.held.taken_away.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().release(self.address, self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(last: u8) -> Client {
        Client { address: IpAddr::from([192, 0, 2, last]), is_proxy: false }
    }

    async fn is_taken_away(place: &Place) -> bool {
        tokio::time::timeout(Duration::from_millis(1), place.taken_away()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn who_fills_all_places_makes_room_for_a_neighbour() {
        let places = Places::new(10, 10);
        let mut attackers: Vec<_> = (0..10).map(|_| places.take(from(1)).unwrap()).collect();
        assert_eq!(places.take(from(1)).err(), Some(Full::Address));
        let neighbour = places.take(from(2)).unwrap();
        assert!(is_taken_away(&attackers.remove(0)).await, "the oldest of the heaviest address");
        assert_eq!(places.taken(), 10);
        for _ in 0..1_000 {
            attackers.extend(places.take(from(1)));
        }
        assert!(!is_taken_away(&neighbour).await);
    }

    #[tokio::test(start_paused = true)]
    async fn equals_do_not_push_each_other_out() {
        let places = Places::new(4, 4);
        let _held: Vec<_> = (0..4).map(|i| places.take(from(i)).unwrap()).collect();
        assert_eq!(places.take(from(9)).err(), Some(Full::All));
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_not_been_used_for_longest_makes_room_where_that_is_wanted() {
        let places = Places::renewed(3, 2, Duration::from_secs(1));
        let (first, second) = (places.take(from(1)).unwrap(), places.take(from(1)).unwrap());
        assert_eq!(places.take(from(1)).err(), Some(Full::Address), "both are in use");
        tokio::time::advance(Duration::from_secs(2)).await;
        first.used();
        let third = places.take(from(1)).unwrap();
        assert!(is_taken_away(&second).await);
        assert!(!is_taken_away(&first).await && !is_taken_away(&third).await);
    }

    #[tokio::test(start_paused = true)]
    async fn room_is_made_of_what_is_unused_and_nothing_else() {
        let places = Places::renewed(100, 100, Duration::from_secs(1));
        let held: Vec<_> = (0..10).map(|_| places.take(from(1)).unwrap()).collect();
        let neighbour = places.take(from(2)).unwrap();
        places.make_room(5);
        assert_eq!(places.taken(), 11, "all are in use");
        tokio::time::advance(Duration::from_secs(2)).await;
        places.make_room(5);
        assert_eq!(places.taken(), 6);
        assert!(is_taken_away(&held[0]).await && !is_taken_away(&neighbour).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_has_no_bound_of_its_own_and_a_place_let_go_is_free() {
        let places = Places::new(3, 1);
        let proxy = Client { is_proxy: true, ..from(1) };
        let held: Vec<_> = (0..3).map(|_| places.take(proxy).unwrap()).collect();
        assert_eq!(places.take(proxy).err(), Some(Full::All));
        drop(held);
        assert_eq!(places.taken(), 0);
    }
}
