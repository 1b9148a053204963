//! A database that is slow, locked, stopped or gone: what fails, fails in time and alone, and the writers go on.

use super::{database, open};
use crate::suite::speech::*;
use bowei_store::postgres::Options;
use bowei_store::{Commit, LotStates, PostgresStore, Sessions, StoreError, Upkeep};
use bowei_test_servers::{Postgres, Stop};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Patience of a few tenths of a second, so that tests need not wait for long.
fn impatient() -> Options {
    Options { timeout: Duration::from_millis(1_500), writers: 1, ..Options::default() }
}

/// Somebody else's lock on a lot's row, until the connection is dropped.
async fn locked(url: &str, sql: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("BEGIN").await.unwrap();
    client.batch_execute(sql).await.unwrap();
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_turns_away_at_once() {
    let url = database().await;
    let options = Options { queue_max: 10, batch_max: 5, writers: 1, ..Options::default() };
    let store = Arc::new(PostgresStore::open(&url, options).await.unwrap());
    keep(&*store, [told(&entry("L1", "first", 0))]).await;
    let lock = locked(&url, "SELECT 1 FROM lot_states FOR UPDATE").await;
    let first = commit_all(&store, 0..1);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let second = commit_all(&store, 1..11);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let late = store.commit(delivery([told(&entry("L1", "late", 0))])).await;
    assert!(matches!(late, Err(StoreError::Overloaded { waiting: 10 })), "{late:?}");
    drop(lock);
    for answer in [first.join_all().await, second.join_all().await].concat() {
        answer.unwrap();
    }
    store.commit(delivery([told(&entry("L1", "late", 0))])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lot_that_is_locked_for_too_long_fails_its_batch_and_no_later_one() {
    let url = database().await;
    let store = Arc::new(PostgresStore::open(&url, impatient()).await.unwrap());
    keep(&*store, [told(&entry("L1", "first", 0))]).await;
    let lock = locked(&url, "SELECT 1 FROM lot_states FOR UPDATE").await;
    let began = Instant::now();
    for answer in commit_all(&store, 0..20).join_all().await {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    // Reading goes on all the while.
    assert_eq!(store.lot_states().await.unwrap()[0].state.inside, 1);
    drop(lock);
    for answer in commit_all(&store, 0..20).join_all().await {
        answer.unwrap();
    }
    assert_eq!(store.lot_states().await.unwrap()[0].state.inside, 21);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_session_fails_its_own_delivery_alone() {
    let url = database().await;
    let store = Arc::new(open(&url).await);
    keep(&*store, [told(&entry("L1", "R7", 0))]).await;
    Postgres::shared().sql(&url, "UPDATE sessions SET doc = '{' WHERE record_id = 'R7'");
    let lock = locked(&url, "SELECT 1 FROM lot_states FOR UPDATE").await;
    let mut waiting = JoinSet::new();
    for i in 0..20 {
        let store = Arc::clone(&store);
        waiting.spawn(async move {
            let record = format!("R{i}");
            (i, store.commit(delivery([told(&exit("L2", &record, 9)), told(&exit("L1", &record, 9))])).await)
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(lock);
    for (i, answer) in waiting.join_all().await {
        if i == 7 {
            assert!(matches!(answer, Err(StoreError::Unreadable(_))), "{answer:?}");
        } else {
            answer.unwrap();
        }
    }
    assert_eq!(store.session(&"L2".into(), "R7").await.unwrap(), None);
    assert!(store.session(&"L2".into(), "R8").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_database_fails_in_time_and_a_started_one_is_used_at_once() {
    let server = Postgres::start().unwrap();
    let url = server.create_database();
    let store = Arc::new(PostgresStore::open(&url, impatient()).await.unwrap());
    keep(&*store, [told(&entry("L1", "before", 0))]).await;
    for how in [Stop::Fast, Stop::Immediate] {
        server.stop(how);
        let began = Instant::now();
        for answer in commit_all(&store, 0..5).join_all().await {
            let Err(StoreError::Unavailable(words)) = answer else { panic!("{answer:?}") };
            assert!(words.contains("running"), "{words}");
        }
        assert!(store.ready().await.is_err());
        assert!(store.lot_states().await.is_err());
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        server.start_again();
        store.ready().await.unwrap();
        for answer in commit_all(&store, 0..5).join_all().await {
            answer.unwrap();
        }
    }
    assert_eq!(store.lot_states().await.unwrap()[0].state.inside, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_restarts_under_load_loses_and_doubles_nothing() {
    let server = Arc::new(Postgres::options().durable().start().unwrap());
    let url = server.create_database();
    let store = Arc::new(PostgresStore::open(&url, Options::default()).await.unwrap());
    let mut speaking = JoinSet::new();
    for speaker in 0..16 {
        let store = Arc::clone(&store);
        speaking.spawn(async move {
            let mut answered = 0;
            for i in 0..60 {
                let said = delivery([told(&entry("L1", &format!("R{speaker}-{i}"), 0))]);
                // As a lot does: until it is answered for.
                while store.commit(said.clone()).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                answered += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            answered
        });
    }
    for how in [Stop::Immediate, Stop::Fast, Stop::Immediate] {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let server = Arc::clone(&server);
        tokio::task::spawn_blocking(move || {
            server.stop(how);
            server.start_again();
        })
        .await
        .unwrap();
    }
    let answered: i64 = speaking.join_all().await.into_iter().sum();
    assert_eq!(answered, 960);
    assert_eq!(store.lot_states().await.unwrap()[0].state.inside, 960);
    assert_eq!(server.sql(&url, "SELECT count(*) FROM ledger").trim(), "960");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_says_so() {
    for (url, words) in
        [("postgres://nobody@127.0.0.1:1/nothing", "is it running"), ("huzhou", "postgres://USER")]
    {
        let Err(error) = PostgresStore::open(url, Options::default()).await else { panic!("{url} opened") };
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_asks_for_a_newer_bowei_is_left_alone() {
    let url = database().await;
    Postgres::shared().sql(&url, "INSERT INTO schema_migrations (number, oldest) VALUES (1000, 1)");
    // One that only has more than this version knows is lived with: nodes are upgraded one after the other.
    keep(&open(&url).await, [told(&entry("L1", "R1", 0))]).await;
    Postgres::shared().sql(&url, "INSERT INTO schema_migrations (number, oldest) VALUES (1001, 1001)");
    let refused = PostgresStore::open(&url, Options::default()).await.err();
    let Some(StoreError::Unreadable(words)) = refused else { panic!("{refused:?}") };
    assert!(words.contains("schema 1001") && words.contains("newer version"), "{words}");
}
