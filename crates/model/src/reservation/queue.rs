//! The waitlist as who waits sees it.

use super::book::Book;
use super::code::OrderCode;
use super::directive::SpaceKind;
use super::order::Order;
use super::policy::Policy;
use super::state::OrderState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What one who waits can expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// His place in the queue, from 1.
    pub place: usize,
    /// When his turn comes at the latest, if every place held now is free again once its window is over and the lot has no
    /// other use for it; `None`: not before the waitlist closes for him, unless somebody calls off.
    pub turn_by: Option<Timestamp>,
    /// When the waitlist closes for him.
    pub closes_at: Timestamp,
    /// Whether the book alone has a place for him and for all before him: he waits until the lot itself has spaces again, which
    /// a forecast of its free spaces may tell.
    pub waits_for_lot: bool,
}

impl Estimate {
    /// The same, where a forecast says that the lot will likely have spaces at that moment. It tells nothing of one who waits
    /// for a place held for another.
    #[must_use]
    pub fn with_forecast(self, likely_at: Timestamp) -> Self {
        let likely_at = Some(likely_at).filter(|at| self.waits_for_lot && *at < self.closes_at);
        Self { turn_by: self.turn_by.into_iter().chain(likely_at).min(), ..self }
    }
}

impl Book {
    /// Who waits for a kind of space, who asked first in front.
    pub fn queue(&self, space: SpaceKind) -> Vec<&Order> {
        let waits = |order: &&Order| order.state == OrderState::Waiting && order.space == space;
        let mut queue: Vec<_> = self.orders.values().filter(waits).collect();
        queue.sort_by_key(|order| order.joined);
        queue
    }

    /// An order's place in the queue for its kind of space, from 1; `None` where it does not wait.
    pub fn place_in_queue(&self, code: &OrderCode) -> Option<usize> {
        let order = self.orders.get(code)?;
        let ahead = self.queue(order.space).iter().position(|waiting| waiting.code == *code)?;
        Some(ahead + 1)
    }

    /// What one who waits can expect; `None` for an order that does not.
    pub fn estimate(&self, code: &OrderCode, policy: &Policy) -> Option<Estimate> {
        let order = self.orders.get(code)?;
        let (place, closes_at) = (self.place_in_queue(code)?, order.waitlist_closes_at(policy));
        let mut ends: Vec<_> =
            self.orders.values().filter(|held| held.holds(order.space)).map(|held| held.expires_at).collect();
        ends.sort_unstable();
        let turn_by = ends.get(place - 1).copied().filter(|end| *end < closes_at);
        let reservable = self.granted.by_space.get(&order.space).map_or(0, |grant| grant.reservable as usize);
        let waits_for_lot = reservable >= ends.len() + place;
        Some(Estimate { place, turn_by, closes_at, waits_for_lot })
    }
}
