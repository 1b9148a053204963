//! When a provider was connected: the minute in which its first message was found accepted.

use crate::accounts::Source;
use crate::jobs::{Job, Schedule, Words};
use crate::registry::{Registry, Told};
use bowei_model::ProviderCode;
use bowei_store::{ChangeSource, ReportQuery, Store, StoreError};
use std::sync::Arc;

/// Providers that are looked at in one turn: the rest in the next.
const LOOKED_AT_MAX: usize = 500;

/// The job. What was missed needs no making up for: each turn looks at all that have keys and were not connected.
pub(crate) fn job(store: Arc<dyn Store>, registry: Arc<Registry>) -> Job {
    Job::new("connections", Schedule::Minutes(1), move |period| {
        let (store, registry) = (Arc::clone(&store), Arc::clone(&registry));
        async move {
            let snapshot = registry.snapshot();
            let waits = |code: &&ProviderCode| {
                let details = snapshot.providers.get(*code).map(|row| &row.details);
                details.is_some_and(|details| details.keys_at.is_some() && details.connected_at.is_none())
            };
            let mut connected = Vec::new();
            for code in snapshot.providers.keys().filter(waits).take(LOOKED_AT_MAX) {
                let provider = Some(code.clone());
                let query = ReportQuery { provider, accepted: true, limit: 1, ..ReportQuery::default() };
                if store.reports(query).await?.items.is_empty() {
                    continue;
                }
                let source = Source { user: "connections".to_owned(), address: "job".to_owned() };
                let told = Told::new(&source, ChangeSource::Command, period.from);
                registry
                    .put_provider::<StoreError>(code, &told, |row| {
                        let gone = || StoreError::Contended(format!("provider {code} is gone"));
                        let mut row = row.ok_or_else(gone)?.clone();
                        row.details.connected_at.get_or_insert(period.from);
                        Ok(row)
                    })
                    .await?;
                connected.push(code.to_string());
            }
            Ok(Words::when(
                !connected.is_empty(),
                format!("新接入：{}", connected.join("、")),
                format!("connected: {}", connected.join(", ")),
            ))
        }
    })
}
