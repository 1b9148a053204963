//! What is kept anywhere, told to whoever watches here: where many nodes share a store, events come from its ledger,
//! so that whichever node a watcher has happened on shows all of them.

use super::Live;
use bowei_store::{InspectedOutcome, ReportQuery, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashSet, VecDeque};
use std::time::Duration;

/// The ledger is read so often, while somebody watches.
pub(crate) const EVERY: Duration = Duration::from_millis(500);

/// Rows read at once: more than eyes can follow. What a busy city has beyond them in half a second is not shown.
const AT_ONCE: usize = 500;

/// A row may be seen so long after it was received: a commit takes a moment, and nodes' clocks differ a little.
const LATE_MAX: SignedDuration = SignedDuration::from_secs(5);

/// How far the ledger has been shown.
#[derive(Default)]
pub(crate) struct Followed {
    since: Option<Timestamp>,
    shown: HashSet<String>,
    in_order: VecDeque<(Timestamp, String)>,
}

impl Live {
    /// Shows what the ledger has that has not been shown. Who begins to watch sees what comes from then on.
    pub(crate) async fn show_ledger(
        &self,
        store: &dyn Store,
        followed: &mut Followed,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if self.watchers() == 0 {
            *followed = Followed::default();
            return Ok(());
        }
        let since = *followed.since.get_or_insert(now);
        let query = ReportQuery { accepted: true, limit: AT_ONCE, ..ReportQuery::default() };
        let page = store.reports(query).await?;
        let snapshot = self.registry.snapshot();
        // Newest first in the list; watchers are told in the order of time.
        for report in page.items.into_iter().rev() {
            if report.at < since.max(now - LATE_MAX) || !followed.shown.insert(report.id.clone()) {
                continue;
            }
            followed.in_order.push_back((report.at, report.id));
            if let InspectedOutcome::Accepted { statement, .. } = report.outcome {
                self.tell(&statement, &snapshot);
            }
        }
        while let Some((at, _)) = followed.in_order.front()
            && *at < now - LATE_MAX
        {
            if let Some((_, id)) = followed.in_order.pop_front() {
                followed.shown.remove(&id);
            }
        }
        Ok(())
    }
}
