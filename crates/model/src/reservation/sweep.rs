//! What follows from the time: ends, further attempts, and whose turn it is.

use super::answer::unanswered;
use super::book::{Book, no_space_ends};
use super::call::CallKind;
use super::deciding::pretend;
use super::directive::SpaceKind;
use super::effect::{Effect, Event};
use super::order::Order;
use super::policy::Policy;
use super::reason::{Limit, Reason};
use super::state::OrderState;
use super::turn::Turn;
use jiff::{SignedDuration, Timestamp};

impl Book {
    /// When time alone changes something next.
    pub fn next_due(&self, policy: &Policy) -> Option<Timestamp> {
        let no_space = self.no_space_since.values().map(|since| no_space_ends(*since, policy));
        self.orders.values().filter_map(|order| next_due(order, policy)).chain(no_space).min()
    }

    /// Brings every order up to the time.
    pub(super) fn sweep(&mut self, turn: &mut Turn<'_>) {
        let (now, policy) = (turn.now, turn.policy);
        self.no_space_since.retain(|_, since| no_space_ends(*since, policy) > now);
        let mut let_go = Vec::new();
        for order in self.orders.values_mut() {
            if next_due(order, policy).is_some_and(|due| due <= now) {
                let_go.extend(end(order, turn));
                call_again(order, turn);
            }
        }
        let_go.into_iter().for_each(|space| self.place_let_go(space));
    }

    /// Gives free places to those who wait, first come, first served. Whom the lot is still to let go of is passed over and blocks
    /// nobody. Whose plate may have no place has his turn all the same, and is refused in it: who is behind him has the place
    /// as soon as from one whom the lot refuses, and nobody is seen to be overtaken for what his plate has behind it.
    pub(super) fn promote(&mut self, turn: &mut Turn<'_>) {
        let kinds: Vec<_> = self.granted.by_space.keys().copied().collect();
        for space in kinds {
            while self.free(space, turn.now, turn.policy) > 0 {
                let Some(code) = self.first_of_queue(space, turn) else { break };
                let bar = self.orders.get(&code).and_then(|order| self.bar(order, turn.now));
                let Some(order) = self.orders.get_mut(&code) else { break };
                (order.is_promoted, order.passed_over) = (true, None);
                order.barred = order.barred.take().or(bar);
                turn.step(order, OrderState::Offered, Reason::Promoted);
                turn.call(order, CallKind::Reserve);
            }
        }
    }

    fn first_of_queue(&mut self, space: SpaceKind, turn: &mut Turn<'_>) -> Option<super::code::OrderCode> {
        let queue: Vec<_> = self.queue(space).into_iter().map(|order| order.code.clone()).collect();
        for code in queue {
            let order = self.orders.get_mut(&code)?;
            if order.call.is_none() {
                return Some(code);
            }
            let why = Limit::LettingGo;
            if order.passed_over.as_ref() != Some(&why) {
                order.passed_over = Some(why.clone());
                turn.note(order, Some(OrderState::Waiting), Reason::NotEligible { why });
            }
        }
        None
    }

    /// What its plate has behind it that keeps a waiting order from a place.
    fn bar(&self, order: &Order, now: Timestamp) -> Option<Limit> {
        if let Some(until) = order.suspended_until.filter(|until| *until > now) {
            return Some(Limit::Suspended { until });
        }
        let is_taken = |state: OrderState| state.holds_place() || state == OrderState::Entered;
        self.other_at(order, order.enter_at, is_taken).then_some(Limit::SameTime)
    }
}

fn next_due(order: &Order, policy: &Policy) -> Option<Timestamp> {
    let call = order.call.as_ref().map(|call| call.next_at);
    let end = match order.state {
        OrderState::Waiting => Some(order.waitlist_closes_at(policy)),
        OrderState::Confirmed => {
            let change_ends = order.wanted.map(|_| order.hold_ends_at(policy));
            Some(change_ends.map_or(order.expires_at, |ends| ends.min(order.expires_at)))
        }
        OrderState::Entered => Some(stay_ends(order, policy)),
        state if state.is_asked() => Some(order.hold_ends_at(policy)),
        _ => order.call.as_ref().map(|_| order.expires_at),
    };
    [call, end, order.suspended_until.filter(|_| order.state.is_open())].into_iter().flatten().min()
}

fn stay_ends(order: &Order, policy: &Policy) -> Timestamp {
    let longest = SignedDuration::from_hours(24 * i64::from(policy.stay_days_max));
    let entered_at = order.entered_at.unwrap_or(order.expires_at);
    entered_at.checked_add(longest).unwrap_or(Timestamp::MAX)
}

/// Ends what is over; which kind of space the lot has one more of, where it lets one go.
fn end(order: &mut Order, turn: &mut Turn<'_>) -> Option<SpaceKind> {
    let (now, policy) = (turn.now, turn.policy);
    if order.suspended_until.is_some_and(|until| until <= now) {
        order.suspended_until = None;
        turn.touch_unseen(order);
    }
    let is_past = order.expires_at <= now;
    match order.state {
        OrderState::Waiting if order.waitlist_closes_at(policy) <= now => {
            // What the lot was still to let go of has run out there too, where nobody looked at the time between.
            order.call = order.call.take().filter(|_| !is_past);
            turn.step(order, OrderState::Expired, Reason::SlotTooNear);
            turn.notice(order, Event::Expired);
        }
        state if state.is_asked() && order.hold_ends_at(policy) <= now => {
            let may_have_it = order.call.take().is_some_and(|call| call.may_have_reached || call.is_out);
            turn.step(
                order,
                OrderState::Expired,
                if is_past { Reason::WindowOver } else { Reason::LotSilent },
            );
            turn.notice(order, Event::Expired);
            if may_have_it && !is_past {
                turn.call(order, CallKind::Cancel);
            }
        }
        OrderState::Confirmed if is_past => {
            order.call = None;
            if order.early_stay.is_some() {
                turn.step(order, OrderState::Expired, Reason::EnteredEarly);
            } else {
                turn.step(order, OrderState::NoShow, Reason::WindowOver);
                turn.applied.effects.push(Effect::NoShowSuspected { code: order.code.clone() });
            }
            return Some(order.space);
        }
        OrderState::Confirmed if order.wanted.is_some() && order.hold_ends_at(policy) <= now => {
            order.wanted = None;
            let call = order.call.take();
            turn.note(order, Some(OrderState::Confirmed), Reason::ChangeRefused);
            turn.notice(order, Event::ChangeRefused);
            if let Some(call) = call.filter(|call| call.may_have_reached || call.is_out) {
                // The lot may have changed it: told to have it as it was, it has what the driver was told.
                turn.call(order, CallKind::Change);
                pretend(order, call.is_pretended);
            }
        }
        OrderState::Entered if stay_ends(order, policy) <= now => {
            turn.step(order, OrderState::Left, Reason::ExitMissing);
        }
        state if !state.is_open() && is_past && order.call.is_some() => {
            // It has run out at the lot by itself.
            order.call = None;
            turn.touch(order);
            return Some(order.space);
        }
        _ => {}
    }
    None
}

/// Takes an attempt without an answer for failed, and makes the next one where it is due.
fn call_again(order: &mut Order, turn: &mut Turn<'_>) {
    let Some(call) = order.call.as_ref().filter(|call| call.next_at <= turn.now) else { return };
    if call.is_out {
        unanswered(order, true, turn);
    } else {
        turn.hand_out(order);
    }
}
