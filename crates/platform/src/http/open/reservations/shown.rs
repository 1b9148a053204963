//! An order as its own page shows it.

use super::item::{AppealItem, NoShowItem, ReservationItem, ReservationReason, ReservationStep};
use crate::app::App;
use crate::http::timestamps;
use crate::reservations::words::{self, Words};
use crate::reservations::{View, link_ends, phone};
use bowei_model::reservation::{Appeal, OrderState};
use jiff::{SignedDuration, Timestamp};

/// The order.
pub(super) fn item(app: &App, view: &View) -> ReservationItem {
    let kept = &view.kept.document;
    let (order, policy) = (&kept.order, &view.policy);
    let state = order.state;
    let free_until = minutes_before(order.enter_at, policy.free_cancel_minutes);
    let record = &view.plate.record;
    let marks = || record.no_shows.iter().chain(&record.late_cancels).filter(|mark| mark.code == order.code);
    let appeal = record.appeals.iter().find(|appeal| appeal.code == order.code);
    // Who has the link of an order that is in it is told, and nobody else who reserves for the plate.
    let suspension = view.suspension.as_ref().filter(|suspension| suspension.orders.contains(&order.code));
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
        reason: order.steps.last().map(|step| reason(&words::shown(step))),
        version: order.version,
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
        steps: order
            .steps
            .iter()
            .map(|step| ReservationStep {
                at: timestamps::shown(step.at),
                state: step.to,
                reason: reason(&words::shown(step)),
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
