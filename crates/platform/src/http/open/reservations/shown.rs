//! An order as its own page shows it.

use super::item::{AppealItem, NoShowItem, ReservationItem, ReservationReason, ReservationStep};
use crate::app::App;
use crate::http::timestamps;
use crate::reservations::words::{self, Words};
use crate::reservations::{View, link_ends, phone};
use bowei_model::reservation::{Appeal, OrderState, Reason, Step};
use jiff::{SignedDuration, Timestamp};

/// What a stranger is shown has as many changes as any order that a lot had no space for.
const PRETENDED_VERSIONS: u64 = 4;

/// The order.
pub(super) fn item(app: &App, view: &View) -> ReservationItem {
    let kept = &view.kept.document;
    let (order, policy) = (&kept.order, &view.policy);
    let steps = steps(view);
    let last = steps.last();
    let state = last.map_or(order.state, |step| step.to);
    let free_until = minutes_before(order.enter_at, policy.free_cancel_minutes);
    let record = &view.plate.record;
    let marks = || record.no_shows.iter().chain(&record.late_cancels).filter(|mark| mark.code == order.code);
    let appeal = record.appeals.iter().find(|appeal| appeal.code == order.code);
    // Who has the link of an order that is in it is told, and nobody else who reserves for the plate.
    let suspension = view.suspension.as_ref().filter(|suspension| suspension.orders.contains(&order.code));
    let is_limited = order.steps.iter().any(|step| matches!(step.reason, Reason::Limited { .. }));
    ReservationItem {
        code: order.code.to_string(),
        lot: order.lot.to_string(),
        lot_name: app.registry.snapshot().lots.get(&order.lot).map(|lot| lot.name.clone()),
        plate: order.plate.masked(),
        phone: phone(&app.reservations.parts, kept).map(|phone| masked(&phone)),
        space: order.space,
        enter_at: timestamps::shown(order.enter_at),
        from: timestamps::shown(order.window_from()),
        until: timestamps::shown(order.expires_at),
        state,
        reason: last.map(|step| reason(&words::reason(&step.reason))),
        version: match view.pretence() {
            None if is_limited && kept.pretence.is_some() => PRETENDED_VERSIONS,
            Some(pretence) if pretence.state == OrderState::Held => PRETENDED_VERSIONS / 2,
            _ => order.version,
        },
        place: view.place.filter(|_| state == OrderState::Waiting),
        estimate_minutes: view.estimate.and_then(|estimate| {
            let turn_by = estimate.turn_by.filter(|_| state == OrderState::Waiting)?;
            Some(turn_by.duration_since(view.now).as_mins().max(0))
        }),
        queue_closes_at: (state == OrderState::Waiting)
            .then(|| timestamps::shown(order.waitlist_closes_at(policy))),
        changing: order.wanted.is_some(),
        can_change: state == OrderState::Waiting || (state == OrderState::Confirmed && order.call.is_none()),
        can_cancel: state == OrderState::Waiting || state.holds_place(),
        free_cancel_until: timestamps::shown(free_until),
        entered_at: order.entered_at.map(timestamps::shown),
        left_at: order.left_at.map(timestamps::shown),
        created_at: timestamps::shown(order.created_at),
        link_ends_at: timestamps::shown(link_ends(kept, policy)),
        steps: steps
            .iter()
            .map(|step| ReservationStep {
                at: timestamps::shown(step.at),
                state: step.to,
                reason: reason(&words::reason(&step.reason)),
            })
            .collect(),
        no_show: kept.no_show.as_ref().and_then(|no_show| {
            let counted_at = no_show.counted_at?;
            let facts = no_show.proof.as_ref().map(|(_, proof)| &proof.facts);
            Some(NoShowItem {
                counted_at: timestamps::shown(counted_at),
                minutes: facts.map_or(0, |facts| facts.minutes),
                heard: facts.map_or(0, |facts| facts.heard_minutes),
                passages: facts.map_or(0, |facts| facts.passages),
                settled: facts.is_some_and(|facts| facts.is_settled),
                revoked_at: no_show.revoked_at.map(timestamps::shown),
            })
        }),
        suspended_until: suspension.map(|suspension| timestamps::shown(suspension.until)),
        appeal: appeal.map(appeal_item),
        can_appeal: appeal.is_none() && marks().any(|mark| !mark.is_revoked),
    }
}

/// What happened, as whoever has the link is told. That a limit of the plate refused it stays with the office: it is shown as
/// one that found no space.
fn steps(view: &View) -> Vec<Step> {
    let kept = &view.kept.document;
    let order = &kept.order;
    let Some(limited) = order.steps.iter().position(|step| matches!(step.reason, Reason::Limited { .. }))
    else {
        return order.steps.clone();
    };
    let step = |at: Timestamp, from: Option<OrderState>, to: OrderState, reason: Reason| Step {
        at,
        from,
        to,
        reason,
    };
    let begun = order.steps.get(limited).map_or(order.created_at, |step| step.at);
    let Some(pretence) = kept.pretence else {
        return vec![step(begun, None, OrderState::Refused, Reason::NoSpace)];
    };
    let is_over = view.now >= pretence.until;
    let (until, held, waiting) = (pretence.until, Some(OrderState::Held), Some(OrderState::Waiting));
    match pretence.state {
        OrderState::Cancelled => {
            vec![step(begun, None, OrderState::Cancelled, Reason::Driver)]
        }
        OrderState::Waiting if is_over => vec![
            step(begun, None, OrderState::Waiting, Reason::NoSpace),
            step(until, waiting, OrderState::Expired, Reason::SlotTooNear),
        ],
        OrderState::Waiting => vec![step(begun, None, OrderState::Waiting, Reason::NoSpace)],
        _ if is_over => vec![
            step(begun, None, OrderState::Held, Reason::Placed),
            step(until, held, OrderState::Requested, Reason::Sent),
            step(until, Some(OrderState::Requested), OrderState::Refused, Reason::NoSpace),
        ],
        state => vec![step(begun, None, state, Reason::Placed)],
    }
}

fn reason(words: &Words) -> ReservationReason {
    ReservationReason { reason: words.word, zh: words.zh.clone(), en: words.en.clone() }
}

fn appeal_item(appeal: &Appeal) -> AppealItem {
    let decision = appeal.decision.as_ref();
    AppealItem {
        at: timestamps::shown(appeal.at),
        text: appeal.text.clone(),
        state: match decision {
            None => "open",
            Some(decision) if decision.is_sustained => "sustained",
            Some(_) => "rejected",
        },
        decided_at: decision.map(|decision| timestamps::shown(decision.at)),
        reason: decision.map(|decision| decision.reason.clone()),
    }
}

fn minutes_before(at: Timestamp, minutes: u32) -> Timestamp {
    at.saturating_sub(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(at)
}

/// 138****5678.
fn masked(phone: &str) -> String {
    let (head, tail) = (phone.get(..3).unwrap_or_default(), phone.get(7..).unwrap_or_default());
    format!("{head}****{tail}")
}
