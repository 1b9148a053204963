//! A car passes: the order that it came under, or goes out of.

use super::book::Book;
use super::code::OrderCode;
use super::command::CarPassage;
use super::effect::{Effect, Event};
use super::order::Order;
use super::reason::Reason;
use super::state::OrderState;
use super::turn::Turn;
use crate::Direction;
use jiff::Timestamp;

impl Book {
    pub(super) fn passage(&mut self, passage: &CarPassage, turn: &mut Turn<'_>) {
        match passage.direction {
            Direction::Entry => self.entry(passage, turn),
            Direction::Exit => self.exit(passage, turn),
        }
    }

    fn entry(&mut self, passage: &CarPassage, turn: &mut Turn<'_>) {
        let is_known = |order: &Order| order.stay.as_ref() == Some(&passage.record_id);
        if self.orders.values().any(is_known) {
            return;
        }
        if let Some(code) = self.order_for(passage, passage.at, turn) {
            self.enter(&code, passage, passage.at, turn);
        } else if let Some(order) = self.orders.values_mut().find(|order| {
            order.state.holds_place()
                && order.barred.is_none()
                && passage.plate.as_ref() == Some(&order.plate)
                && (order.created_at..order.window_from()).contains(&passage.at)
                && order.early_stay.is_none()
        }) {
            order.early_stay = Some(passage.record_id.clone());
            turn.note(order, Some(order.state), Reason::EnteredEarly);
        }
        self.wait_no_longer(passage, passage.at, turn);
    }

    fn exit(&mut self, passage: &CarPassage, turn: &mut Turn<'_>) {
        let is_named = |order: &Order| passage.reservation_code.as_ref() == Some(&order.code);
        let is_same_car = |order: &Order| {
            passage.plate.as_ref() == Some(&order.plate)
                && order.entered_at.is_some_and(|at| at <= passage.at)
        };
        let inside = || self.orders.values().filter(|order| order.state == OrderState::Entered);
        let found = inside()
            .find(|order| order.stay.as_ref() == Some(&passage.record_id))
            .or_else(|| inside().find(|order| is_named(order)))
            .or_else(|| inside().find(|order| is_same_car(order)))
            .map(|order| order.code.clone());
        let is_known = self.orders.values().any(|order| order.stay.as_ref() == Some(&passage.record_id));
        let found = found.or_else(|| {
            // Its entry was lost, and the exit says when that was.
            let entered_at = passage.entered_at.filter(|at| *at <= passage.at && !is_known)?;
            let code = self.order_for(passage, entered_at, turn);
            code.iter().for_each(|code| self.enter(code, passage, entered_at, turn));
            self.wait_no_longer(passage, entered_at, turn);
            code
        });
        if let Some(order) = found.and_then(|code| self.orders.get_mut(&code)) {
            // One that was on the waitlist came without an order.
            if order.state == OrderState::Entered {
                order.left_at = Some(passage.at);
                turn.step(order, OrderState::Left, Reason::Exited);
            }
            return;
        }
        let left_early = self.orders.values_mut().find(|order| {
            order.early_stay.as_ref() == Some(&passage.record_id) && passage.at < order.window_from()
        });
        if let Some(order) = left_early {
            order.early_stay = None;
            turn.touch(order);
        }
    }

    /// The order that a car came under at `at`: the one that the lot names, or else the one of its plate. Too early, too late
    /// or with another plate it is none.
    fn order_for(&mut self, passage: &CarPassage, at: Timestamp, turn: &mut Turn<'_>) -> Option<OrderCode> {
        let may_enter = |order: &Order| {
            let is_expected =
                order.state.holds_place() || matches!(order.state, OrderState::Waiting | OrderState::NoShow);
            is_expected && order.barred.is_none() && order.is_in_window(at)
        };
        let named = passage.reservation_code.as_ref().and_then(|code| self.orders.get_mut(code));
        if let Some(order) = named {
            let is_other = passage.plate.as_ref().is_some_and(|plate| *plate != order.plate);
            let is_noted = order.steps.last().is_some_and(|step| step.reason == Reason::OtherPlate);
            if is_other && order.state.is_open() && !is_noted {
                turn.note(order, Some(order.state), Reason::OtherPlate);
            }
            if !is_other && may_enter(order) {
                return Some(order.code.clone());
            }
        }
        let of_plate = self.orders.values().filter(|order| passage.plate.as_ref() == Some(&order.plate));
        let earliest = of_plate.filter(|order| may_enter(order)).min_by_key(|order| order.enter_at);
        earliest.map(|order| order.code.clone())
    }

    /// A car that has come waits no longer, whatever it came under and whatever bars it.
    fn wait_no_longer(&mut self, passage: &CarPassage, at: Timestamp, turn: &mut Turn<'_>) {
        let is_its = |order: &&mut Order| {
            order.state == OrderState::Waiting
                && passage.plate.as_ref() == Some(&order.plate)
                && order.is_in_window(at)
        };
        self.orders.values_mut().filter(is_its).for_each(|order| entered_meanwhile(order, turn));
    }

    fn enter(&mut self, code: &OrderCode, passage: &CarPassage, at: Timestamp, turn: &mut Turn<'_>) {
        let Some(order) = self.orders.get_mut(code) else { return };
        if order.state == OrderState::Waiting {
            entered_meanwhile(order, turn);
            return;
        }
        if order.state == OrderState::NoShow {
            turn.applied.effects.push(Effect::NoShowRevoked { code: code.clone() });
        }
        // A lot that lets the car in has taken its order, whatever became of the answer.
        order.confirmed_at = order.confirmed_at.or(Some(turn.now));
        (order.call, order.wanted) = (None, None);
        (order.stay, order.entered_at) = (Some(passage.record_id.clone()), Some(at));
        turn.step(order, OrderState::Entered, Reason::Entered);
    }
}

fn entered_meanwhile(order: &mut Order, turn: &mut Turn<'_>) {
    order.call = order.call.take().filter(|_| turn.now < order.expires_at);
    turn.step(order, OrderState::Cancelled, Reason::EnteredMeanwhile);
    turn.notice(order, Event::Cancelled);
}
