//! Free spaces, where a standard's records do not carry them: told after a car has passed, when a space is reserved or
//! a reservation ends; at most once a second, and never two at a time, for only the latest number counts.

use crate::Gateway;
use crate::outbox::{NewEntry, Seq, Standing};
use crate::uplink::Uplink;
use bowei_model::Report;
use bowei_service::stopping::stopped;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two counts.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);
/// Reservations end by themselves: that is noticed so soon.
const LOOK: Duration = Duration::from_secs(5);

/// Tells an uplink of free spaces until `stopping` turns true.
pub(crate) async fn run(gateway: Arc<Gateway>, uplink: Arc<Uplink>, stopping: watch::Receiver<bool>) {
    if !uplink.standard.counts_go_apart() {
        return;
    }
    let mut changes = gateway.spaces.subscribe();
    let mut reserved = gateway.view().await.reserved;
    let mut last: Option<Seq> = None;
    let mut due = false;
    loop {
        tokio::select! {
            () = stopped(stopping.clone()) => return,
            changed = changes.changed(), if !due => match changed {
                Ok(()) => due = true,
                Err(_) => return,
            },
            () = tokio::time::sleep(if due { AT_MOST_EVERY } else { LOOK }) => {}
        }
        bowei_watch::injection_point("counts");
        let held = gateway.view().await.reserved;
        due |= held != std::mem::replace(&mut reserved, held);
        // One that waits still is overtaken by the next as soon as it has gone.
        let waits = last.is_some_and(|seq| gateway.outbox.how(&uplink.name, seq) == Standing::Waiting);
        if !due || waits {
            continue;
        }
        changes.mark_unchanged();
        due = false;
        // It is for this platform alone, and of the moment that it is sent: by this platform's own clock.
        let Some(count) = gateway.count_now(uplink.clock.now()).await else { continue };
        let only = Some(uplink.name.clone());
        let entry = NewEntry { report: Report::SpaceCount(count), picture: None, only };
        match gateway.outbox.take(vec![entry]).await {
            Ok(taken) => last = taken.first().map(|taken| taken.seq()),
            Err(not_taken) => {
                tracing::warn!(uplink = uplink.name, %not_taken, "a count of free spaces was not taken");
                due = true;
            }
        }
        tokio::select! {
            () = stopped(stopping.clone()) => return,
            () = tokio::time::sleep(AT_MOST_EVERY) => {}
        }
    }
}
