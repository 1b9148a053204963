//! A driver changes his mind, or a lot or the office does.

use super::book::Book;
use super::call::CallKind;
use super::code::OrderCode;
use super::command::Party;
use super::directive::SpaceKind;
use super::effect::{Declined, Effect, Event};
use super::order::{Order, Wanted, minutes_before};
use super::reason::{Limit, Reason};
use super::request::check_time;
use super::state::OrderState;
use super::turn::Turn;
use crate::Plate;
use jiff::Timestamp;

impl Book {
    pub(super) fn change(
        &mut self,
        code: &OrderCode,
        enter_at: Option<Timestamp>,
        space: Option<SpaceKind>,
        version: u64,
        turn: &mut Turn<'_>,
    ) -> Result<(), Declined> {
        let order = self.orders.get(code).ok_or(Declined::NoSuchOrder)?;
        if order.version != version {
            return Err(Declined::Outdated { version: order.version });
        }
        let wanted =
            Wanted { enter_at: enter_at.unwrap_or(order.enter_at), space: space.unwrap_or(order.space) };
        match order.state {
            OrderState::Waiting => {}
            OrderState::Confirmed if order.call.is_none() => {}
            OrderState::Confirmed => return Err(Declined::Asking),
            state if state.is_asked() => return Err(Declined::Asking),
            _ => return Err(Declined::State),
        }
        if wanted.enter_at != order.enter_at {
            check_time(wanted.enter_at, wanted.space, turn)?;
        }
        // Whoever changes it is not told that: it is refused when it is its turn, as a lot refuses.
        let same_time = self.other_at(order, wanted.enter_at, OrderState::is_open).then_some(Limit::SameTime);
        let closes = i64::from(turn.policy.waitlist_closes_minutes);
        if order.state == OrderState::Waiting && turn.now >= minutes_before(wanted.enter_at, closes) {
            return Err(Declined::TooNear);
        }
        let is_other_kind = wanted.space != order.space;
        let is_confirmed = order.state == OrderState::Confirmed;
        // It keeps the place that it has until the lot has agreed to the other.
        if is_confirmed && is_other_kind && self.free(wanted.space, turn.now, turn.policy) == 0 {
            return Err(Declined::NoSpace);
        }
        let joined = self.next;
        let Some(order) = self.orders.get_mut(code) else { return Err(Declined::NoSuchOrder) };
        if wanted == (Wanted { enter_at: order.enter_at, space: order.space }) {
            return Ok(());
        }
        turn.note(order, Some(order.state), Reason::ChangeWanted);
        if is_confirmed {
            order.wanted = Some(wanted);
            turn.call(order, CallKind::Change);
            pretend(order, same_time.is_some());
            return Ok(());
        }
        order.become_wanted(wanted);
        order.passed_over = None;
        if order.barred.is_none() || order.barred == Some(Limit::SameTime) {
            order.barred = same_time;
        }
        if is_other_kind {
            // It has not waited for one of these so far.
            order.joined = joined;
            self.next += 1;
        }
        Ok(())
    }

    pub(super) fn cancel(
        &mut self,
        code: &OrderCode,
        by: Party,
        version: Option<u64>,
        turn: &mut Turn<'_>,
    ) -> Result<(), Declined> {
        let order = self.orders.get_mut(code).ok_or(Declined::NoSuchOrder)?;
        match order.state {
            // Said twice is said once.
            OrderState::Cancelled => return Ok(()),
            state if state == OrderState::Waiting || state.holds_place() => {}
            _ => return Err(Declined::State),
        }
        if version.is_some_and(|version| version != order.version) {
            return Err(Declined::Outdated { version: order.version });
        }
        let was_confirmed = order.state == OrderState::Confirmed;
        let is_late = was_confirmed && by == Party::Driver && order.is_late_to_cancel(turn.now, turn.policy);
        let reason = match by {
            Party::Driver if is_late => Reason::LateDriver,
            Party::Driver => Reason::Driver,
            Party::Lot => Reason::Lot,
            Party::Office => Reason::Office,
        };
        let is_known = was_confirmed || order.call.is_some();
        turn.step(order, OrderState::Cancelled, reason);
        order.call = None;
        if by == Party::Lot {
            let space = order.space;
            turn.notice(order, Event::Cancelled);
            self.place_let_go(space);
            return Ok(());
        }
        if is_known {
            turn.call(order, CallKind::Cancel);
        }
        if is_late {
            turn.applied.effects.push(Effect::LateCancel { code: order.code.clone() });
        }
        turn.notice(order, Event::Cancelled);
        Ok(())
    }

    pub(super) fn suspend(&mut self, plate: &Plate, until: Option<Timestamp>, turn: &mut Turn<'_>) {
        let until = until.filter(|until| *until > turn.now);
        let of_plate =
            self.orders.values_mut().filter(|order| order.plate == *plate && order.state.is_open());
        for order in of_plate.filter(|order| order.suspended_until != until) {
            order.suspended_until = until;
            turn.touch_unseen(order);
        }
    }
}

/// Whether the call that was just begun is made or pretended.
pub(super) fn pretend(order: &mut Order, is_pretended: bool) {
    if let Some(call) = &mut order.call {
        call.is_pretended = is_pretended;
    }
}
