//! What lots report, as far as orders go by it: cars that pass, and counts of what is left. It is brought to the desks behind
//! the lot's answer, and holds up nobody: what is lost here is found again in the records before a no-show counts.

use super::{NotDone, Parts, Reservations};
use crate::after_commit::{AfterCommit, Commit};
use async_trait::async_trait;
use bowei_model::reservation::{CarPassage, Command, Grant, Granted, OrderCode};
use bowei_model::{Effect, LotCode, ParkingSession, Passage, Report, SpaceKind, Statement};
use bowei_store::StoreError;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;

/// What waits to be brought to the desks: some seconds of a busy city.
const WAITING_MAX: usize = 20_000;

/// The step after a commit, and what waits behind it.
pub(crate) struct Passages {
    reservations: Reservations,
    waiting: Mutex<VecDeque<(LotCode, Command)>>,
    wake: Notify,
}

#[async_trait]
impl AfterCommit for Passages {
    fn name(&self) -> &'static str {
        "reservations"
    }

    async fn after_commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let news = commit.statements.iter().zip(&commit.committed.effects);
        for (new, _) in news.filter(|(_, effect)| **effect != Effect::Duplicate) {
            if let Some((lot, command)) = command(&new.statement) {
                self.put(lot, command);
            }
        }
        Ok(())
    }
}

impl Passages {
    pub(crate) fn new(reservations: Reservations) -> Self {
        Self { reservations, waiting: Mutex::default(), wake: Notify::new() }
    }

    fn put(&self, lot: LotCode, command: Command) {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= WAITING_MAX {
            metrics::counter!("bowei_reservation_passages_dropped_total").increment(1);
            return;
        }
        waiting.push_back((lot, command));
        self.wake.notify_one();
    }

    /// Brings what waits to the desks, for ever.
    pub(crate) async fn run(&self) {
        loop {
            self.wake.notified().await;
            self.work_off().await;
        }
    }

    /// Brings what waits now to the desks.
    pub(crate) async fn work_off(&self) {
        loop {
            let next = self.waiting.lock().pop_front();
            let Some((lot, command)) = next else { return };
            if let Err(error) = bring(&self.reservations.parts, &lot, command).await {
                tracing::warn!(lot = lot.as_str(), %error, "a report was not brought to the lot's reservations");
            }
        }
    }
}

/// Brings something to a lot's desk, where the lot has orders that it may be about.
async fn bring(parts: &Arc<Parts>, lot: &LotCode, command: Command) -> Result<(), NotDone> {
    if parts.is_quiet(lot) {
        return Ok(());
    }
    if parts.seen(lot).await?.book.orders.is_empty() {
        parts.note_quiet(lot);
        return Ok(());
    }
    parts.submit(lot, command).await.map(drop)
}

/// Brings a stay that is kept to the desk of its lot.
pub(super) async fn bring_stay(parts: &Arc<Parts>, stay: &ParkingSession) -> Result<(), NotDone> {
    for version in [stay.entry(), stay.exit()].into_iter().flatten() {
        let passage = Passage { plate: stay.plate().cloned(), ..version.content.clone() };
        parts.submit(&passage.lot, Command::Passage(car(&passage, version.received_at))).await?;
    }
    Ok(())
}

/// What a statement asks of the book.
fn command(statement: &Statement) -> Option<(LotCode, Command)> {
    match &statement.report {
        Report::Passage(passage) => {
            let car = car(passage, statement.received_at);
            Some((passage.lot.clone(), Command::Passage(car)))
        }
        Report::SpaceCount(count) => {
            let unused = count.parts.as_ref()?.reservable_vacant?;
            let at = count.at.min(statement.sent_at).min(statement.received_at);
            let unused = u32::try_from(unused.max(0)).ok()?;
            let mut granted = Granted::default();
            // 预约车位剩余数量 is what is left of the spaces that are not for charging.
            granted.by_space.insert(SpaceKind::Ordinary, Grant { reservable: 0, unused: Some((unused, at)) });
            Some((count.lot.clone(), Command::Granted(granted)))
        }
        _ => None,
    }
}

fn car(passage: &Passage, received_at: jiff::Timestamp) -> CarPassage {
    CarPassage {
        plate: passage.plate.clone(),
        reservation_code: passage.reservation_code.as_deref().and_then(OrderCode::read),
        direction: passage.direction,
        at: passage.at.min(received_at),
        entered_at: passage.entered_at,
        record_id: passage.record_id.clone(),
    }
}
