//! One command being applied: when, by which rules, and what has come of it so far.

use super::call::{Call, CallKind};
use super::effect::{Applied, Effect, Event};
use super::order::{Order, STEPS_MAX, Step};
use super::policy::Policy;
use super::reason::Reason;
use super::state::OrderState;
use jiff::{SignedDuration, Timestamp};

pub(super) struct Turn<'a> {
    pub(super) now: Timestamp,
    pub(super) policy: &'a Policy,
    pub(super) applied: Applied,
}

impl<'a> Turn<'a> {
    pub(super) fn new(now: Timestamp, policy: &'a Policy) -> Self {
        Self { now, policy, applied: Applied::default() }
    }

    /// Moves an order to a state, which may be the one that it is in.
    pub(super) fn step(&mut self, order: &mut Order, to: OrderState, reason: Reason) {
        let from = Some(order.state);
        order.state = to;
        self.note(order, from, reason);
        if to.is_open() {
            order.ended_at = None;
        } else if from.is_none_or(OrderState::is_open) {
            order.ended_at = Some(self.now);
            (order.wanted, order.suspended_until) = (None, None);
            self.applied.effects.push(Effect::Ended { code: order.code.clone() });
        }
    }

    /// Writes a step into an order's history.
    pub(super) fn note(&mut self, order: &mut Order, from: Option<OrderState>, reason: Reason) {
        if order.steps.len() >= STEPS_MAX {
            // The first ones stay: how it began is asked for most.
            order.steps.remove(STEPS_MAX / 2);
        }
        order.steps.push(Step { at: self.now, from, to: order.state, reason });
        self.touch(order);
    }

    /// Counts a change of an order.
    pub(super) fn touch(&mut self, order: &mut Order) {
        order.version += 1;
        self.applied.changed.insert(order.code.clone());
    }

    /// Has an order kept that has changed in nothing that is seen of it: its version stays, which tells nobody of its plate.
    pub(super) fn touch_unseen(&mut self, order: &Order) {
        self.applied.changed.insert(order.code.clone());
    }

    pub(super) fn notice(&mut self, order: &Order, event: Event) {
        self.applied.effects.push(Effect::Notice { code: order.code.clone(), event });
    }

    /// Begins to tell the lot something, in place of whatever it was to be told; or to pretend it, of an order that is barred.
    pub(super) fn call(&mut self, order: &mut Order, what: CallKind) {
        order.call = Some(Call {
            what,
            first_attempt: order.attempts.saturating_add(1),
            attempt: order.attempts,
            next_at: self.now,
            since: self.now,
            is_out: false,
            may_have_reached: false,
            is_pretended: order.barred.is_some(),
        });
        self.hand_out(order);
    }

    /// Hands the next attempt of an order's call out.
    pub(super) fn hand_out(&mut self, order: &mut Order) {
        // One answer's time for the way to the sender, one for the lot.
        let unanswered_at = self.after(SignedDuration::from_secs(2 * i64::from(self.policy.answer_seconds)));
        let Some(call) = &mut order.call else { return };
        order.attempts = order.attempts.saturating_add(1);
        (call.attempt, call.is_out, call.next_at) = (order.attempts, true, unanswered_at);
        let effect = Effect::Call { code: order.code.clone(), what: call.what, attempt: call.attempt };
        self.applied.effects.push(effect);
        self.touch(order);
    }

    /// The attempt that is out has failed: when the next one is due.
    pub(super) fn failed(&mut self, order: &mut Order, may_have_reached: bool) {
        let Some(call) = &mut order.call else { return };
        let failed = call.attempt.saturating_sub(call.first_attempt).saturating_add(1);
        call.is_out = false;
        call.may_have_reached |= may_have_reached;
        call.next_at = self.after(self.policy.backoff(failed));
        self.touch(order);
    }

    pub(super) fn after(&self, duration: SignedDuration) -> Timestamp {
        self.now.checked_add(duration).unwrap_or(Timestamp::MAX)
    }
}
