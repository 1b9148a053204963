//! Locks, full queues and damaged rows: what fails, fails at once and alone, and the writer goes on.

use super::open;
use crate::suite::speech::*;
use bowei_store::sqlite::{DATABASE, Options};
use bowei_store::{Commit, LotStates, RegistryStore, Sessions, SqliteStore, StoreError, Upkeep};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Another process's transaction, until it is dropped.
pub(super) fn locked(dir: &Path) -> rusqlite::Connection {
    let raw = rusqlite::Connection::open(dir.join(DATABASE)).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    raw
}

/// Time enough for spawned tasks to hand over what they have.
pub(super) async fn until_waiting() {
    tokio::time::sleep(Duration::from_millis(200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_turns_away_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { queue_max: 10, batch_max: 5, ..Options::default() };
    let store = Arc::new(SqliteStore::open(dir.path(), options).unwrap());
    let lock = locked(dir.path());
    // The writer has the first in hand and waits for the lock; ten more fill the queue.
    let first = commit_all(&store, 0..1);
    until_waiting().await;
    let second = commit_all(&store, 1..11);
    until_waiting().await;
    let late = store.commit(delivery([told(&entry("L1", "late", 0))])).await;
    assert!(matches!(late, Err(StoreError::Overloaded { waiting: 10 })), "{late:?}");
    // It was told so while the lock was still held: nobody waited for the writer.
    drop(lock);
    for answer in [first.join_all().await, second.join_all().await].concat() {
        answer.unwrap();
    }
    store.commit(delivery([told(&entry("L1", "late", 0))])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_held_for_too_long_fails_the_batch_and_no_later_one() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        lock_timeout: Duration::from_millis(50),
        registry_lock_timeout: Duration::from_millis(50),
        ..Options::default()
    };
    let store = Arc::new(SqliteStore::open(dir.path(), options).unwrap());
    let lock = locked(dir.path());
    for answer in commit_all(&store, 0..20).join_all().await {
        let Err(StoreError::Unavailable(words)) = answer else { panic!("{answer:?}") };
        assert!(words.contains("another process"), "{words}");
    }
    assert!(store.ready().await.is_err());
    assert!(store.change_registry(change()).await.is_err());
    // Reading goes on all the while.
    assert!(store.lot_states().await.unwrap().is_empty());
    drop(lock);
    store.ready().await.unwrap();
    store.change_registry(change()).await.unwrap();
    for answer in commit_all(&store, 0..20).join_all().await {
        answer.unwrap();
    }
    assert_eq!(store.lot_states().await.unwrap()[0].state.inside, 20);
}

fn change() -> bowei_store::RegistryChange {
    let provider = bowei_store::ProviderRow {
        code: "p".into(),
        name: String::new(),
        contact: None,
        details: Default::default(),
    };
    bowei_store::RegistryChange { providers: vec![provider], ..Default::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_session_fails_its_own_delivery_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(open(dir.path()));
    keep(&*store, [told(&entry("L1", "R7", 0))]).await;
    let raw = rusqlite::Connection::open(dir.path().join(DATABASE)).unwrap();
    raw.execute("UPDATE sessions SET doc = '{' WHERE record_id = 'R7'", []).unwrap();
    // All of them wait, and so come in one batch.
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut waiting = JoinSet::new();
    for i in 0..20 {
        let store = Arc::clone(&store);
        waiting.spawn(async move {
            let said =
                delivery([told(&exit("L2", &format!("R{i}"), 9)), told(&exit("L1", &format!("R{i}"), 9))]);
            (i, store.commit(said).await)
        });
    }
    until_waiting().await;
    drop(raw);
    for (i, answer) in waiting.join_all().await {
        if i == 7 {
            assert!(matches!(answer, Err(StoreError::Unreadable(_))), "{answer:?}");
        } else {
            answer.unwrap();
        }
    }
    // The other half of its delivery is not kept either.
    assert_eq!(store.session(&"L2".into(), "R7").await.unwrap(), None);
    assert!(store.session(&"L2".into(), "R8").await.unwrap().is_some());
    assert!(matches!(store.session(&"L1".into(), "R7").await, Err(StoreError::Unreadable(_))));
}
