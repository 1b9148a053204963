//! What a text wants by the clock, besides signs of life: the cars inside at every full hour, the base data at one at
//! night, whose records of the day do not add up at midnight, what time it is.
//!
//! Once a minute each duty is looked at by the wall clock of UTC+08:00 (the platform's, where it is known). A duty is
//! done when its latest occurrence is another than the one done last, so that a clock that leaps brings no storm of
//! lists: of all the hours that were leapt over only the last one counts. What was done last is kept on disk.

pub(crate) mod counts;
mod replenishment;
mod when;

use crate::Gateway;
use crate::outbox::NewEntry;
use crate::uplink::Uplink;
use bowei_encoding::sha256_hex;
use bowei_model::{CarsInside, Report};
use bowei_service::stopping::stopped;
use bowei_standards::lot_side::{CannotSeal, Duty, Sealed, When};
use bowei_standards::platform_side::Credential;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Between looks: a full hour is noticed within a quarter of a minute.
const LOOK: Duration = Duration::from_secs(15);
/// A duty that failed is tried again so much later: the platform is asked no more often than by a heartbeat.
const AGAIN: Duration = Duration::from_secs(60);
/// A list so little after its hour is that hour's.
const ON_TIME: SignedDuration = SignedDuration::from_secs(60);
/// A question by the clock's own count is asked again early when it failed.
const EARLY: u32 = 20;

/// Does an uplink's duties until `stopping` turns true.
pub(crate) async fn run(gateway: Arc<Gateway>, uplink: Arc<Uplink>, stopping: watch::Receiver<bool>) {
    let duties = uplink.standard.duties();
    if duties.is_empty() {
        return;
    }
    let mut done = Done::read(&gateway, &uplink);
    done.begin(duties, uplink.clock.now());
    let mut not_before: BTreeMap<usize, Instant> = BTreeMap::new();
    loop {
        bowei_watch::injection_point("schedule");
        for (place, (duty, when)) in duties.iter().enumerate() {
            if not_before.get(&place).is_some_and(|until| *until > Instant::now()) {
                continue;
            }
            let now = uplink.clock.now();
            let Some(due) = done.due(*duty, *when, now) else {
                if let When::Every(period) = when {
                    // Counted by the machine's own counter, from its start.
                    let well = perform(&gateway, &uplink, *duty, now).await;
                    let period = Duration::try_from(*period).unwrap_or(AGAIN);
                    not_before.insert(place, Instant::now() + if well { period } else { period / EARLY });
                }
                continue;
            };
            if perform(&gateway, &uplink, *duty, due).await {
                done.note(&gateway, &uplink, *duty, due).await;
            } else {
                not_before.insert(place, Instant::now() + AGAIN);
            }
        }
        tokio::select! {
            () = stopped(stopping.clone()) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Does a duty that was due at `due`. Says whether it is done.
async fn perform(gateway: &Gateway, uplink: &Arc<Uplink>, duty: Duty, due: Timestamp) -> bool {
    let report = match duty {
        Duty::CarsInside => {
            let plates = gateway.plates_inside().await;
            // A list that is made up for is of now: who was inside at the hour nobody knows any more.
            let now = uplink.clock.now();
            let at = if now.duration_since(due) <= ON_TIME { due } else { now };
            Report::CarsInside(CarsInside { lot: gateway.lot.clone(), at, plates })
        }
        Duty::Profile => Report::Lot(gateway.profile().await),
        Duty::Replenishment => return replenishment::ask_and_mend(gateway, uplink, due).await,
        Duty::Clock => {
            let asked = uplink.ask(|own| clock_question(uplink, own)).await;
            if let Err(not_answered) = &asked {
                tracing::warn!(
                    uplink = uplink.name,
                    why = %not_answered,
                    "the platform did not say its time"
                );
            }
            return asked.is_ok_and(|answer| uplink.standard.read_clock(&answer).is_some());
        }
    };
    let only = Some(uplink.name.clone());
    match gateway.outbox.take(vec![NewEntry { report, picture: None, only }]).await {
        Ok(_) => true,
        Err(not_taken) => {
            tracing::warn!(uplink = uplink.name, %not_taken, "a report by the clock was not taken");
            false
        }
    }
}

fn clock_question(uplink: &Uplink, own: &dyn Credential) -> Result<Sealed, CannotSeal> {
    let none = CannotSeal::NoMessage { kind: "time" };
    uplink.standard.clock_question().ok_or(none)?.seal_clock(own, &uplink.lot_id)
}

/// Which occurrence of each duty was done last.
#[derive(Default)]
struct Done(BTreeMap<String, Timestamp>);

impl Done {
    fn read(gateway: &Gateway, uplink: &Uplink) -> Self {
        let kept = gateway.outbox.load(&document(uplink));
        Self(kept.and_then(|kept| serde_json::from_slice(&kept).ok()).unwrap_or_default())
    }

    /// At the very first start nothing of before it is made up for but the list of now: the rest begins with its next
    /// occurrence.
    fn begin(&mut self, duties: &[(Duty, When)], now: Timestamp) {
        for (duty, when) in duties.iter().filter(|(duty, _)| !is_useful_at_start(*duty)) {
            if let Some(due) = when::latest(*when, now) {
                self.0.entry(name(*duty)).or_insert(due);
            }
        }
    }

    /// The occurrence to do now.
    fn due(&self, duty: Duty, when: When, now: Timestamp) -> Option<Timestamp> {
        let due = when::latest(when, now)?;
        let last = self.0.get(&name(duty)).copied();
        // A gateway that was off for days has no business with the day before yesterday.
        let in_time = now.duration_since(due) < when::period(when).min(SignedDuration::from_hours(24));
        (last != Some(due) && in_time).then_some(due)
    }

    async fn note(&mut self, gateway: &Gateway, uplink: &Uplink, duty: Duty, due: Timestamp) {
        self.0.insert(name(duty), due);
        let Ok(bytes) = serde_json::to_vec(&self.0) else { return };
        let (outbox, document) = (gateway.outbox.clone(), document(uplink));
        // Not kept, it is done once more after a restart.
        let _ = tokio::task::spawn_blocking(move || outbox.save(&document, &bytes)).await;
    }
}

/// Asking whose records of yesterday to mend, when there are none of yesterday, is not.
fn is_useful_at_start(duty: Duty) -> bool {
    !matches!(duty, Duty::Replenishment)
}

fn name(duty: Duty) -> String {
    format!("{duty:?}")
}

fn document(uplink: &Uplink) -> String {
    // A document's name has fewer letters than an uplink's may have.
    let name: String = sha256_hex(uplink.name.as_bytes()).chars().take(16).collect();
    format!("duties-{name}")
}
