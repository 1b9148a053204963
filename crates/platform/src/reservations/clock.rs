//! What the time brings: orders that are due, no-shows to be proven, and plates and numbers whose time is over.

use super::kept::{KeptBook, KeptOrder, KeptPlate, NOT_ERASED, SUSPECTED};
use super::{NotDone, Parts, Reservations, proof, settlement};
use crate::jobs::{Job, Schedule, Words};
use crate::office::{self, Kept};
use bowei_model::reservation::Command;
use bowei_store::{OfficeQuery, StoreError};
use jiff::{SignedDuration, Timestamp};
use proof::Looked;
use std::sync::Arc;
use std::time::Duration;

/// How often each node looks which books are due: whichever is first does it.
pub(crate) const TICK_EVERY: Duration = Duration::from_secs(1);

/// Books of one turn: the next one, a second later, takes the others.
const DUE_AT_ONCE: usize = 200;
/// Suspected no-shows of one run, the newest first.
const SUSPECTED_AT_ONCE: usize = 1_000;
/// Orders and records whose time is over, of one night and piece.
const ERASED_AT_ONCE: usize = 200;
/// Pieces of one night.
const PIECES_MAX: usize = 500;
/// What a plate has behind it is gone through once it has not changed for so long.
pub(crate) const PLATE_KEPT_DAYS: u32 = 62;
/// When lots asked about a day is kept for so long.
const ASKED_KEPT: SignedDuration = SignedDuration::from_hours(62 * 24);

/// Has the books that are due brought up to the time.
pub(super) async fn tick(parts: &Arc<Parts>) -> Result<(), StoreError> {
    let just_after = parts.clock.now().checked_add(SignedDuration::from_millis(1));
    let query = OfficeQuery { before: just_after.ok(), limit: DUE_AT_ONCE, ..OfficeQuery::default() };
    let due = office::list::<KeptBook>(parts.store.as_ref(), query).await?.items;
    let ticks = due.into_iter().map(|kept| {
        let parts = Arc::clone(parts);
        async move {
            let lot = kept.document.book.lot;
            match parts.submit(&lot, Command::Tick).await {
                Ok(_) => {}
                Err(error) => tracing::warn!(lot = lot.as_str(), %error, "a lot's reservations are behind"),
            }
        }
    });
    futures::future::join_all(ticks).await;
    Ok(())
}

/// What happens by the clock, once in the cluster.
pub(crate) fn jobs(reservations: &Reservations) -> [Job; 2] {
    let (proofs, erasure) = (reservations.clone(), reservations.clone());
    [
        Job::new("no-shows", Schedule::Minutes(5), move |_| {
            let parts = Arc::clone(&proofs.parts);
            async move { Ok(prove(&parts).await?) }
        }),
        Job::new("old reservations", Schedule::Daily { hour: 3 }, move |period| {
            let parts = Arc::clone(&erasure.parts);
            async move { Ok(erase(&parts, period.from).await?) }
        }),
    ]
}

async fn prove(parts: &Arc<Parts>) -> Result<Words, NotDone> {
    let query =
        OfficeQuery { words: Some(SUSPECTED.to_owned()), limit: SUSPECTED_AT_ONCE, ..OfficeQuery::default() };
    let suspected = office::list::<KeptOrder>(parts.store.as_ref(), query).await?.items;
    let (mut counted, mut found, mut dropped) = (0, 0, 0);
    for kept in suspected {
        match proof::look(parts, kept).await? {
            Looked::Counted => counted += 1,
            Looked::CarFound => found += 1,
            Looked::Dropped => dropped += 1,
            Looked::NotYet => {}
        }
    }
    Ok(Words::when(
        counted + found + dropped > 0,
        format!("认定未到场 {counted} 笔，查明已到场 {found} 笔，无法核实 {dropped} 笔"),
        format!("{counted} no-shows count, {found} cars were found, {dropped} cannot be proven"),
    ))
}

async fn erase(parts: &Arc<Parts>, now: Timestamp) -> Result<Words, StoreError> {
    let store = parts.store.as_ref();
    let days = i64::from(parts.policy.settings().erase_days);
    let before = now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN);
    let mut erased = 0;
    let mut cursor = None;
    for _ in 0..PIECES_MAX {
        let query = OfficeQuery {
            words: Some(NOT_ERASED.to_owned()),
            before: Some(before),
            limit: ERASED_AT_ONCE,
            cursor,
            ..OfficeQuery::default()
        };
        let page = office::list::<KeptOrder>(store, query).await?;
        for mut kept in page.items {
            let document = &mut kept.document;
            // A car that is still inside goes out under its plate.
            if document.order.state.is_open() {
                continue;
            }
            document.order.plate = parts.plates.pseudonym(&document.order.plate);
            (document.phone, document.erased_at) = (None, Some(now));
            match store.administer(vec![kept.change()?], Vec::new()).await {
                Err(StoreError::Outdated { .. }) => {}
                done => {
                    done?;
                    erased += 1;
                }
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let forgotten = forget_plates(parts, now).await?;
    let asked_before = now.saturating_sub(ASKED_KEPT).unwrap_or(Timestamp::MIN);
    settlement::forget(store, asked_before).await?;
    Ok(Words::when(
        erased + forgotten > 0,
        format!("清除 {erased} 笔预约订单中的车牌和电话，删除 {forgotten} 个车牌的预约记录"),
        format!("{erased} orders erased, {forgotten} plates' records gone"),
    ))
}

/// Forgets what plates had behind them that counts no more.
async fn forget_plates(parts: &Parts, now: Timestamp) -> Result<usize, StoreError> {
    let before = now
        .saturating_sub(SignedDuration::from_hours(24 * i64::from(PLATE_KEPT_DAYS)))
        .unwrap_or(Timestamp::MIN);
    let query = OfficeQuery { before: Some(before), limit: ERASED_AT_ONCE, ..OfficeQuery::default() };
    let mut old = office::list::<KeptPlate>(parts.store.as_ref(), query).await?.items;
    let is_empty = |kept: &mut Kept<KeptPlate>| kept.document.record.forget(now);
    let removals: Vec<_> = old.iter_mut().filter_map(|kept| is_empty(kept).then(|| kept.removal())).collect();
    let count = removals.len();
    if count > 0 {
        parts.store.administer(removals, Vec::new()).await?;
    }
    Ok(count)
}
