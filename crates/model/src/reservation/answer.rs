//! What a lot answers.

use super::book::Book;
use super::call::CallKind;
use super::code::OrderCode;
use super::command::LotAnswer;
use super::directive::SpaceKind;
use super::effect::{Declined, Event};
use super::order::Order;
use super::reason::Reason;
use super::state::OrderState;
use super::turn::Turn;

/// Characters of a lot's words that are kept.
const WHY_MAX: usize = 200;

impl Book {
    pub(super) fn sent(
        &mut self,
        code: &OrderCode,
        attempt: u32,
        turn: &mut Turn<'_>,
    ) -> Result<(), Declined> {
        let order = self.orders.get_mut(code).ok_or(Declined::NoSuchOrder)?;
        let is_first = order.call.as_ref().is_some_and(|call| call.what == CallKind::Reserve);
        if is_first && order.call.as_ref().is_some_and(|call| call.attempt == attempt && call.is_out) {
            went_out(order, turn);
        }
        Ok(())
    }

    pub(super) fn answer(
        &mut self,
        code: &OrderCode,
        what: CallKind,
        attempt: u32,
        reading: LotAnswer,
        turn: &mut Turn<'_>,
    ) -> Result<(), Declined> {
        let order = self.orders.get_mut(code).ok_or(Declined::NoSuchOrder)?;
        let awaited = order
            .call
            .as_ref()
            .filter(|call| call.what == what && (call.first_attempt..=call.attempt).contains(&attempt));
        let is_awaited = awaited.is_some();
        let is_pretended = awaited.is_some_and(|call| call.is_pretended);
        if !is_awaited {
            if what != CallKind::Cancel && reading == LotAnswer::Taken {
                late_yes(order, what, turn);
            }
            return Ok(());
        }
        if matches!(reading, LotAnswer::Silent | LotAnswer::NotReachable) {
            // Said of an attempt that was made since, it is news of yesterday.
            let is_current = order.call.as_ref().is_some_and(|call| call.attempt == attempt && call.is_out);
            if is_current {
                unanswered(order, reading == LotAnswer::Silent, turn);
            }
            return Ok(());
        }
        let reading = if is_pretended { LotAnswer::Refused { code: 0, why: String::new() } } else { reading };
        let let_go = match what {
            CallKind::Reserve => answered_reserve(order, reading, turn),
            CallKind::Change => answered_change(order, reading, turn),
            CallKind::Cancel => {
                order.call = None;
                turn.touch(order);
                Some((order.space, true))
            }
        };
        match let_go {
            Some((space, true)) => self.place_let_go(space),
            Some((space, false)) => _ = self.no_space_since.insert(space, turn.now),
            None => {}
        }
        Ok(())
    }
}

/// The attempt that is out counts as unanswered.
pub(super) fn unanswered(order: &mut Order, may_have_reached: bool, turn: &mut Turn<'_>) {
    turn.failed(order, may_have_reached);
    let Some(call) = order.call.clone().filter(|call| call.what == CallKind::Reserve) else { return };
    if call.may_have_reached {
        went_out(order, turn);
        if order.state == OrderState::Requested {
            turn.step(order, OrderState::Unknown, Reason::LotSilent);
        }
    } else if matches!(order.state, OrderState::Requested | OrderState::Offered) {
        turn.step(order, OrderState::Held, Reason::LotNotReachable);
    }
}

/// An order whose first call went out has been requested, whether or not somebody said so.
fn went_out(order: &mut Order, turn: &mut Turn<'_>) {
    if matches!(order.state, OrderState::Held | OrderState::Offered) {
        turn.step(order, OrderState::Requested, Reason::Sent);
    }
}

/// The lot says yes, and nobody waits for it any more: it must not keep the space. A late yes never brings an order back, nor
/// a change that was given up.
fn late_yes(order: &mut Order, what: CallKind, turn: &mut Turn<'_>) {
    let is_over = matches!(
        order.state,
        OrderState::Waiting | OrderState::Cancelled | OrderState::Expired | OrderState::Refused
    );
    let is_as_it_was =
        what == CallKind::Change && order.state == OrderState::Confirmed && order.call.is_none();
    // Even where it is being told already: it may have let go before it took it.
    let told = if is_over { CallKind::Cancel } else { CallKind::Change };
    if (is_over || is_as_it_was) && turn.now < order.expires_at {
        turn.note(order, Some(order.state), Reason::LotLate);
        turn.call(order, told);
    }
}

/// Whether a space of a kind came free at the lot (`true`), or none is (`false`).
type News = Option<(SpaceKind, bool)>;

fn answered_reserve(order: &mut Order, reading: LotAnswer, turn: &mut Turn<'_>) -> News {
    went_out(order, turn);
    order.call = None;
    match reading {
        LotAnswer::Taken => {
            order.confirmed_at = Some(turn.now);
            turn.step(order, OrderState::Confirmed, Reason::LotTaken);
            turn.notice(order, if order.is_promoted { Event::Promoted } else { Event::Confirmed });
            None
        }
        LotAnswer::NoSpace if order.wait && turn.now < order.waitlist_closes_at(turn.policy) => {
            turn.step(order, OrderState::Waiting, Reason::NoSpace);
            turn.notice(order, Event::Waiting);
            Some((order.space, false))
        }
        LotAnswer::NoSpace => {
            turn.step(order, OrderState::Refused, Reason::NoSpace);
            turn.notice(order, Event::Refused);
            Some((order.space, false))
        }
        LotAnswer::Refused { code, why } => {
            let reason = match order.barred.clone() {
                Some(why) => Reason::Limited { why },
                None => Reason::LotRefused { code, why: why.chars().take(WHY_MAX).collect() },
            };
            turn.step(order, OrderState::Refused, reason);
            turn.notice(order, Event::Refused);
            None
        }
        LotAnswer::Silent | LotAnswer::NotReachable => None,
    }
}

fn answered_change(order: &mut Order, reading: LotAnswer, turn: &mut Turn<'_>) -> News {
    order.call = None;
    turn.touch(order);
    // Nothing was wanted of one that was told to have it as it was.
    let wanted = order.wanted.take()?;
    let was = order.space;
    let state = order.state;
    if reading == LotAnswer::Taken {
        order.is_late |= wanted.enter_at != order.enter_at && order.is_late_to_cancel(turn.now, turn.policy);
        order.become_wanted(wanted);
        turn.note(order, Some(state), Reason::Changed);
        turn.notice(order, Event::Changed);
        if was != order.space {
            // Counts of the other kind that the lot made before do not have it.
            order.confirmed_at = Some(turn.now);
        }
        return (was != order.space).then_some((was, true));
    }
    turn.note(order, Some(state), Reason::ChangeRefused);
    turn.notice(order, Event::ChangeRefused);
    (reading == LotAnswer::NoSpace && wanted.space != was).then_some((wanted.space, false))
}
