//! The day's end (4.13, 6.6.2): which cars with reservations a lot is to report once more, and whether it has been asked. What
//! then comes in is a passage like any other: it settles the order, and takes a no-show back.

use super::kept::KeptOrder;
use crate::office::{self, Document, Kept};
use bowei_model::reservation::{OrderState, Reason};
use bowei_model::{LotCode, Plate, RecordId};
use bowei_store::{OfficeQuery, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Orders read at once.
const PAGE: usize = 500;
/// Orders of a lot that are looked at.
const ORDERS_MAX: usize = 20_000;
/// How far back a car may have come that is still inside.
const STAYS_FOR: SignedDuration = SignedDuration::from_hours(31 * 24);
/// That a lot has asked is noted so often.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// What a day's orders say of records.
#[derive(Debug, Default)]
pub(crate) struct OfDay {
    /// Cars of which there should be a record and is none, or whose record has another plate.
    pub(crate) plates: BTreeSet<Plate>,
    /// Parkings of orders that have to add up, whenever they began.
    pub(crate) stays: BTreeSet<RecordId>,
    /// Whether the lot had any order on the day.
    pub(crate) has_orders: bool,
}

/// What the orders of a lot say of a day.
pub(crate) async fn of_day(
    store: &dyn Store,
    lot: &LotCode,
    (from, to): (Timestamp, Timestamp),
) -> Result<OfDay, StoreError> {
    let mut of_day = OfDay::default();
    let states = [OrderState::Confirmed, OrderState::NoShow, OrderState::Entered, OrderState::Left];
    let (mut cursor, mut read) = (None, 0);
    loop {
        let query = OfficeQuery {
            states: states.map(|state| state.name().to_owned()).to_vec(),
            words: Some(format!("lot:{lot}\n")),
            from: from.checked_sub(STAYS_FOR).ok(),
            before: Some(to),
            limit: PAGE,
            cursor,
            ..OfficeQuery::default()
        };
        let page = office::list::<KeptOrder>(store, query).await?;
        read += page.items.len();
        page.items.iter().for_each(|kept| of_day.take(&kept.document, (from, to)));
        cursor = page.next;
        if cursor.is_none() || read >= ORDERS_MAX {
            return Ok(of_day);
        }
    }
}

impl OfDay {
    fn take(&mut self, kept: &KeptOrder, (from, to): (Timestamp, Timestamp)) {
        let order = &kept.order;
        let is_of_day = |at: Timestamp| (from..to).contains(&at);
        let is_over = is_of_day(order.expires_at);
        self.has_orders |= is_over || is_of_day(order.enter_at);
        let other_plate =
            order.steps.iter().any(|step| step.reason == Reason::OtherPlate && is_of_day(step.at));
        let is_missing = is_over && order.entered_at.is_none() && !is_revoked(kept);
        if (is_missing || other_plate) && kept.erased_at.is_none() {
            self.plates.insert(order.plate.clone());
        }
        let is_inside = order.state == OrderState::Entered && order.entered_at.is_some_and(|at| at < to);
        if (is_inside || order.left_at.is_some_and(is_of_day))
            && let Some(stay) = &order.stay
        {
            self.stays.insert(stay.clone());
        }
    }
}

fn is_revoked(kept: &KeptOrder) -> bool {
    kept.no_show.as_ref().is_some_and(|no_show| no_show.revoked_at.is_some())
}

/// When a lot asked which records of a day it is to send again.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Asked {
    /// The last time.
    at: Timestamp,
    /// How many plates it was told.
    plates: usize,
}

impl Document for Asked {
    const KIND: &'static str = "reservation-settlement";

    fn state(&self) -> String {
        "asked".to_owned()
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

fn id(lot: &LotCode, day: u32) -> String {
    format!("{day}/{lot}")
}

/// Notes that a lot has asked.
pub(crate) async fn note_asked(
    store: &dyn Store,
    (lot, day): (&LotCode, u32),
    plates: usize,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = id(lot, day);
    let kept = match office::one::<Asked>(store, &id).await? {
        Some(kept) if now.duration_since(kept.document.at) < NOTED_EVERY => return Ok(()),
        Some(kept) => Kept { document: Asked { at: now, plates }, ..kept },
        None => Kept::new(id, Asked { at: now, plates }),
    };
    match store.administer(vec![kept.change()?], Vec::new()).await {
        // The next page was asked for at another node.
        Err(StoreError::Outdated { .. } | StoreError::Conflict(_)) => Ok(()),
        done => done,
    }
}

/// When a lot last asked about a day.
pub(super) async fn asked_at(
    store: &dyn Store,
    lot: &LotCode,
    day: u32,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(office::one::<Asked>(store, &id(lot, day)).await?.map(|kept| kept.document.at))
}

/// Forgets what was asked before then; how many went.
pub(super) async fn forget(store: &dyn Store, before: Timestamp) -> Result<usize, StoreError> {
    let query = OfficeQuery { before: Some(before), limit: PAGE, ..OfficeQuery::default() };
    let old: Vec<_> = office::list::<Asked>(store, query).await?.items.iter().map(Kept::removal).collect();
    let count = old.len();
    if count > 0 {
        store.administer(old, Vec::new()).await?;
    }
    Ok(count)
}
