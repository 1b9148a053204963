//! A driver wants a space.

use super::book::{Book, ORDERS_MAX};
use super::call::CallKind;
use super::command::NewOrder;
use super::directive::SpaceKind;
use super::effect::{Declined, Effect, Event};
use super::order::{Order, window_ends};
use super::policy::minutes;
use super::reason::{Limit, Reason};
use super::state::OrderState;
use super::turn::Turn;
use jiff::Timestamp;

/// A clock in a browser may be behind ours by so many minutes, and "now" still be now.
const PAST_MINUTES: i64 = 5;

impl Book {
    pub(super) fn request(&mut self, new: NewOrder, turn: &mut Turn<'_>) -> Result<(), Declined> {
        if let Some(known) = self.orders.get(&new.code) {
            let is_same = known.plate == new.plate && known.wait == new.wait;
            return if is_same { Ok(()) } else { Err(Declined::CodeTaken) };
        }
        check_time(new.enter_at, new.space, turn)?;
        if self.orders.len() >= ORDERS_MAX {
            return Err(Declined::BookFull);
        }
        let keep_minutes = i64::from(turn.policy.keep_minutes);
        let mut order = Order {
            code: new.code,
            lot: self.lot.clone(),
            plate: new.plate,
            space: new.space,
            enter_at: new.enter_at,
            early_minutes: i64::from(turn.policy.early_minutes),
            keep_minutes,
            expires_at: window_ends(new.enter_at, keep_minutes),
            state: OrderState::Held,
            version: 0,
            joined: self.next,
            wait: new.wait,
            barred: new.limit,
            is_promoted: false,
            passed_over: None,
            created_at: turn.now,
            call: None,
            attempts: 0,
            is_late: false,
            wanted: None,
            confirmed_at: None,
            ended_at: None,
            stay: None,
            entered_at: None,
            left_at: None,
            early_stay: None,
            suspended_until: None,
            notify: new.notify,
            steps: Vec::new(),
        };
        self.next += 1;
        if order.barred.is_none() && self.other_at(&order, order.enter_at, OrderState::is_open) {
            order.barred = Some(Limit::SameTime);
        }
        // Before the new one: who waits was first.
        self.promote(turn);
        if self.free(order.space, turn.now, turn.policy) > 0 {
            turn.note(&mut order, None, Reason::Placed);
            turn.call(&mut order, CallKind::Reserve);
        } else if order.wait && turn.now < order.waitlist_closes_at(turn.policy) {
            let waiting = self.orders.values().filter(|order| order.state == OrderState::Waiting).count();
            if waiting < turn.policy.waiting_max as usize {
                order.state = OrderState::Waiting;
                order.barred = order.barred.take().or(new.wait_limit);
                turn.note(&mut order, None, Reason::NoSpace);
                turn.notice(&order, Event::Waiting);
            } else {
                refuse(&mut order, Reason::QueueFull, turn);
            }
        } else {
            refuse(&mut order, Reason::NoSpace, turn);
        }
        self.orders.insert(order.code.clone(), order);
        Ok(())
    }

    /// Whether the plate of `order` has another order in a state that `counts` whose window meets that of `order` at `enter_at`.
    /// One that is barred is none.
    pub(super) fn other_at(
        &self,
        order: &Order,
        enter_at: Timestamp,
        counts: impl Fn(OrderState) -> bool,
    ) -> bool {
        let from = enter_at.checked_sub(minutes(order.early_minutes)).unwrap_or(Timestamp::MIN);
        let to = window_ends(enter_at, order.keep_minutes);
        self.orders.values().any(|other| {
            other.plate == order.plate
                && other.code != order.code
                && counts(other.state)
                && other.barred.is_none()
                && other.window_from() <= to
                && from <= other.expires_at
        })
    }
}

fn refuse(order: &mut Order, reason: Reason, turn: &mut Turn<'_>) {
    order.state = OrderState::Refused;
    order.ended_at = Some(turn.now);
    turn.note(order, None, reason);
    turn.notice(order, Event::Refused);
    turn.applied.effects.push(Effect::Ended { code: order.code.clone() });
}

/// Refuses a time that cannot be booked for now.
pub(super) fn check_time(enter_at: Timestamp, space: SpaceKind, turn: &Turn<'_>) -> Result<(), Declined> {
    let earliest = turn.now.checked_sub(minutes(PAST_MINUTES)).unwrap_or(Timestamp::MIN);
    let latest = turn.policy.latest(space, turn.now);
    match enter_at {
        _ if enter_at < earliest => Err(Declined::Past),
        _ if enter_at > latest => Err(Declined::TooFarAhead { latest }),
        _ => Ok(()),
    }
}
