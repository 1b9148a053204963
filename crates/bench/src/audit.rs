//! The audit on PostgreSQL: entries a second when each call brings one, by many callers at one node and at two; held against
//! one transaction for each entry, which is what a chain costs that nobody gathers for.

use crate::{Failure, median, num, say};
use bowei_platform::stores;
use bowei_store::{NewAuditEntry, Store};
use bowei_test_servers::Postgres;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

/// Callers, each of which waits for its answer before it calls again.
const CALLERS: usize = 16;
/// Entries of a caller in a round.
const ENTRIES: usize = 200;
/// Rounds: odd, so that a median is a round.
const ROUNDS: usize = 3;

pub(crate) async fn rows() -> Result<(), Failure> {
    say("");
    say(&format!(
        "The audit on PostgreSQL, durable; {CALLERS} callers, one entry a call, medians of {ROUNDS} rounds:"
    ));
    say("  nodes   entries/s   one caller alone, entries/s   ratio");
    let server = Postgres::options().durable().start()?;
    for nodes in [1, 2] {
        let (folder, url) = (tempfile::tempdir()?, server.create_database());
        let mut stores = Vec::new();
        for _ in 0..nodes {
            stores.push(stores::open_store(folder.path(), Some(&url)).await?);
        }
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push((entries_per_second(&stores, CALLERS).await?, entries_per_second(&stores, 1).await?));
        }
        say(&format!(
            "  {nodes:>5} {:>11.0} {:>29.0} {:>6.1}×",
            median(&rounds, |(many, _)| *many),
            median(&rounds, |(_, one)| *one),
            median(&rounds, |(many, one)| many / one),
        ));
    }
    Ok(())
}

async fn entries_per_second(nodes: &[Arc<dyn Store>], callers: usize) -> Result<f64, Failure> {
    let begun = Instant::now();
    let mut calling = JoinSet::new();
    for node in nodes.iter().cycle().take(callers) {
        let node = Arc::clone(node);
        calling.spawn(async move {
            for _ in 0..ENTRIES {
                node.administer(vec![], vec![entry()]).await?;
            }
            Ok::<_, bowei_store::StoreError>(())
        });
    }
    for done in calling.join_all().await {
        done?;
    }
    Ok(num(callers * ENTRIES) / begun.elapsed().as_secs_f64())
}

fn entry() -> NewAuditEntry {
    NewAuditEntry {
        at: Timestamp::now(),
        user: "officer-330502".to_owned(),
        source: "192.0.2.7".to_owned(),
        action: "plate.reveal".to_owned(),
        object: "lot:330502-001".to_owned(),
        ok: true,
        before: String::new(),
        after: r#"{"reason":"投诉核查","record":"HZ20260401000123"}"#.to_owned(),
    }
}
