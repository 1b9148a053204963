//! What plates have behind them, as a batch reads and changes it.

use super::Parts;
use super::kept::KeptPlate;
use crate::office::{self, Kept};
use bowei_model::Plate;
use bowei_model::reservation::{Limit, Order, OrderState, PlateRecord, Policy};
use bowei_store::{Change, Store, StoreError};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Records read at once.
const READ_AT_ONCE: usize = 8;

/// A plate's record as the store has it, or an empty one. It goes by the plate's pseudonym.
pub(super) async fn read(
    store: &dyn Store,
    pseudonym: &Plate,
    now: Timestamp,
) -> Result<Kept<KeptPlate>, StoreError> {
    let found = office::one::<KeptPlate>(store, pseudonym.as_str()).await?;
    Ok(found.unwrap_or_else(|| {
        let document = KeptPlate { record: PlateRecord::default(), suspended_until: None, changed_at: now };
        Kept::new(pseudonym.to_string(), document)
    }))
}

/// The record ready to be kept.
pub(super) fn change(
    mut kept: Kept<KeptPlate>,
    now: Timestamp,
    policy: &Policy,
) -> Result<Change, StoreError> {
    let document = &mut kept.document;
    document.record.forget(now);
    document.suspended_until = document.record.suspension(now, policy).map(|suspension| suspension.until);
    document.changed_at = now;
    kept.change()
}

/// The records of the plates that a batch is about.
#[derive(Default)]
pub(super) struct PlateRecords(BTreeMap<Plate, Held>);

struct Held {
    kept: Kept<KeptPlate>,
    before: PlateRecord,
    /// It is written whether or not it has changed.
    is_written: bool,
}

impl PlateRecords {
    /// Reads those that are not here yet.
    pub(super) async fn load(
        &mut self,
        parts: &Parts,
        plates: impl Iterator<Item = Plate>,
    ) -> Result<(), StoreError> {
        let wanted: BTreeSet<_> = plates.filter(|plate| !self.0.contains_key(plate)).collect();
        let (store, now) = (parts.store.as_ref(), parts.clock.now());
        let read: Vec<_> = stream::iter(wanted)
            .map(|plate| async move {
                let kept = read(store, &parts.plates.pseudonym(&plate), now).await?;
                Ok::<_, StoreError>((plate, kept))
            })
            .buffer_unordered(READ_AT_ONCE)
            .try_collect()
            .await?;
        for (plate, kept) in read {
            let before = kept.document.record.clone();
            self.0.insert(plate, Held { kept, before, is_written: false });
        }
        Ok(())
    }

    fn of(&mut self, plate: &Plate) -> Option<&mut PlateRecord> {
        self.0.get_mut(plate).map(|held| &mut held.kept.document.record)
    }

    /// What keeps the plate from booking.
    pub(super) fn limit(&self, plate: &Plate, now: Timestamp, policy: &Policy) -> Option<Limit> {
        self.0.get(plate).and_then(|held| held.kept.document.record.may_book(now, policy).err())
    }

    /// What keeps it from waiting.
    pub(super) fn wait_limit(&self, plate: &Plate, policy: &Policy) -> Option<Limit> {
        self.0.get(plate).and_then(|held| held.kept.document.record.may_wait(policy).err())
    }

    /// Counts a new order, unless it is barred; as much is written of one as of the other, and takes as long.
    pub(super) fn booked(&mut self, order: &Order, now: Timestamp) {
        let Some(held) = self.0.get_mut(&order.plate) else { return };
        held.is_written = true;
        if order.barred.is_none() {
            held.kept.document.record.booked(order.code.clone(), now);
        }
    }

    pub(super) fn late_cancelled(&mut self, order: &Order, now: Timestamp) {
        if let Some(record) = self.of(&order.plate) {
            record.late_cancelled(order.code.clone(), now);
        }
    }

    pub(super) fn revoke(&mut self, order: &Order) {
        if let Some(record) = self.of(&order.plate) {
            record.revoke(&order.code);
        }
    }

    /// Follows what has become of an order: whether it waits, and whether it counts.
    pub(super) fn follow(&mut self, order: &Order) {
        let Some(record) = self.of(&order.plate) else { return };
        match order.state {
            OrderState::Waiting if order.barred.is_none() => record.waits(order.code.clone()),
            _ => record.waits_no_longer(&order.code),
        }
        // What the lot never took does not count.
        if !order.state.is_open() && order.confirmed_at.is_none() {
            record.unbooked(&order.code);
        }
    }

    /// Those that have changed.
    pub(super) fn changes(self, now: Timestamp, policy: &Policy) -> Result<Vec<Change>, StoreError> {
        let changed =
            self.0.into_values().filter(|held| held.is_written || held.kept.document.record != held.before);
        changed.map(|held| change(held.kept, now, policy)).collect()
    }
}
