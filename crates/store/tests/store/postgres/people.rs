//! The audit of many nodes: one chain, whatever fails on the way.

use super::{database, open};
use crate::suite::audit::{entries, fault, is_chained, what_is_done_to_it_shows};
use crate::suite::people::{entry, user};
use bowei_store::{Administration, Change, StoreError, UserRow, Users};
use bowei_test_servers::Postgres;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// The audit's end, locked until the connection is dropped.
async fn locked(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("BEGIN; SELECT 1 FROM audit_head FOR UPDATE").await.unwrap();
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_append_at_once_make_one_chain() {
    const EACH: usize = 100;
    let url = database().await;
    let nodes = [Arc::new(open(&url).await), Arc::new(open(&url).await)];
    let began = Instant::now();
    let mut appending = JoinSet::new();
    for caller in 0..16 {
        let node = Arc::clone(&nodes[caller % 2]);
        appending.spawn(async move {
            for number in 0..EACH {
                let object = format!("lot:{caller}-{number}");
                node.administer(vec![], vec![entry("plate.reveal", &object)]).await.unwrap();
            }
        });
    }
    appending.join_all().await;
    let rate = (16 * EACH) as f64 / began.elapsed().as_secs_f64();
    println!("{rate:.0} audit entries a second by 16 callers on two nodes");
    let kept = is_chained(&*nodes[0]).await;
    assert_eq!(kept.len(), 16 * EACH);
    let mut objects: Vec<_> = kept.into_iter().map(|kept| kept.entry.object).collect();
    objects.sort_unstable();
    objects.dedup();
    assert_eq!(objects.len(), 16 * EACH, "each entry once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_calls_that_share_a_transaction_one_that_fails_fails_alone() {
    let url = database().await;
    let store = Arc::new(open(&url).await);
    let lock = locked(&url).await;
    let mut calls = JoinSet::new();
    for number in 0..12 {
        let store = Arc::clone(&store);
        calls.spawn(async move {
            let login = format!("u{number}");
            // Every third is worked out from a revision that is none.
            let revision = i64::from(number % 3 == 0);
            let change = Change::User(Box::new(UserRow { revision, ..user(&login) }));
            let done =
                store.administer(vec![change], vec![entry("user.create", &format!("user:{login}"))]).await;
            (revision == 0, done)
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(lock);
    for (right, done) in calls.join_all().await {
        match done {
            Ok(()) => assert!(right),
            Err(StoreError::Conflict(_)) => assert!(!right),
            Err(why) => panic!("{why}"),
        }
    }
    assert_eq!(is_chained(&*store).await.len(), 8);
    assert_eq!(store.users().await.unwrap().len(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_finds_the_queue_full_is_turned_away_and_nobody_waits_for_ever() {
    let url = database().await;
    let store = Arc::new(open(&url).await);
    let _lock = locked(&url).await;
    let mut calls = JoinSet::new();
    // More than may wait and are being done.
    for _ in 0..2_500 {
        let store = Arc::clone(&store);
        calls.spawn(async move { store.administer(vec![], vec![entry("a", "b")]).await });
    }
    let first = calls.join_next().await.unwrap().unwrap();
    assert!(matches!(first, Err(StoreError::Overloaded { waiting: 2_048 })), "{first:?}");
    calls.abort_all();
    drop(calls);
    let began = Instant::now();
    let late = open(&url).await.administer(vec![], vec![entry("a", "b")]).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_before_the_commit_costs_nothing() {
    let url = database().await;
    let store = Arc::new(open(&url).await);
    store.administer(vec![], vec![entry("first", "")]).await.unwrap();
    let lock = locked(&url).await;
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.administer(vec![], vec![entry("second", "")]).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let broken = Postgres::shared().sql(
        &url,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    assert_eq!(broken, "1");
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(lock);
    waiting.await.unwrap().unwrap();
    assert_eq!(is_chained(&*store).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_to_the_audit_shows() {
    let url = database().await;
    let store = open(&url).await;
    let sql = |sql: &str| drop(Postgres::shared().sql(&url, sql));
    let bytes = |bytes: &[u8]| {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("decode('{hex}', 'hex')")
    };
    what_is_done_to_it_shows(&store, sql, bytes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_passes_what_is_appended_meanwhile() {
    let url = database().await;
    let (store, other) = (Arc::new(open(&url).await), open(&url).await);
    let many: Vec<_> = (0..1_200).map(|_| entry("a", "b")).collect();
    store.administer(vec![], many).await.unwrap();
    let appending = tokio::spawn(async move {
        for _ in 0..100 {
            store.administer(vec![], vec![entry("a", "b")]).await.unwrap();
        }
    });
    while !appending.is_finished() {
        assert_eq!(fault(&other).await, None);
    }
    appending.await.unwrap();
    assert_eq!(entries(&other).await.len(), 1_300);
}
