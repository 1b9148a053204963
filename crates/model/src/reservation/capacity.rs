//! How many places a lot grants, and how many of them are free.

use super::directive::SpaceKind;
use super::order::Order;
use super::state::OrderState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a lot grants of one kind of space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Spaces that can be reserved at all (reservableSpaces).
    pub reservable: u32,
    /// How many of them the lot last said are left (unusedReservableStalls), and when that was right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused: Option<(u32, Timestamp)>,
}

/// What a lot grants. A kind that is not here cannot be reserved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// By kind of space.
    pub by_space: BTreeMap<SpaceKind, Grant>,
}

impl Granted {
    /// How many places of that kind are free, as far as grants go: those that can be reserved less those held, and no more
    /// than the lot last said are left, less what came since and plus what went.
    pub(super) fn free<'a>(&self, space: SpaceKind, orders: impl Iterator<Item = &'a Order> + Clone) -> u32 {
        let Some(grant) = self.by_space.get(&space) else { return 0 };
        let held = orders.clone().filter(|order| order.holds(space)).count() as i64;
        let by_book = i64::from(grant.reservable) - held;
        let by_lot = grant.unused.map(|(unused, as_of)| {
            let of_kind = orders.filter(|order| order.holds(space) || order.space == space);
            of_kind.fold(i64::from(unused), |left, order| left + change_since(order, space, as_of))
        });
        u32::try_from(by_lot.map_or(by_book, |by_lot| by_lot.min(by_book))).unwrap_or(0)
    }
}

/// By how much an order makes the places left more or fewer than the lot counted at `as_of`.
fn change_since(order: &Order, space: SpaceKind, as_of: Timestamp) -> i64 {
    let was_counted = order.space == space
        && order.confirmed_at.is_some_and(|at| at <= as_of)
        && order.ended_at.is_none_or(|at| at > as_of);
    // A car that came under its order still stands in its space.
    let takes = order.holds(space) || (order.space == space && order.state == OrderState::Entered);
    i64::from(was_counted) - i64::from(takes)
}
