//! Whether a car that did not come really did not come: put together from the lot's signs of life, its records and what it
//! settled, and judged by the model. A no-show counts from then on; where the records have the car after all, the order has it.

use super::kept::KeptOrder;
use super::notices::{OfficeEvent, told_by_office};
use super::{NotDone, Parts, passages, plate_records, settlement};
use crate::office::Kept;
use crate::supervision::{heard_for_minutes, life_of};
use bowei_model::reservation::{
    Lack, Order, OrderState, PlateSeen, Witnessed, WitnessedDay, is_alike, proof,
};
use bowei_model::{Lot, ParkingSession, moment};
use bowei_standards::by_name;
use bowei_store::{SessionQuery, StoreError};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use std::sync::Arc;

/// What a lot sends again of a day is taken in within so long after it has asked.
const SENT_AGAIN_WITHIN: SignedDuration = SignedDuration::from_mins(30);
/// A lot that has no such question to ask has had its say so long after the day.
const SAID_WITHIN: SignedDuration = SignedDuration::from_hours(2);
/// A stay that a window meets began so long before it at most.
const STAY_MAX: SignedDuration = SignedDuration::from_hours(48);
/// Stays of one lot that are looked at.
const STAYS_MAX: usize = 20_000;
const PAGE: usize = 1_000;

/// What became of a suspicion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looked {
    /// It counts from now on.
    Counted,
    /// The car had come.
    CarFound,
    /// It cannot be proven, for good.
    Dropped,
    /// It may yet be proven.
    NotYet,
}

/// Looks at a suspected no-show.
pub(super) async fn look(parts: &Arc<Parts>, mut kept: Kept<KeptOrder>) -> Result<Looked, NotDone> {
    let now = parts.clock.now();
    let policy = parts.policy.settings();
    let order = kept.document.order.clone();
    let Some(lot) = parts.registry.snapshot().lots.get(&order.lot).cloned() else {
        return Ok(Looked::NotYet);
    };
    let own = stays_of(parts, &order, &lot).await?;
    let known = witnessed(parts, &order, &lot, &own, now).await?;
    let found = proof(&order, &known);
    if found.lacks.contains(&Lack::CarSeen) && order.state == OrderState::NoShow {
        for stay in &own {
            passages::bring_stay(parts, stay).await?;
        }
        return Ok(Looked::CarFound);
    }
    let is_proven = found.is_proven && order.state == OrderState::NoShow;
    let settles_until =
        order.expires_at.checked_add(SignedDuration::from_hours(i64::from(policy.settle_hours)));
    let is_over = settles_until.is_ok_and(|until| until < now);
    let Some(no_show) = kept.document.no_show.as_mut() else { return Ok(Looked::Dropped) };
    let is_known = no_show.proof.as_ref().is_some_and(|(_, before)| *before == found);
    if !is_proven && !is_over && is_known {
        return Ok(Looked::NotYet);
    }
    no_show.proof = Some((now, found));
    let mut changes = Vec::new();
    let looked = if is_proven {
        no_show.counted_at = Some(now);
        let pseudonym = parts.plates.pseudonym(&order.plate);
        let mut plate = plate_records::read(parts.store.as_ref(), &pseudonym, now).await?;
        plate.document.record.no_show(order.code.clone(), order.enter_at, now);
        changes.push(plate_records::change(plate, now, &policy)?);
        Looked::Counted
    } else if is_over {
        no_show.dropped_at = Some(now);
        Looked::Dropped
    } else {
        Looked::NotYet
    };
    changes.push(kept.change()?);
    if looked == Looked::Counted && parts.is_told {
        changes.extend(told_by_office(&kept.document, OfficeEvent::NoShow, Some(&lot), now)?);
    }
    match parts.store.administer(changes, Vec::new()).await {
        // Its car has come at this moment, or another node looks: the next turn sees.
        Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => return Ok(Looked::NotYet),
        done => done?,
    }
    let _ = parts.changed.send(order.lot.clone());
    if looked == Looked::Counted {
        parts.follow_suspension(order.plate);
    }
    Ok(looked)
}

/// The stays of the order's plate around its window.
async fn stays_of(parts: &Parts, order: &Order, lot: &Lot) -> Result<Vec<ParkingSession>, StoreError> {
    let query = SessionQuery {
        lot: Some(lot.code.clone()),
        plate: Some(order.plate.to_string()),
        from: order.window_from().checked_sub(STAY_MAX).ok(),
        to: end_of_day(order.expires_at),
        limit: PAGE,
        ..SessionQuery::default()
    };
    Ok(parts.store.sessions(query).await?.items)
}

fn end_of_day(at: Timestamp) -> Option<Timestamp> {
    moment::span_of_day(moment::day(at)).map(|(_, to)| to)
}

async fn witnessed(
    parts: &Parts,
    order: &Order,
    lot: &Lot,
    own: &[ParkingSession],
    now: Timestamp,
) -> Result<Witnessed, StoreError> {
    let store = parts.store.as_ref();
    let (from, to) = (order.window_from(), order.expires_at);
    let mut known = Witnessed { heard_for_minutes: heard_for_minutes(lot), ..Witnessed::default() };
    let last = moment::to_wall(to).date();
    let mut day = moment::to_wall(from).date();
    // A window touches four days at most.
    for _ in 0..4 {
        if day > last {
            break;
        }
        let (heard, platform_away) = life_of(store, lot, day, now).await?;
        known.days.push(WitnessedDay { day, heard, platform_away });
        let number = moment::day_of_date(day);
        if let Some(declared) = store.declarations(&lot.code, number).await?.last() {
            let summary = store.day_summary(&lot.code, number).await?;
            let lacking = (declared.entries.len() as u64).saturating_sub(summary.entries.count);
            known.lacking = known.lacking.saturating_add(u32::try_from(lacking).unwrap_or(u32::MAX));
        }
        day = day.saturating_add(1.days());
    }
    known.seen = own
        .iter()
        .filter_map(|stay| Some(PlateSeen { entered_at: stay.entered_at()?, left_at: stay.exited_at() }))
        .collect();
    known.is_settled = is_settled(parts, order, lot, now).await?;
    let (mut cursor, mut read) = (None, 0);
    loop {
        let query = SessionQuery {
            lot: Some(lot.code.clone()),
            from: Some(from),
            to: to.checked_add(SignedDuration::from_millis(1)).ok(),
            limit: PAGE,
            cursor,
            ..SessionQuery::default()
        };
        let page = store.sessions(query).await?;
        read += page.items.len();
        for stay in
            page.items.iter().filter(|stay| stay.entered_at().is_some_and(|at| order.is_in_window(at)))
        {
            known.passages = known.passages.saturating_add(1);
            match stay.plate() {
                None => known.unread = known.unread.saturating_add(1),
                Some(plate) if is_alike(plate, &order.plate) => known.alike = known.alike.saturating_add(1),
                Some(_) => {}
            }
        }
        cursor = page.next;
        if cursor.is_none() || read >= STAYS_MAX {
            return Ok(known);
        }
    }
}

/// Whether the lot has had its say on the day of the window's end.
async fn is_settled(parts: &Parts, order: &Order, lot: &Lot, now: Timestamp) -> Result<bool, StoreError> {
    let day = moment::day(order.expires_at);
    let can_ask =
        lot.ids.keys().any(|name| by_name(name).is_some_and(|standard| standard.downlink().is_some()));
    if can_ask {
        let asked_at = settlement::asked_at(parts.store.as_ref(), &lot.code, day).await?;
        return Ok(
            asked_at.is_some_and(|at| at >= order.expires_at && now.duration_since(at) >= SENT_AGAIN_WITHIN)
        );
    }
    let ends = end_of_day(order.expires_at).unwrap_or(order.expires_at);
    Ok(now.duration_since(ends) >= SAID_WITHIN)
}
