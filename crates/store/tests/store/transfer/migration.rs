//! A running city moves: what was acknowledged is there, and nothing is acknowledged where nobody will look.

use super::{embedded, picture};
use crate::postgres::{database, open};
use crate::suite::speech::*;
use bowei_store::transfer::{Migration, NoProgress, Progress, Step, migrate};
use bowei_store::{
    Commit, DayFiles, LotStates, PhotoStore, PostgresStore, RegistryChange, RegistryStore, StoreError, Upkeep,
};
use bowei_test_servers::Postgres;
use futures::FutureExt as _;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

async fn move_to(data: &Path, url: &str) -> Result<bowei_store::transfer::Migrated, StoreError> {
    migrate(&Migration { data, database: url, photos: None, name: b"here" }, &NoProgress).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_before_and_during_the_move_is_there() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, url) = (Arc::new(embedded(dir.path())), database().await);
    let photos = Arc::new(DayFiles::open(dir.path()).unwrap());
    let photos_there = DayFiles::open(other.path()).unwrap();
    keep(&*store, [told(&entry("L1", "before", 0))]).await;
    let moved = Arc::new(AtomicBool::new(false));
    let mut speaking = tokio::task::JoinSet::new();
    for speaker in 0..4 {
        let (store, photos, moved) = (Arc::clone(&store), Arc::clone(&photos), Arc::clone(&moved));
        speaking.spawn(async move {
            let mut acknowledged = Vec::new();
            for i in 0.. {
                let record = format!("R{speaker}-{i}");
                // As intake does: the picture first, and then what refers to it.
                let shown = picture(&record);
                photos.put(20_260_401, vec![shown.clone()]).await.unwrap();
                match store.commit(delivery([told(&entry(&format!("L{speaker}"), &record, i % 600))])).await {
                    Ok(_) => acknowledged.push((record, shown.sha256)),
                    Err(StoreError::Unavailable(words)) => {
                        if moved.load(Ordering::Relaxed) {
                            return (acknowledged, words);
                        }
                    }
                    Err(why) => panic!("{why}"),
                }
            }
            unreachable!()
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let migration = Migration {
        data: dir.path(),
        database: &url,
        photos: Some((&*photos, &photos_there)),
        name: b"here",
    };
    let came = migrate(&migration, &NoProgress).await.unwrap();
    moved.store(true, Ordering::Relaxed);
    assert!(came.tables.iter().all(|table| table.source == table.destination));
    let there = open(&url).await;
    let mut all = BTreeSet::from(["before".to_owned()]);
    for (acknowledged, words) in speaking.join_all().await {
        assert!(words.contains("moved to") && words.contains("--database"), "{words}");
        assert!(!words.contains("postgres://"), "{words}");
        assert!(!acknowledged.is_empty());
        for (record, sha256) in acknowledged {
            assert!(photos_there.get(20_260_401, &sha256).await.unwrap().is_some(), "{record}");
            all.insert(record);
        }
    }
    let records = Postgres::shared().sql(&url, "SELECT record_id FROM sessions WHERE open");
    assert_eq!(records.lines().map(str::to_owned).collect::<BTreeSet<_>>(), all);
    let inside: i64 = there.lot_states().await.unwrap().iter().map(|row| row.state.inside).sum();
    assert_eq!(inside, all.len() as i64);
    // Whatever writes to the old store hears it, and so does whoever opens it.
    assert!(store.ready().await.is_err());
    let change = store.change_registry(RegistryChange::default()).await;
    assert!(change.unwrap_err().to_string().contains("moved to"));
    let opened = bowei_store::SqliteStore::open(dir.path(), bowei_store::sqlite::Options::default());
    assert!(opened.err().unwrap().to_string().contains("moved to"));
    // And it does not move again.
    assert!(move_to(dir.path(), &url).await.unwrap_err().to_string().contains("moved to"));
}

/// Breaks off as the standstill begins.
struct BreakOff;

impl Progress for BreakOff {
    fn told(&self, step: Step) {
        assert_ne!(step, Step::Standstill, "broken off");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_was_broken_off_goes_on_and_nobody_can_use_half_a_city() {
    let dir = tempfile::tempdir().unwrap();
    let (store, url) = (embedded(dir.path()), database().await);
    keep(&store, [told(&entry("L1", "R1", 0))]).await;
    let migration = Migration { data: dir.path(), database: &url, photos: None, name: b"here" };
    assert!(AssertUnwindSafe(migrate(&migration, &BreakOff)).catch_unwind().await.is_err());
    let half = PostgresStore::open(&url, bowei_store::postgres::Options::default()).await;
    let words = half.err().unwrap().to_string();
    assert!(words.contains("bowei migrate"), "{words}");
    // The platform goes on where it is.
    keep(&store, [told(&exit("L1", "R1", 5))]).await;
    let came = move_to(dir.path(), &url).await.unwrap();
    assert!(came.standstill < Duration::from_secs(30));
    assert_eq!(open(&url).await.lot_states().await.unwrap()[0].state.inside, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_citys_database_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (store, url) = (embedded(dir.path()), database().await);
    keep(&store, [told(&entry("L1", "R1", 0))]).await;
    let other = open(&url).await;
    keep(&other, [told(&entry("L2", "R1", 0))]).await;
    let running = move_to(dir.path(), &url).await.unwrap_err().to_string();
    assert!(running.contains("Bowei runs on"), "{running}");
    other.close();
    drop(other);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let refused = move_to(dir.path(), &url).await.unwrap_err().to_string();
    assert!(refused.contains("another city") && refused.contains("L2"), "{refused}");
    // Neither has changed.
    keep(&store, [told(&exit("L1", "R1", 5))]).await;
    assert_eq!(open(&url).await.lot_states().await.unwrap().len(), 1);
}
