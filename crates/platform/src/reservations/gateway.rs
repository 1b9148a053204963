//! Lots whose gateway asks: what each is still to be told, and what it answers. Whose calls go out to them, see
//! [`caller`](super::caller); both are the same calls of the same book, and whichever answers first answers for good.

use super::ask::Ask;
use super::kept::{KeptBook, KeptOrder, OPEN};
use super::{NotDone, Parts, Reservations, desk};
use crate::accounts::{Source, entry};
use crate::office;
use bowei_model::LotCode;
use bowei_model::reservation::{Book, CallKind, Command, Declined, LotAnswer, Order, OrderCode, Party};
use bowei_standards::downlink::Directive;
use bowei_store::{OfficeQuery, StoreError};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Calls that one question is answered with.
pub(crate) const CALLS_MAX: usize = 100;
/// How often a waiting question looks whether another node has something.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// That a lot was asked for is noted so often.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// Lots of which one question notes it: the next one notes the others.
const NOTED_AT_ONCE: usize = 50;
/// Up to so many lots their books are read one by one.
const ONE_BY_ONE: usize = 4;
/// Books of one provider that are looked at.
const BOOKS_MAX: usize = 1_000;

/// What a lot is still to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenCall {
    /// What it is answered under: the same however often it is asked for, another for the next call of the same
    /// reservation. Letters, digits and `-`.
    pub(crate) id: String,
    /// What it says. `Reservation::changes` tells a change from a new one.
    pub(crate) directive: Directive,
}

/// What a gateway says became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallOutcome {
    /// Done.
    Taken,
    /// No space is free.
    NoSpace,
    /// Refused for good.
    Refused {
        /// The lot's code.
        code: String,
        /// The lot's words.
        why: String,
    },
}

impl Reservations {
    /// What `lots` are still to be told, the oldest first, [`CALLS_MAX`] at most; where there is nothing, waits for something up
    /// to `wait`. That they have asked is noted: a lot whose gateway asks can be reserved.
    pub(crate) async fn wait_for_calls(
        &self,
        lots: &[LotCode],
        wait: Duration,
    ) -> Result<Vec<OpenCall>, NotDone> {
        let mut changed = self.watch();
        let ends = tokio::time::Instant::now() + wait;
        note_asked(&self.parts, lots).await?;
        loop {
            let calls = open_calls(&self.parts, lots).await?;
            let left = ends.saturating_duration_since(tokio::time::Instant::now());
            if !calls.is_empty() || left.is_zero() {
                return Ok(calls);
            }
            let of_these = async {
                // Whoever lags looks again.
                while changed.recv().await.is_ok_and(|lot| !lots.contains(&lot)) {}
            };
            tokio::select! {
                () = of_these => {}
                () = tokio::time::sleep(left.min(LOOK_EVERY)) => {}
            }
        }
    }

    /// Takes the answer to the call of that id, of one of `lots`; `false`: these lots have none of it. A call that was
    /// answered already, or is not open any more, is `true`: the answer came late, and is heard as a late one.
    pub(crate) async fn answer_call(
        &self,
        lots: &[LotCode],
        id: &str,
        outcome: CallOutcome,
    ) -> Result<bool, NotDone> {
        let Some((code, what, attempt)) = read_id(id) else { return Ok(false) };
        let parts = &self.parts;
        let Some(lot) = lot_of(parts, lots, &code).await? else { return Ok(false) };
        let reading = match outcome {
            CallOutcome::Taken => LotAnswer::Taken,
            CallOutcome::NoSpace => LotAnswer::NoSpace,
            CallOutcome::Refused { code, why } => {
                LotAnswer::Refused { code: code.parse().unwrap_or_default(), why }
            }
        };
        let seen = parts.seen(&lot).await?;
        if let Some(call) = seen.book.orders.get(&code).and_then(|order| order.call.as_ref()) {
            let after = parts.clock.now().duration_since(call.since);
            parts.note_answer(&lot, &reading, after.try_into().unwrap_or_default());
        }
        match parts.submit(&lot, Command::Answer { code, what, attempt, reading }).await {
            Ok(_) | Err(NotDone::Declined(Declined::NoSuchOrder)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Cancels a reservation for the lot, which cannot keep it; `false`: these lots have none of that code that could be
    /// cancelled.
    pub(crate) async fn cancel_by_lot(
        &self,
        lots: &[LotCode],
        code: &str,
        reason: &str,
    ) -> Result<bool, NotDone> {
        let Some(code) = OrderCode::read(code) else { return Ok(false) };
        let parts = &self.parts;
        let Some(lot) = lot_of(parts, lots, &code).await? else { return Ok(false) };
        let source = Source { user: format!("lot:{lot}"), address: String::new() };
        let what = ("reservation.cancel-by-lot", format!("reservation:{code}"));
        let audited = entry(&source, parts.clock.now(), what, (None, Some(json!({"reason": reason}))));
        let command = Command::Cancel { code, by: Party::Lot, version: None };
        match parts.submit(&lot, Ask { audited: Some(audited), ..command.into() }).await {
            Ok(_) => Ok(true),
            Err(NotDone::Declined(Declined::NoSuchOrder | Declined::State)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The order's lot, where it is one of these.
async fn lot_of(parts: &Parts, lots: &[LotCode], code: &OrderCode) -> Result<Option<LotCode>, StoreError> {
    let kept = office::one::<KeptOrder>(parts.store.as_ref(), code.as_str()).await?;
    Ok(kept.map(|kept| kept.document.order.lot).filter(|lot| lots.contains(lot)))
}

/// Notes that gateways have asked for these lots.
async fn note_asked(parts: &Parts, lots: &[LotCode]) -> Result<(), StoreError> {
    let now = parts.clock.now();
    let mut noted = 0;
    for lot in lots {
        let is_noted = |at| now.duration_since(at).abs() < NOTED_EVERY;
        if noted >= NOTED_AT_ONCE || parts.terms(lot).await?.asked_at.is_some_and(is_noted) {
            continue;
        }
        let mut kept = parts.kept_terms(lot).await?;
        kept.document.asked_at = Some(now);
        match parts.store.administer(vec![kept.change()?], Vec::new()).await {
            // Another node, or another question, has noted it.
            Ok(()) | Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        parts.forget_terms(lot);
        noted += 1;
    }
    Ok(())
}

async fn open_calls(parts: &Arc<Parts>, lots: &[LotCode]) -> Result<Vec<OpenCall>, StoreError> {
    let snapshot = parts.registry.snapshot();
    // Whoever is called need not ask.
    let asks = |lot: &&LotCode| snapshot.lots.get(*lot).is_none_or(|lot| !parts.caller.is_called(lot));
    let asking: BTreeSet<_> = lots.iter().filter(asks).cloned().collect();
    let mut books: Vec<Book> = Vec::new();
    if asking.len() <= ONE_BY_ONE {
        for lot in &asking {
            books.push(desk::book(parts.store.as_ref(), lot).await?.document.book);
        }
    } else {
        let provider = asking.iter().find_map(|lot| snapshot.lots.get(lot)).map(|lot| lot.provider.clone());
        let query = OfficeQuery {
            states: vec![OPEN.to_owned()],
            provider,
            limit: BOOKS_MAX,
            ..OfficeQuery::default()
        };
        let open = office::list::<KeptBook>(parts.store.as_ref(), query).await?.items;
        books.extend(
            open.into_iter().map(|kept| kept.document.book).filter(|book| asking.contains(&book.lot)),
        );
    }
    let out = |order: &&Order| order.call.as_ref().is_some_and(|call| call.is_out);
    let (pretended, told): (Vec<_>, Vec<_>) = books
        .iter()
        .flat_map(|book| book.orders.values())
        .filter(out)
        .partition(|order| order.is_pretended());
    // A lot that asks would have been told of these too, and answers in its time.
    pretended.into_iter().for_each(|order| parts.pretend(order.clone()));
    let mut calls: Vec<_> = told.into_iter().filter_map(open_call).collect();
    // What is to be let go comes first: whoever waited for it is next.
    calls.sort_by_key(|(since, call)| (*since, matches!(call.directive, Directive::Reservation(_))));
    Ok(calls.into_iter().take(CALLS_MAX).map(|(_, call)| call).collect())
}

/// What an order's lot is to be told, and since when.
fn open_call(order: &Order) -> Option<(jiff::Timestamp, OpenCall)> {
    let call = order.call.as_ref()?;
    let directive = match call.what {
        CallKind::Cancel => Directive::Cancellation(order.cancellation()),
        what => Directive::Reservation(order.reservation(what)),
    };
    let id = format!("{}-{}-{}", order.code, word(call.what), call.attempt);
    Some((call.since, OpenCall { id, directive }))
}

fn word(what: CallKind) -> &'static str {
    match what {
        CallKind::Reserve => "reserve",
        CallKind::Change => "change",
        CallKind::Cancel => "cancel",
    }
}

fn read_id(id: &str) -> Option<(OrderCode, CallKind, u32)> {
    let mut parts = id.split('-');
    let (code, named, attempt) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
    let what = [CallKind::Reserve, CallKind::Change, CallKind::Cancel]
        .into_iter()
        .find(|what| word(*what) == named)?;
    Some((OrderCode::read(code)?, what, attempt)).filter(|_| parts.next().is_none())
}
