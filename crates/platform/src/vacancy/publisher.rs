//! Tells watchers what moved. Changes are gathered for a moment and told once: a lot that sees fifty cars in that
//! moment is one event, so that what a watcher gets is bounded by the number of lots and not by the traffic.

use super::{Status, Vacancy};
use crate::clock::Clock;
use crate::registry::Registry;
use bowei_model::LotCode;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// How long changes are gathered.
const GATHERING: Duration = Duration::from_millis(200);
/// Every so many gatherings the lots' statuses are looked over: once a second.
const GATHERINGS_BETWEEN_STATUSES: u32 = 5;
/// Batches that a slow watcher may lag behind before it is told to fetch everything again: ten seconds.
const LAG_MAX: usize = 50;

/// What watchers are told.
#[derive(Clone, Debug)]
pub(crate) enum VacancyChange {
    /// These lots' counts or statuses moved.
    Moved(Arc<Vec<LotCode>>),
    /// The list of lots is another: fetch it again.
    Lots,
}

/// Its name among the parts that are watched.
pub(crate) const PUBLISHER: &str = "publisher";

/// Tells watchers.
pub(crate) struct Publisher {
    vacancy: Arc<Vacancy>,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    sender: broadcast::Sender<VacancyChange>,
    statuses: Mutex<HashMap<LotCode, Status>>,
}

impl Publisher {
    /// A publisher; [`Publisher::run`] sets it going.
    pub(crate) fn new(vacancy: Arc<Vacancy>, registry: Arc<Registry>, clock: Arc<dyn Clock>) -> Self {
        let statuses = Mutex::new(vacancy.statuses(&registry.snapshot(), clock.now()));
        Self { vacancy, registry, clock, sender: broadcast::Sender::new(LAG_MAX), statuses }
    }

    /// Watches.
    pub(crate) fn watch(&self) -> broadcast::Receiver<VacancyChange> {
        self.sender.subscribe()
    }

    /// Says that the list of lots is another.
    pub(crate) fn lots_changed(&self) {
        let _ = self.sender.send(VacancyChange::Lots);
    }

    /// Tells of changes, for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut tick = tokio::time::interval(GATHERING);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for round in 0u32.. {
            tick.tick().await;
            bowei_watch::injection_point(PUBLISHER);
            let mut moved = self.vacancy.take_changed();
            if round % GATHERINGS_BETWEEN_STATUSES == 0 {
                // There may be a hundred thousand lots.
                let publisher = Arc::clone(&self);
                match tokio::task::spawn_blocking(move || publisher.status_flips()).await {
                    Ok(flipped) => moved.extend(flipped),
                    // Whoever watches this task is to see the panic too.
                    Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                    Err(_) => return,
                }
            }
            if !moved.is_empty() {
                // Nobody watching is no fault.
                let _ = self.sender.send(VacancyChange::Moved(Arc::new(moved.into_iter().collect())));
            }
        }
    }

    fn status_flips(&self) -> Vec<LotCode> {
        let (snapshot, now) = (self.registry.snapshot(), self.clock.now());
        let mut known = self.statuses.lock();
        let mut flipped = Vec::new();
        for lot in snapshot.lots.values() {
            let status = self.vacancy.status(lot, now);
            if known.get(&lot.code) != Some(&status) {
                known.insert(lot.code.clone(), status);
                flipped.push(lot.code.clone());
            }
        }
        flipped
    }
}
