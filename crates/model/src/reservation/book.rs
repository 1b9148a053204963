//! A lot's book: all orders that compete for its places, and the one way to change it.

use super::capacity::Granted;
use super::code::OrderCode;
use super::command::Command;
use super::directive::SpaceKind;
use super::effect::{Applied, Declined};
use super::order::Order;
use super::policy::Policy;
use super::state::OrderState;
use super::turn::Turn;
use crate::LotCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Orders that a book takes, ended ones that are still remembered included: a book is read and written whole.
pub const ORDERS_MAX: usize = 500;

/// All orders that compete for a lot's places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// The lot.
    pub lot: LotCode,
    /// Its orders: the open ones, and ended ones about which something may still come.
    pub orders: BTreeMap<OrderCode, Order>,
    /// The number that the next order gets.
    pub next: u64,
    /// What the lot grants.
    pub granted: Granted,
    /// Since when the lot has no space of a kind, by its own answer: nobody is sent there until something has changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub no_space_since: BTreeMap<SpaceKind, Timestamp>,
}

impl Book {
    /// A book without orders, and without a place to give.
    pub fn new(lot: LotCode) -> Self {
        Self {
            lot,
            orders: BTreeMap::new(),
            next: 1,
            granted: Granted::default(),
            no_space_since: BTreeMap::new(),
        }
    }

    /// Does what a command says, and all that follows from it and from the time: places that become free go to the waitlist
    /// in the same turn. Nothing is changed where it is declined.
    ///
    /// Whoever calls it stores the book and the orders changed before he does anything of the effects.
    pub fn apply(&mut self, command: Command, now: Timestamp, policy: &Policy) -> Result<Applied, Declined> {
        let mut turn = Turn::new(now, policy);
        let is_due = self.next_due(policy).is_some_and(|due| due <= now);
        let before = is_due.then(|| self.clone());
        if is_due {
            self.sweep(&mut turn);
        }
        match self.execute(command, &mut turn) {
            Ok(()) => {
                self.promote(&mut turn);
                Ok(turn.applied)
            }
            Err(declined) => {
                if let Some(before) = before {
                    *self = before;
                }
                Err(declined)
            }
        }
    }

    fn execute(&mut self, command: Command, turn: &mut Turn<'_>) -> Result<(), Declined> {
        match command {
            Command::Request(new) => self.request(new, turn),
            Command::Change { code, enter_at, space, version } => {
                self.change(&code, enter_at, space, version, turn)
            }
            Command::Cancel { code, by, version } => self.cancel(&code, by, version, turn),
            Command::Sent { code, attempt } => self.sent(&code, attempt, turn),
            Command::Answer { code, what, attempt, reading } => {
                self.answer(&code, what, attempt, reading, turn)
            }
            Command::Granted(granted) => {
                self.grant(granted);
                Ok(())
            }
            Command::Passage(passage) => {
                self.passage(&passage, turn);
                Ok(())
            }
            Command::Suspend { plate, until } => {
                self.suspend(&plate, until, turn);
                Ok(())
            }
            Command::Tick => Ok(()),
        }
    }

    /// Takes what the lot grants now.
    fn grant(&mut self, granted: Granted) {
        for (space, grant) in &granted.by_space {
            let before = self.granted.by_space.get(space);
            let is_more = before.is_none_or(|before| grant.reservable > before.reservable);
            // A count of later than its answer says how many are left: nobody has to remember that none were.
            let counted_since = |since: &Timestamp| grant.unused.is_some_and(|(_, as_of)| as_of > *since);
            if is_more || self.no_space_since.get(space).is_some_and(counted_since) {
                self.no_space_since.remove(space);
            }
        }
        self.granted = granted;
    }

    /// How many places of a kind are free to be given.
    pub fn free(&self, space: SpaceKind, now: Timestamp, policy: &Policy) -> u32 {
        let is_full =
            self.no_space_since.get(&space).is_some_and(|since| now < no_space_ends(*since, policy));
        if is_full { 0 } else { self.granted.free(space, self.orders.values()) }
    }

    /// Something has changed at the lot: what it said of its spaces may no longer be so.
    pub(super) fn place_let_go(&mut self, space: SpaceKind) {
        self.no_space_since.remove(&space);
    }

    /// Takes the orders out of which nothing more can come, and of which the lot cannot say yes any more: whoever stores the
    /// book keeps them apart.
    pub fn forget(&mut self, now: Timestamp, policy: &Policy) -> Vec<Order> {
        let is_over = |order: &Order| {
            let settles = order.state == OrderState::NoShow;
            let settled =
                SignedDuration::from_hours(if settles { i64::from(policy.settle_hours) } else { 0 });
            let is_past = order.expires_at.checked_add(settled).is_ok_and(|until| until < now);
            // What the lot was never asked about, it cannot answer.
            !order.state.is_open() && order.call.is_none() && (is_past || order.attempts == 0)
        };
        let over: Vec<_> =
            self.orders.values().filter(|order| is_over(order)).map(|order| order.code.clone()).collect();
        over.iter().filter_map(|code| self.orders.remove(code)).collect()
    }
}

/// When a lot that had no space at `since` is asked anew.
pub(super) fn no_space_ends(since: Timestamp, policy: &Policy) -> Timestamp {
    let after = SignedDuration::from_secs(i64::from(policy.no_space_seconds));
    since.checked_add(after).unwrap_or(Timestamp::MAX)
}
